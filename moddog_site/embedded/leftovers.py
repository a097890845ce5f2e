"""Processes of a run whose manager was killed outright. Called with the lock held, so whatever is found is orphaned."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterable

import psutil

from moddog_site.embedded.home import Home

MARK = "SUPERVISOR_SERVER_URL"  # in the environment of everything that supervisor started


def stop_leftovers(home: Home, patience: float = 30) -> int:
    """Stop what an earlier run of this home left behind; how many processes that were.

    The kernel has already told them to end: most are gone before they are asked again.
    """
    deadline = time.monotonic() + patience
    found = _leftovers(home)
    asked: set[int] = set()
    while left := [process for process in found if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]:
        for process in left:
            if process.pid not in asked:
                asked.add(process.pid)
                _send(process, signal.SIGINT if process.name() == "postgres" else signal.SIGTERM)
            elif time.monotonic() > deadline:
                _send(process, signal.SIGQUIT if process.name() == "postgres" else signal.SIGKILL)
        time.sleep(0.1)
    return len(found)


def _leftovers(home: Home) -> list[psutil.Process]:
    return [process for process in _mine(psutil.process_iter()) if _belongs(process, home)]


def _mine(processes: Iterable[psutil.Process]) -> Iterable[psutil.Process]:
    return (process for process in processes if process.pid != os.getpid())


def _belongs(process: psutil.Process, home: Home) -> bool:
    with contextlib.suppress(psutil.Error, OSError):
        environ = process.environ()
        if environ.get(MARK) == f"unix://{home.supervisor_socket}":
            return True
        return str(home.postgres) in process.cmdline() and process.name() == "postgres"
    return False


def _send(process: psutil.Process, number: signal.Signals) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        process.send_signal(number)
