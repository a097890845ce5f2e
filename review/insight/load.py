"""What comes to a source's people, what they do of it, and how long it takes: a row an hour, which pages read."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.db import connection
from django.db.models import Sum
from django.utils import timezone

from review.insight.forecast import Forecast, forecast
from review.models import LoadHour, Source
from review.quality.care import SEVERE

HOUR = timedelta(hours=1)
KEPT_FOR = timedelta(days=90)
WEEKS = 4
"""How many weeks back the arrivals of a shift are looked up."""
STALE = timedelta(minutes=10)
"""Older than this, what beat counted last says nothing of now."""
SPANS = {"day": (timedelta(days=1), 3600), "week": (timedelta(days=7), 6 * 3600), "month": (timedelta(days=30), 86400)}
"""How far back a chart goes, and how many seconds one of its points stands for."""

# Both hours come from the indexes by time. Imported labels are nobody's work, so they are left out.
_HOUR = """
WITH opened AS (
  SELECT source_id, count(*) AS n FROM review_case
   WHERE opened_at >= %(hour)s AND opened_at < %(end)s AND reason <> 'import' GROUP BY source_id
), decided AS (
  SELECT source_id, count(*) AS n,
         percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY extract(epoch FROM decided_at - opened_at)) AS wait,
         percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM decided_at - claimed_at))
           FILTER (WHERE claimed_at < decided_at AND decided_at - claimed_at <= interval '30 minutes') AS work
    FROM review_case
   WHERE state = 'decided' AND decided_at >= %(hour)s AND decided_at < %(end)s AND reason <> 'import'
   GROUP BY source_id
), severe AS (
  SELECT c.source_id, count(*) AS n FROM review_decision d JOIN review_case c ON c.id = d.case_id
   WHERE d.effective_at >= %(hour)s AND d.effective_at < %(end)s AND d.undone_at IS NULL
     AND d.category = ANY(%(severe)s)
   GROUP BY c.source_id
), waiting AS (
  SELECT source_id, count(*) AS n, count(*) FILTER (WHERE reason = 'second_opinion') AS second_opinions,
         count(*) FILTER (WHERE reason = 'adjudication') AS adjudications
    FROM review_case WHERE state = 'open' AND %(is_now)s GROUP BY source_id
)
INSERT INTO review_loadhour (source_id, hour, opened, decided, backlog, wait_median, wait_p90, work_median, severe,
                             second_opinions, adjudications, counted_at)
SELECT s.id, %(hour)s, coalesce(o.n, 0), coalesce(d.n, 0), coalesce(w.n, 0), d.wait[1], d.wait[2], d.work,
       coalesce(v.n, 0), coalesce(w.second_opinions, 0), coalesce(w.adjudications, 0), now()
  FROM review_source s LEFT JOIN opened o ON o.source_id = s.id LEFT JOIN decided d ON d.source_id = s.id
  LEFT JOIN severe v ON v.source_id = s.id LEFT JOIN waiting w ON w.source_id = s.id
ON CONFLICT (source_id, hour) DO UPDATE
   SET opened = excluded.opened, decided = excluded.decided, wait_median = excluded.wait_median,
       wait_p90 = excluded.wait_p90, work_median = excluded.work_median, severe = excluded.severe,
       second_opinions = excluded.second_opinions, adjudications = excluded.adjudications,
       counted_at = excluded.counted_at,
       backlog = CASE WHEN %(is_now)s THEN excluded.backlog ELSE review_loadhour.backlog END
"""
_POINTS = """
SELECT to_timestamp(floor(extract(epoch FROM hour) / %(step)s) * %(step)s) AS since,
       sum(opened)::float, sum(decided)::float, max(backlog)::float,
       sum(wait_median * decided) / nullif(sum(decided) FILTER (WHERE wait_median IS NOT NULL), 0), max(wait_p90),
       sum(work_median * decided) / nullif(sum(decided) FILTER (WHERE work_median IS NOT NULL), 0)
  FROM review_loadhour WHERE source_id = %(source)s AND hour > now() - make_interval(secs => %(back)s)
 GROUP BY since ORDER BY since
"""
COLUMNS = ("at", "opened", "decided", "backlog", "wait_median", "wait_p90", "work_median")


@dataclass(frozen=True)
class Load:
    """How it stands now: the last hour's row, the pace of the last sixty minutes, and when the queue would be empty.

    `pace` and `arrivals` are cases an hour, `severe` is how many severe ones all decided in a day. `forecast` is None
    where beat has not counted lately.
    """

    row: LoadHour | None
    pace: float
    arrivals: float
    forecast: Forecast | None
    severe: int = 0


def roll_up(now: datetime | None = None) -> None:
    """Count this hour and the one before, of every source; forget what is too old."""
    this = (now or timezone.now()).replace(minute=0, second=0, microsecond=0)
    with connection.cursor() as cursor:
        for hour in (this - HOUR, this):
            cursor.execute(_HOUR, {"hour": hour, "end": hour + HOUR, "is_now": hour == this, "severe": list(SEVERE)})
    LoadHour.objects.filter(hour__lt=this - KEPT_FOR).delete()


def points(source: Source, span: str) -> list[dict[str, Any]]:
    """The points of the source's charts over `span`, one of SPANS, oldest first; times are seconds."""
    back, step = SPANS[span]
    with connection.cursor() as cursor:
        cursor.execute(_POINTS, {"source": source.pk, "back": back.total_seconds(), "step": step})
        return [dict(zip(COLUMNS, row, strict=True)) for row in cursor.fetchall()]


def load_of(source: Source) -> Load:
    """How a source stands, from what beat counted."""
    rows = list(LoadHour.objects.filter(source=source).order_by("-hour")[:2])
    if not rows or timezone.now() - rows[0].counted_at > STALE:
        return Load(None, 0.0, 0.0, None)
    row = rows[0]
    gone = (row.counted_at - row.hour) / HOUR
    before = rows[1] if len(rows) > 1 and row.hour - rows[1].hour == HOUR else None
    pace, came = (
        float(getattr(row, name)) + (1.0 - min(gone, 1.0)) * (float(getattr(before, name)) if before else 0.0)
        for name in ("decided", "opened")
    )
    arrivals = _arrivals_ahead(source, row.counted_at, came)
    foretold = forecast(row.counted_at, row.backlog, pace, arrivals)
    return Load(row, pace, float(np.mean(arrivals[0])), foretold, _severe_in_a_day(source, row.hour))


def _severe_in_a_day(source: Source, hour: datetime) -> int:
    day = LoadHour.objects.filter(source=source, hour__gt=hour - timedelta(days=1), hour__lte=hour)
    return day.aggregate(n=Sum("severe"))["n"] or 0


def _arrivals_ahead(source: Source, at: datetime, came: float) -> list[list[float]]:
    """For each hour ahead what came in that hour of the week, and in the hours beside it, in the last weeks.

    The last sixty minutes stand in where nothing is known of an hour.
    """
    known = dict(
        LoadHour.objects.filter(source=source, hour__gt=at - timedelta(weeks=WEEKS, hours=2)).values_list(
            "hour", "opened"
        )
    )
    this = at.replace(minute=0, second=0, microsecond=0)
    ahead = []
    for number in range(Forecast.HOURS):
        near = [this + HOUR * (number + beside) for beside in (-1, 0, 1)]
        found = [known.get(hour - timedelta(weeks=week)) for week in range(1, WEEKS + 1) for hour in near]
        ahead.append([float(each) for each in found if each is not None] or [came])
    return ahead
