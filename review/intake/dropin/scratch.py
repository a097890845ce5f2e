"""The web's half of the scratch table: put texts in, wait until a worker has judged them, take all of it out again.

Nobody holds a database connection while waiting. The text goes to the database as a bound parameter, so that no
statement, and therefore no log of the database, ever holds it.
"""

import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from threading import BoundedSemaphore
from time import monotonic, sleep
from typing import Any
from uuid import UUID, uuid4

import psycopg
import redis
from django.db import connection

from review.broker import MOST_WAIT, nudge, patient_client
from review.intake.dropin.judged_text import JudgedText, from_json
from review.judging.scratch_results import FAILED, key_of
from review.models import ScratchText

log = logging.getLogger(__name__)

MOST_WAITERS = 80
"""At once and in a process: with those of `intake.waiting`, fewer than it has threads."""
MOST_TEXTS = 1 << 15
"""Of one request, parts included: as many as a position numbers."""
FOR_A_PLACE = 1.0  # seconds
WITHOUT_REDIS = 0.05  # seconds
_places = BoundedSemaphore(MOST_WAITERS)

_INSERT = """
INSERT INTO review_scratchtext (request, position, source_id, door, is_part, text)
SELECT %s, (ordinality - 1)::smallint, source, %s, part, body
  FROM unnest(%s::bigint[], %s::boolean[], %s::text[]) WITH ORDINALITY AS rows (source, part, body, ordinality)
"""


class NotInTime(Exception):
    """The texts were not judged in time, or too many wait. Nothing of them is left."""


@dataclass(frozen=True)
class TextToJudge:
    """A text of a source (its id). A part belongs to a text that is asked about besides, and is not counted."""

    source: int
    text: str
    is_part: bool = False


def ask(door: str, texts: Sequence[TextToJudge], seconds: float) -> list[JudgedText | None]:
    """What is known of each text, in order; None where the model cannot read it. Raises NotInTime."""
    if not texts:
        return []
    if not _places.acquire(timeout=min(seconds, FOR_A_PLACE)):
        raise NotInTime
    request = uuid4()
    try:
        _insert(request, door, texts)
        nudge()
        if not wait_for(request, seconds):
            raise NotInTime
        return _collect(request)
    finally:
        _forget(request)
        _places.release()


def wait_for(request: UUID, seconds: float) -> bool:
    """Whether all texts of the request were judged within so many seconds."""
    end = monotonic() + seconds
    while ScratchText.objects.filter(request=request, verdict__isnull=True).exists():
        remaining = end - monotonic()
        if remaining <= 0:
            return False
        _give_back_connection()
        _hear(request, min(remaining, MOST_WAIT))
    return True


def _insert(request: UUID, door: str, texts: Sequence[TextToJudge]) -> None:
    connection.ensure_connection()
    columns = [[each.source for each in texts], [each.is_part for each in texts], [each.text for each in texts]]
    try:
        with psycopg.Cursor(connection.connection) as cursor:
            cursor.execute(_INSERT, [request, door, *columns])
    except psycopg.Error as error:  # its message may quote the row
        raise RuntimeError(f"could not put down texts to be judged: {type(error).__name__}") from None


def _collect(request: UUID) -> list[JudgedText | None]:
    rows = ScratchText.objects.filter(request=request).order_by("position")
    verdicts: list[Any] = list(rows.values_list("verdict", flat=True))
    return [None if found == FAILED else from_json(found) for found in verdicts]


def _forget(request: UUID) -> None:
    ScratchText.objects.filter(request=request).delete()


def _hear(request: UUID, seconds: float) -> None:
    try:
        patient_client().blpop([key_of(request)], timeout=seconds)
    except redis.RedisError as error:
        log.warning("cannot hear the workers, whoever waits looks often: %s", error)
        sleep(WITHOUT_REDIS)


def _give_back_connection() -> None:
    if not connection.in_atomic_block:
        with suppress(psycopg.Error):
            connection.close()  # back to the pool
