"""Load is shed before it is taken in: past a backlog messages are turned away, and told when to come again."""

import math
from dataclasses import dataclass
from threading import Lock
from time import monotonic

from django.db import connection
from prometheus_client import Counter

from review.intake.errors import ApiError
from review.models import Source

REFUSED = Counter("moddog_backlog_refusals", "Requests refused because too many messages waited to be judged")

USUAL_LIMIT = 1_000_000
COUNTED = 1_000_000  # beyond the limit: what waits further back is not counted
FRESH = 5.0  # seconds that a count is good for, in a process
LEAST_WAIT, LONGEST_WAIT, UNKNOWN_WAIT = 1, 3_600, 60  # seconds

WAITING = "SELECT count(*) FROM (SELECT FROM review_pending LIMIT %s) AS waiting"
JUDGED = """
    SELECT count(*), extract(epoch FROM now() - min(created_at))
    FROM (SELECT created_at FROM review_score ORDER BY id DESC LIMIT 10000) AS newest
    WHERE created_at > now() - interval '5 minutes'
"""


@dataclass(frozen=True)
class Backlog:
    """How many messages wait to be judged, of all sources (they share one queue), and how many are judged a second."""

    waiting: int
    per_second: float

    def seconds_until_room(self, limit: int) -> int:
        """When, at this rate, there is room for a twentieth of `limit` again."""
        if not self.per_second:
            return UNKNOWN_WAIT
        seconds = (self.waiting - limit + max(1, limit // 20)) / self.per_second
        return min(max(math.ceil(seconds), LEAST_WAIT), LONGEST_WAIT)


class _Counted:
    """The last count of this process, shared by its threads."""

    def __init__(self) -> None:
        self._lock, self._until, self._limit, self._backlog = Lock(), 0.0, 0, Backlog(0, 0.0)

    def get(self, limit: int) -> Backlog:
        with self._lock:
            if monotonic() < self._until and limit <= self._limit:
                return self._backlog
        backlog = measure(limit)
        with self._lock:
            self._until, self._limit, self._backlog = monotonic() + FRESH, limit, backlog
        return backlog

    def forget(self) -> None:
        self._until = 0.0


counted = _Counted()


def measure(limit: int) -> Backlog:
    """Counted now: nothing is counted far beyond `limit`, and the rate only where the limit is passed."""
    with connection.cursor() as cursor:
        cursor.execute(WAITING, [limit + COUNTED])
        waiting: int = cursor.fetchone()[0]
        if waiting < limit:
            return Backlog(waiting, 0.0)
        cursor.execute(JUDGED)
        judged, seconds = cursor.fetchone()
    return Backlog(waiting, judged / max(float(seconds), 1.0) if judged else 0.0)


def refuse_when_full(source: Source) -> None:
    """Raises ApiError 503 while as many messages wait as `source` may add to."""
    limit = USUAL_LIMIT if source.backlog_limit is None else source.backlog_limit
    backlog = counted.get(limit)
    if backlog.waiting < limit:
        return
    REFUSED.inc()
    raise ApiError(
        503,
        "unavailable",
        "Too many messages wait to be judged",
        headers={"Retry-After": str(backlog.seconds_until_room(limit))},
    )
