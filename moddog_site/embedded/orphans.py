"""Processes of a run that was killed outright. Called with the lock held, so whatever is found is orphaned.

A supervisor that is found is stopping already: it is waited for first, because it ends its programs in their order.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterable, Mapping

import psutil

from moddog_site.embedded.home import Home

MARK = "SUPERVISOR_SERVER_URL"  # in the environment of everything that supervisor started


def stop_orphans(home: Home, patience: float = 30) -> int:
    """Stop what an earlier run of this home left behind; how many processes that were.

    The kernel has already told them to end: most are gone before they are asked again.
    """
    found = _orphans(home)
    supervisors = [process for process in found if _is_supervisor(process, home)]
    _end(supervisors, patience)
    _end(found, patience)
    return len(found)


def belongs_to_run(environ: Mapping[str, str], home: Home) -> bool:
    """Whether a process with this environment was started by the supervisor of `home`, or by what that started."""
    return environ.get(MARK) == f"unix://{home.supervisor_socket}"


def _end(processes: list[psutil.Process], patience: float) -> None:
    """Ask each to end, and after `patience` seconds make it."""
    deadline = time.monotonic() + patience
    asked: set[int] = set()
    while left := [process for process in processes if _lives(process)]:
        for process in left:
            if process.pid not in asked:
                asked.add(process.pid)
                _send(process, signal.SIGINT if process.name() == "postgres" else signal.SIGTERM)
            elif time.monotonic() > deadline:
                _send(process, signal.SIGQUIT if process.name() == "postgres" else signal.SIGKILL)
        time.sleep(0.1)


def _lives(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:  # it ended between the two questions
        return False


def _orphans(home: Home) -> list[psutil.Process]:
    return [process for process in _mine(psutil.process_iter()) if _belongs(process, home)]


def _mine(processes: Iterable[psutil.Process]) -> Iterable[psutil.Process]:
    return (process for process in processes if process.pid != os.getpid())


def _belongs(process: psutil.Process, home: Home) -> bool:
    with contextlib.suppress(psutil.Error, OSError):
        if belongs_to_run(process.environ(), home) or _is_supervisor(process, home):
            return True
        return str(home.postgres) in process.cmdline() and process.name() == "postgres"
    return False


def _is_supervisor(process: psutil.Process, home: Home) -> bool:
    with contextlib.suppress(psutil.Error, OSError):
        return bool(process.cmdline()[-2:] == ["-c", str(home.supervisor_configuration)])
    return False


def _send(process: psutil.Process, number: signal.Signals) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        process.send_signal(number)
