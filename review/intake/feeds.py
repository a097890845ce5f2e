"""`GET outcomes` and `GET verdicts`: what was published, in order, after a cursor."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from threading import BoundedSemaphore
from time import monotonic, sleep
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Value
from django.http import JsonResponse

from review.enforcement.as_json import outcome_json, outcomes_to_tell
from review.enforcement.authors_as_json import author_outcomes_json
from review.enforcement.verdicts_as_json import verdicts_as_json
from review.intake.errors import ApiError
from review.models import AuthorOutcomeFeed, OutcomeFeed, Source, VerdictFeed

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
    """Outcomes on messages and on authors, which share their numbers: a row is about the one or the other."""
    found = _outcome_numbers(source, seq, most)
    rows = outcomes_to_tell([pk for _, pk, is_author in found if not is_author])
    steps = author_outcomes_json([pk for _, pk, is_author in found if is_author])

    def told(pk: int) -> dict[str, Any]:
        return {"id": rows[pk].message.external_id, "author": None, **outcome_json(rows[pk])}

    return [(number, {"id": None, **steps[pk]} if is_author else told(pk)) for number, pk, is_author in found]


def verdicts_after(source: Source, seq: int, most: int) -> Rows:
    numbers: Any = VerdictFeed.objects.filter(source=source, seq__gt=seq).order_by("seq")
    found = dict(numbers.values_list("seq", "verdict")[:most])
    verdicts = verdicts_as_json(found.values())
    return [(number, verdicts[pk]) for number, pk in found.items()]


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


def _outcome_numbers(source: Source, seq: int, most: int) -> list[tuple[int, int, bool]]:
    """The next numbers, each with its outcome (id), and whether that is on an author.

    In one statement: of two, the second might see a number that was given after the first had read past it.
    """

    def next_of(feed: type[OutcomeFeed] | type[AuthorOutcomeFeed], *, is_author: bool) -> Any:
        numbers = feed.objects.filter(source=source, seq__gt=seq).order_by("seq")
        return numbers.values_list("seq", "outcome", Value(is_author))[:most]

    both = next_of(OutcomeFeed, is_author=False).union(next_of(AuthorOutcomeFeed, is_author=True), all=True)
    return list(both.order_by("seq")[:most])


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
