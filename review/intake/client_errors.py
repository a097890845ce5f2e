"""The errors that a source's clients were given lately: what its admin needs to see, and nothing of what was sent."""

import logging
from threading import Lock
from time import monotonic

from django.db import DatabaseError

from review.models import ClientError, Source

log = logging.getLogger(__name__)

EVERY = 1.0  # seconds between two rows of the same error, however many clients are given it
KEPT = 100
LONGEST = 300

_lock = Lock()
_last: dict[tuple[int, str, str], tuple[float, int]] = {}
"""When an error was last written for a source and door, and how often it was given since."""


def note(source: Source, door: str, status: int, code: str, message: str) -> None:
    """Write an error down, or count it where the same one was written a moment ago. Never raises: who was given the
    error is to be given it."""
    times = _due((source.pk, door, code))
    if not times:
        return
    row = ClientError(
        source=source, door=door, status=status, code=code[:60], message=_storable(message[:LONGEST]), times=times
    )
    try:
        row.save()
    except DatabaseError as error:
        log.warning("could not note an error that a client was given: %s", type(error).__name__)


def _storable(message: str) -> str:
    """A message may quote what the client sent: names with NUL characters and halves of characters among them."""
    return message.encode("utf-8", "replace").decode().replace("\0", "\ufffd")


def forget_old() -> None:
    """Keep the newest of each source."""
    for source in ClientError.objects.values_list("source", flat=True).distinct().order_by("source"):
        newest = ClientError.objects.filter(source=source).order_by("-id").values_list("id", flat=True)
        for oldest in newest[KEPT : KEPT + 1]:
            ClientError.objects.filter(source=source, id__lte=oldest).delete()


def _due(key: tuple[int, str, str]) -> int:
    """How many the row stands for; 0 where none is due."""
    with _lock:
        at, more = _last.get(key, (0.0, 0))
        if at and monotonic() - at < EVERY:
            _last[key] = (at, more + 1)
            return 0
        _last[key] = (monotonic(), 0)
        return more + 1
