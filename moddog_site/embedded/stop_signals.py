"""The end of a run that somebody asks for by a signal."""

import signal
import threading
from types import FrameType

_asked = threading.Event()


class Stopped(BaseException):
    """Someone asked for the end. No `Exception`: what catches those must not take it for a fault of its own."""


def stop_on_signals() -> None:
    """Turn the first signal to end into `Stopped`; later ones change nothing, the end is on its way."""
    _asked.clear()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)


def check_end() -> None:
    """Raise `Stopped` where the end was asked for: raised in a callback of a library it may have been lost there."""
    if _asked.is_set():
        raise Stopped


def _stop(number: int, frame: FrameType | None) -> None:
    if not _asked.is_set():
        _asked.set()
        raise Stopped
