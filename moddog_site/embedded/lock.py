"""One holder at a time for a data folder. The kernel frees the lock when its holder ends, however it ends."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Holder:
    """Who has the lock."""

    pid: int
    command: str


class Held(Exception):
    """Someone else has the lock."""

    def __init__(self, path: Path, holder: Holder) -> None:
        super().__init__(f"{path.parent} is in use by process {holder.pid} (manage.py {holder.command})")
        self.holder = holder


@contextmanager
def held(path: Path, command: str) -> Iterator[None]:
    """Hold the lock at `path` in the name of `command`. Raises `Held`."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Held(path, _read(descriptor)) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps({"pid": os.getpid(), "command": command}).encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _read(descriptor: int) -> Holder:
    """The holder as it wrote itself down, which it does in the instant after taking the lock."""
    for _ in range(50):
        written = os.pread(descriptor, 1000, 0)
        if written:
            return Holder(**json.loads(written))
        time.sleep(0.02)
    return Holder(0, "unknown")
