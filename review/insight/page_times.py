"""How long pages take to answer: each process adds what it saw to the rows of the hour, about once a minute."""

import logging
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from threading import Lock
from typing import Any

from django.db import DatabaseError, connection
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse

from review.models import PageHour

log = logging.getLogger(__name__)
SLOW = 250
"""Milliseconds that a person waits without noticing."""
EVERY = 60.0
KEPT_FOR = timedelta(days=7)
SHOWN = 8
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_ADD = """
INSERT INTO review_pagehour (hour, page, requests, slow, total_ms, slowest_ms)
SELECT date_trunc('hour', now()), * FROM unnest(%s::text[], %s::int[], %s::int[], %s::float[], %s::float[]) AS seen
 ORDER BY 2
ON CONFLICT (hour, page) DO UPDATE
   SET requests = review_pagehour.requests + excluded.requests, slow = review_pagehour.slow + excluded.slow,
       total_ms = review_pagehour.total_ms + excluded.total_ms,
       slowest_ms = greatest(review_pagehour.slowest_ms, excluded.slowest_ms)
"""
_SLOWEST = """
SELECT page, sum(requests), sum(slow), sum(total_ms) / sum(requests), max(slowest_ms)
  FROM review_pagehour WHERE hour > now() - interval '1 day'
 GROUP BY page HAVING sum(slow) > 0 ORDER BY sum(slow) DESC, max(slowest_ms) DESC, page LIMIT %s
"""


@dataclass
class PageTime:
    """One page over some time: how often it was asked for, how often it was slow, and how long it took, in ms."""

    page: str
    requests: int = 0
    slow: int = 0
    mean_ms: float = 0.0
    slowest_ms: float = 0.0

    def add(self, ms: float) -> None:
        self.requests += 1
        self.slow += ms > SLOW
        self.mean_ms += (ms - self.mean_ms) / self.requests
        self.slowest_ms = max(self.slowest_ms, ms)


_seen: dict[str, PageTime] = {}
_kept_at = time.monotonic()
_lock = Lock()


def time_pages(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware. Whoever asks to wait for a verdict is left out: that takes as long as they said."""

    def middleware(request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        response = get_response(request)
        match = request.resolver_match
        if match and request.method in METHODS and "wait=" not in request.META.get("QUERY_STRING", ""):
            page = f"{request.method} /{re.sub(r'<[a-z]+:', '<', match.route.lstrip('^'))}"[:100]
            _note(page, 1_000 * (time.perf_counter() - began))
        return response

    return middleware


def slowest() -> list[PageTime]:
    """The pages that were slow most often within a day, the worst first; at most SHOWN."""
    with connection.cursor() as cursor:
        cursor.execute(_SLOWEST, [SHOWN])
        return [PageTime(*row) for row in cursor.fetchall()]


def forget_old() -> None:
    PageHour.objects.filter(hour__lt=Now() - KEPT_FOR).delete()


def _note(page: str, ms: float) -> None:
    global _seen, _kept_at
    with _lock:
        _seen.setdefault(page, PageTime(page)).add(ms)
        if time.monotonic() - _kept_at < EVERY:
            return
        seen, _seen, _kept_at = _seen, {}, time.monotonic()
    keep(seen.values())


def keep(seen: Any) -> None:
    """Add to the rows of this hour. A database that does not answer loses a minute, and no request."""
    columns = ("page", "requests", "slow", "total_ms", "slowest_ms")
    rows = [(each.page, each.requests, each.slow, each.mean_ms * each.requests, each.slowest_ms) for each in seen]
    try:
        with connection.cursor() as cursor:
            cursor.execute(_ADD, [[row[number] for row in rows] for number in range(len(columns))])
    except DatabaseError as error:
        log.warning("could not keep how long pages took: %s", error)
