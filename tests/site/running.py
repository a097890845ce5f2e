"""A run of `manage.py up` in a process of its own, and what is left of it."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from moddog_site.variables import PROJECT
from tests.databases import copy_into
from tests.stack import free_port, wait_until


class Run:
    """`manage.py up`, its output collected line by line."""

    def __init__(self, home: Path, *arguments: str, **environ: str) -> None:
        self.home = home
        self.port = free_port()
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "up", "--no-demo", "--port", str(self.port), *arguments],
            cwd=PROJECT,
            env=environment(home, **environ),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def output(self) -> str:
        return "\n".join(self.lines)

    def says(self, pattern: str, seconds: float = 240) -> None:
        """Wait until a line of the output matches."""
        wait_until(lambda: self.process.poll() is not None or re.search(pattern, self.output), seconds)
        assert re.search(pattern, self.output), self.output

    def get(self, path: str, token: str = "") -> tuple[int, str]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", headers=headers)
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            return answer.status, answer.read().decode()

    def metrics_token(self, **environ: str) -> str:
        """A token of the running instance that may read how it is."""
        return manage(self.home, "createtoken", "--source", "ops", "--scopes", "metrics", **environ).stdout.strip()

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal, wait for the end, return the exit status."""
        self.process.send_signal(number)
        return self.wait()

    def wait(self, seconds: float = 240) -> int:
        status = self.process.wait(timeout=seconds)
        self._reader.join(timeout=10)
        return status

    def _read(self) -> None:
        assert self.process.stdout
        with self.process.stdout as output:
            self.lines.extend(line.rstrip("\n") for line in iter(output.readline, ""))


@contextmanager
def up(home: Path, *arguments: str, **environ: str) -> Iterator[Run]:
    """A run that is over after the block, one way or another."""
    run = Run(home, *arguments, **environ)
    try:
        yield run
    finally:
        if run.process.poll() is None:
            run.end()


def manage(home: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run a command of manage.py to its end."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=PROJECT,
        env=environment(home, **environ),
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


@contextmanager
def copied(home: Path) -> Iterator[Path]:
    """A copy of a data folder that nobody uses, which is gone, and unused again, after the block."""
    folder = Path(tempfile.mkdtemp(prefix="moddog-copy-")) / "home"
    copy_into(folder, home)
    folder.parent.chmod(0o755)
    try:
        yield folder
        assert processes_of(folder) == []
    finally:
        shutil.rmtree(folder.parent)


def environment(home: Path, **more: str) -> dict[str, str]:
    """This process' environment, without the tests' own settings, for a data folder of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MODDOG_", "DJANGO_"))}
    return {**kept, "MODDOG_HOME": str(home), **more}


def processes_of(home: Path) -> list[psutil.Process]:
    """Every process that was started for this data folder and still lives."""
    return [process for process in psutil.process_iter() if _is_of(process, home)]


def named(home: Path, word: str) -> psutil.Process:
    """The one whose command line has `word` in it; of a parent and its child, the parent."""
    found = [process for process in processes_of(home) if word in " ".join(process.cmdline())]
    assert found, f"no process with {word!r}"
    return min(found, key=lambda process: process.create_time())


def _is_of(process: psutil.Process, home: Path) -> bool:
    with contextlib.suppress(psutil.Error, OSError):
        if process.pid == os.getpid() or process.status() == psutil.STATUS_ZOMBIE:
            return False
        return process.environ().get("MODDOG_HOME") == str(home) or str(home) in " ".join(process.cmdline())
    return False
