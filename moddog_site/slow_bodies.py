"""A time limit on reading a request's body: whoever sends a byte a second does not hold a thread for ever.

The server has no such limit of its own, and its `read(n)` returns only once it has all n bytes. So a thread of the
body's own reads, small pieces where they come slowly, and the request's thread waits for it no longer than is allowed.
"""

from __future__ import annotations

from queue import Empty, SimpleQueue
from threading import BoundedSemaphore, Thread
from time import monotonic
from typing import Any

PATIENCE = 20.0  # seconds of waiting that every body may cost
LONGEST = 60.0  # seconds of waiting that a body may cost in all, where it is not one of a file's length
SLOWEST = 500  # bytes a second that a long one must come with
LARGEST = 1 << 16  # bytes in one piece
INSTANT = 0.02  # seconds: what took longer was waited for
SLOW = 1.0  # seconds of waiting after which a body counts as slow
MOST_SLOW = 64  # slow bodies at once in this process, a third of its threads: the others serve somebody else

_slow_places = BoundedSemaphore(MOST_SLOW)


class BodyTooSlow(OSError):
    """Django takes it for a body that cannot be read; the answer is made of `timed_out`."""


class TimedBody:
    """`wsgi.input`, as PEP 3333 has it, whose reads raise `BodyTooSlow` past the limit. Only waiting counts."""

    def __init__(self, raw: Any, longest: float = LONGEST) -> None:
        """`longest` is how many seconds of waiting all of it may cost, however long it is."""
        self._raw, self._longest = raw, longest
        self._asked: SimpleQueue[int | None] = SimpleQueue()
        self._read: SimpleQueue[bytes | Exception] = SimpleQueue()
        self._has_reader = False
        self._left = b""  # of a line's piece
        self._piece, self._received, self._waited = 1, 0, 0.0
        self.timed_out = self._has_place = False

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes, fewer only at the end of the body; all of it where `size` is negative."""
        parts = [self._taken(size)]
        missing = size - len(parts[0])
        while size < 0 or missing > 0:
            part = self._fetch(missing if size >= 0 else LARGEST)
            if not part:
                break
            parts.append(part)
            missing -= len(part)
        return b"".join(parts)

    def readline(self, size: int = -1) -> bytes:
        """The rest of a line, or up to `size` bytes of it."""
        line = bytearray()
        while size < 0 or len(line) < size:
            piece = self._taken(-1) or self._fetch(LARGEST)
            if not piece:
                break
            end = piece.find(b"\n") + 1 or len(piece)
            end = end if size < 0 else min(end, size - len(line))
            line += piece[:end]
            self._left = piece[end:]
            if line.endswith(b"\n"):
                break
        return bytes(line)

    def readlines(self, hint: int = -1) -> list[bytes]:
        return list(self)

    def __iter__(self) -> TimedBody:
        return self

    def __next__(self) -> bytes:
        if line := self.readline():
            return line
        raise StopIteration

    def close(self) -> None:
        """Nothing more will be read. A reader that waits for a sender ends with what that sends next."""
        self._asked.put(None)
        self._raw = None
        if self._has_place:
            self._has_place = False
            _slow_places.release()

    def _taken(self, size: int) -> bytes:
        """What is left of an earlier piece."""
        taken = self._left if size < 0 else self._left[:size]
        self._left = self._left[len(taken) :]
        return taken

    def _fetch(self, most: int) -> bytes:
        if self.timed_out:
            raise BodyTooSlow("the body comes too slowly")
        if not self._has_reader:
            self._has_reader = True
            Thread(target=_serve, args=(self._raw, self._asked, self._read), daemon=True).start()
        self._asked.put(min(most, self._piece))
        began = monotonic()
        part = self._within(min(PATIENCE + self._received / SLOWEST, self._longest) - self._waited)
        took = monotonic() - began
        self._piece = 1 if took > INSTANT else min(16 * self._piece, LARGEST)
        self._waited += took
        self._received += len(part)
        return part

    def _within(self, seconds: float) -> bytes:
        at_first = min(max(SLOW - self._waited, 0.0), seconds)
        found = self._get(at_first)
        if found is None and self._may_be_slow():
            found = self._get(seconds - at_first)
        if found is None:
            self.timed_out = True
            raise BodyTooSlow("the body comes too slowly")
        if isinstance(found, Exception):
            raise found
        return found

    def _get(self, seconds: float) -> bytes | Exception | None:
        try:
            return self._read.get(timeout=max(seconds, 0))
        except Empty:
            return None

    def _may_be_slow(self) -> bool:
        self._has_place = self._has_place or _slow_places.acquire(blocking=False)
        return self._has_place


def _serve(raw: Any, asked: SimpleQueue[int | None], read: SimpleQueue[bytes | Exception]) -> None:
    """Read what is asked for, in a thread of its own, until nothing more is."""
    while size := asked.get():
        try:
            read.put(raw.read(size))
        except Exception as error:
            read.put(error)
