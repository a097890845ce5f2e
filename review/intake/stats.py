"""How busy a source is, told without counting a big table."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from review.models import Source

CEILING = 10_000  # rows that a figure looks at; where there are more it says "at least"
DAY = timedelta(hours=24)
RATE_WINDOW = timedelta(minutes=10)

# Rows of (moment, whether it is the source's), none of them from more than CEILING + 1 rows of what they look at.
WAITING = """
    SELECT enqueued_at, true FROM review_pending JOIN review_message ON review_message.id = message_id
    WHERE source_id = %(source)s ORDER BY message_id LIMIT %(rows)s
"""
IN_REVIEW = """
    SELECT opened_at, true FROM review_case
    WHERE source_id = %(source)s AND state = 'open' ORDER BY opened_at, id LIMIT %(rows)s
"""
JUDGED = """
    SELECT newest.created_at, source_id = %(source)s
    FROM (SELECT id, message_id, created_at FROM review_verdict ORDER BY id DESC LIMIT %(rows)s) AS newest
    JOIN review_message ON review_message.id = newest.message_id ORDER BY newest.id DESC
"""
RECEIVED = "SELECT received_at, source_id = %(source)s FROM review_message ORDER BY id DESC LIMIT %(rows)s"


@dataclass(frozen=True)
class Sample:
    """The moments of a source's rows among those looked at; `reach` is the last one looked at if there were more."""

    moments: list[datetime]
    reach: datetime | None

    def since(self, start: datetime) -> int:
        return sum(moment >= start for moment in self.moments)

    def falls_short_of(self, start: datetime) -> bool:
        return self.reach is not None and self.reach > start

    def per_minute(self, now: datetime) -> float:
        """Over the rate window, or over as much of it as the sample reaches back."""
        start = max(now - RATE_WINDOW, self.reach or now - RATE_WINDOW)
        minutes = max((now - start).total_seconds(), 1) / 60
        return round(self.since(start) / minutes, 2)


def stats(source: Source) -> dict[str, Any]:
    """The figures of `GET stats`: ages in seconds, rates per minute; `at_least` names the counts that are floors."""
    now = timezone.now()
    waiting, in_review, judged, received = [_sample(sql, source) for sql in (WAITING, IN_REVIEW, JUDGED, RECEIVED)]
    short = {
        "pending": waiting.reach is not None,
        "in_review": in_review.reach is not None,
        "judged": judged.falls_short_of(now - DAY),
    }
    return {
        "pending": len(waiting.moments),
        "in_review": len(in_review.moments),
        "judged": judged.since(now - DAY),
        "oldest_pending_seconds": _age(waiting.moments, now),
        "oldest_in_review_seconds": _age(in_review.moments, now),
        "rates": {"received_per_minute": received.per_minute(now), "judged_per_minute": judged.per_minute(now)},
        "at_least": [name for name, is_floor in short.items() if is_floor],
    }


def _sample(sql: str, source: Source) -> Sample:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"source": source.pk, "rows": CEILING + 1})
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    reach = rows[CEILING][0] if len(rows) > CEILING else None
    return Sample([moment for moment, is_ours in rows[:CEILING] if is_ours], reach)


def _age(moments: list[datetime], now: datetime) -> float | None:
    return round((now - moments[0]).total_seconds(), 1) if moments else None
