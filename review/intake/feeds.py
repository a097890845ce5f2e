"""`GET outcomes` and `GET verdicts`: what was published, in order, after a cursor."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from threading import BoundedSemaphore
from time import monotonic, sleep
from typing import Any, NamedTuple

from django.db import connection
from django.http import JsonResponse

from review.enforcement.as_json import OUTCOME_NEEDS, outcome_json, verdict_json
from review.intake.errors import ApiError
from review.models import Outcome, OutcomeFeed, Source, Verdict, VerdictFeed

MOST_ROWS = 1_000
MOST_SECONDS = 30
MOST_WAITERS = 16
"""At once and in a process; whoever comes then is answered at once, with what is there."""
LOOKS_EVERY = 0.25  # seconds
CURSOR = re.compile(r"(\w+) (\d{1,18})", re.ASCII)
_waiters = BoundedSemaphore(MOST_WAITERS)

Rows = list[tuple[int, dict[str, Any]]]


class Feed(NamedTuple):
    """What a feed is called, and how its rows after a number are read: at most so many, each with its number."""

    name: str
    read: Callable[[Source, int, int], Rows]


def outcomes_after(source: Source, seq: int, most: int) -> Rows:
    """By key, and the rows that many share are read once."""
    found = dict(_numbers(OutcomeFeed, "outcome", source, seq, most))
    rows = Outcome.objects.select_related("message").prefetch_related(*OUTCOME_NEEDS).in_bulk(found.values())
    return [(number, {"id": rows[pk].message.external_id, **outcome_json(rows[pk])}) for number, pk in found.items()]


def verdicts_after(source: Source, seq: int, most: int) -> Rows:
    found = dict(_numbers(VerdictFeed, "verdict", source, seq, most))
    shared = ("calibrator", "policy", "score__model", "score__rubric")
    rows = Verdict.objects.select_related("message", "score__explanation").prefetch_related(*shared)
    verdicts = rows.in_bulk(found.values())
    return [(number, verdict_json(verdicts[pk])) for number, pk in found.items()]


OUTCOMES, VERDICTS = Feed("outcomes", outcomes_after), Feed("verdicts", verdicts_after)


def page(feed: Feed, source: Source, *, cursor: str, limit: int, wait: float) -> JsonResponse:
    """The next `limit` rows, the cursor behind them, and whether there are more already.

    Where there is none, it waits up to `wait` seconds for one. Raises ApiError 422 for a cursor of another feed.
    """
    after = _number_in(cursor, feed)
    rows = feed.read(source, after, limit + 1)
    if not rows and wait:
        rows = _waited(lambda: feed.read(source, after, limit + 1), wait)
    shown = rows[:limit]
    body = {feed.name: [row for _, row in shown], "cursor": _cursor(feed, shown[-1][0] if shown else after)}
    return JsonResponse(body | {"more": len(rows) > limit})


def _waited(read: Callable[[], Rows], seconds: float) -> Rows:
    """Looks again and again; no connection is held meanwhile."""
    if not _waiters.acquire(blocking=False):
        return []
    try:
        end = monotonic() + seconds
        while (left := end - monotonic()) > 0:
            if not connection.in_atomic_block:
                connection.close()  # back to the pool
            sleep(min(LOOKS_EVERY, left))
            if rows := read():
                return rows
        return []
    finally:
        _waiters.release()


def _numbers(feed: type[OutcomeFeed] | type[VerdictFeed], of: str, source: Source, seq: int, most: int) -> Any:
    return feed.objects.filter(source=source, seq__gt=seq).order_by("seq").values_list("seq", of)[:most]


def _cursor(feed: Feed, seq: int) -> str:
    return urlsafe_b64encode(f"{feed.name} {seq}".encode()).decode().rstrip("=")


def _number_in(cursor: str, feed: Feed) -> int:
    """The number behind which a reader goes on; 0 without a cursor."""
    if not cursor:
        return 0
    try:
        said = CURSOR.fullmatch(urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4)).decode())
    except ValueError:
        said = None
    if said is None or said[1] != feed.name:
        raise ApiError(422, "invalid", f"The cursor is none of the feed of {feed.name}")
    return int(said[2])
