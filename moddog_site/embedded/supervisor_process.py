"""Supervisor in the foreground, as a child that does not outlive this process, and a hand on it."""

from __future__ import annotations

import contextlib
import http.client
import os
import subprocess
import time
import xmlrpc.client
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from supervisor.states import ProcessStates
from supervisor.xmlrpc import SupervisorTransport

from moddog_site.embedded.home import Home
from moddog_site.embedded.postgres import NotStarted
from moddog_site.embedded.programs import PATIENCE, Program, configuration, launched, python_module

TAIL = 25  # lines of a log that are shown when its process failed
UP = (ProcessStates.STARTING, ProcessStates.RUNNING)


@dataclass
class Supervisor:
    """A running supervisor, whose `programs` are started one by one."""

    home: Home
    programs: dict[str, Program]
    process: subprocess.Popen[bytes]
    rpc: Any
    started: dict[str, int] = field(default_factory=dict)
    log_starts: dict[str, int] = field(default_factory=dict)

    def start(self, *names: str) -> None:
        """Start programs, without waiting for them to be up. Raises `NotStarted`."""
        for name in names:
            log = self._log(name)
            self.log_starts[name] = log.stat().st_size if log.exists() else 0
            try:
                self.rpc.startProcess(self._full(name), False)
            except xmlrpc.client.Fault as fault:
                raise NotStarted(f"{name} did not start: {fault.faultString}\n{self.tail(name)}") from None
            self.started[name] = self.info(name)["pid"]

    def info(self, name: str) -> dict[str, Any]:
        """Supervisor's record of a program: `state`, `statename`, `pid`, `spawnerr`, `exitstatus`...

        Raises `NotStarted` where supervisor itself is gone.
        """
        try:
            found: dict[str, Any] = self.rpc.getProcessInfo(self._full(name))
        except (OSError, http.client.HTTPException):
            raise NotStarted(f"supervisor ended by itself; its log is {self.home.logs / 'supervisor.log'}") from None
        return found

    def is_up(self, name: str) -> bool:
        """Whether the process that `start` started still runs."""
        found = self.info(name)
        return found["state"] in UP and found["pid"] == self.started[name]

    def check(self, *names: str) -> None:
        """Raises `NotStarted`, with the end of its log, for the first that did not stay up since `start`."""
        for name in names:
            if not self.is_up(name):
                raise NotStarted(f"{name} did not come up. The end of its log:\n{self.tail(name)}")

    def restarted(self) -> Iterator[str]:
        """The programs that ended and were started again since this was last asked."""
        for name, pid in self.started.items():
            found = self.info(name)["pid"]
            if found and found != pid:
                self.started[name] = found
                yield name

    def tail(self, name: str) -> str:
        """The last lines that a program wrote since it was started."""
        time.sleep(0.2)  # supervisor copies what the process wrote last
        try:
            with self._log(name).open("rb") as file:
                file.seek(self.log_starts[name])
                lines = file.read().decode(errors="replace").splitlines()
        except FileNotFoundError:
            lines = []
        return "\n".join(f"    {line}" for line in lines[-TAIL:]) or "    (it wrote nothing)"

    def _log(self, name: str) -> Path:
        return self.home.logs / f"{name}.log"

    def _full(self, name: str) -> str:
        return f"rank{self.programs[name].rank}:{name}"


@contextmanager
def supervising(home: Home, programs: list[Program], environ: Mapping[str, str]) -> Iterator[Supervisor]:
    """Run supervisor for the block's duration; afterwards every process that it started has ended."""
    written = home.supervisor_configuration
    written.write_text(configuration(home, programs))
    written.chmod(0o600)
    command = launched(python_module("supervisor.supervisord", "-n", "-c", str(written)), "TERM")
    with (home.logs / "supervisor.out").open("wb") as output:
        process = subprocess.Popen(  # in a session of its own, so that Ctrl-C reaches only this process
            command, env=dict(environ), stdout=output, stderr=output, start_new_session=True
        )
    try:
        yield Supervisor(home, {program.name: program for program in programs}, process, _connect(home, process))
    finally:
        _stop(process)


def _connect(home: Home, process: subprocess.Popen[bytes]) -> Any:
    deadline = time.monotonic() + PATIENCE
    while True:
        # a transport whose first connection was refused never recovers, hence a new one for each try
        transport = SupervisorTransport(None, None, f"unix://{home.supervisor_socket}")
        proxy = xmlrpc.client.ServerProxy("http://127.0.0.1", transport)
        try:
            if proxy.supervisor.getPID() == process.pid:  # and not that of an earlier run
                return proxy.supervisor
        except (OSError, http.client.HTTPException, xmlrpc.client.Fault):
            pass
        if process.poll() is not None or time.monotonic() > deadline:
            written = (home.logs / "supervisor.out").read_text(errors="replace")
            raise NotStarted(f"supervisor did not come up: {written.strip()}")
        time.sleep(0.05)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=3 * PATIENCE + 10)  # each rank in turn
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, 9)  # its children end with it
        process.wait()
