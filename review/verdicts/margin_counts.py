"""Counts of margins in narrow bins: appended while judging, rolled up by beat, read for previews."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import Any

import numpy as np
from django.db import connection, transaction
from django.utils import timezone
from numpy.typing import ArrayLike, NDArray

from inference.categories import CATEGORIES
from review.bulk_insert import insert
from review.models import MarginDelta, ModelVersion, Rubric, Source, Verdict

PER_UNIT = 32
"""Bins in one unit of margin: at the steepest, a bin is less than one percent wide."""
OUTERMOST = 640
"""Bins on either side of 0; what lies beyond 20 is counted in the last one."""
LOOK_BACK = timedelta(days=30)
AT_ONCE = 20_000
ROUTED = (Verdict.Why.RUNG, Verdict.Why.SUPERVISED, Verdict.Why.UNCALIBRATED)
"""Where the margin decides, or will once there is a calibrator. Else people do, and no ladder applies."""

_ROLL_UP = """
WITH taken AS (
    DELETE FROM review_margindelta WHERE id IN (
        SELECT id FROM review_margindelta ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED)
    RETURNING source_id, model_id, rubric_id, category, day, bin, count),
added AS (
    INSERT INTO review_margincount AS c (source_id, model_id, rubric_id, category, day, bin, count)
    SELECT source_id, model_id, rubric_id, category, day, bin, sum(count) FROM taken
     GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4, 5, 6
    ON CONFLICT (source_id, model_id, rubric_id, day, category, bin) DO UPDATE SET count = c.count + EXCLUDED.count)
SELECT count(*) FROM taken
"""
_READ = """
SELECT category, bin, sum(count), min(day) FROM (
    SELECT category, bin, count, day FROM review_margincount
     WHERE source_id = %(source)s AND model_id = %(model)s AND rubric_id = %(rubric)s AND day >= %(since)s
     UNION ALL
    SELECT category, bin, count, day FROM review_margindelta
     WHERE source_id = %(source)s AND model_id = %(model)s AND rubric_id = %(rubric)s AND day >= %(since)s) each
 GROUP BY 1, 2
"""
_RECOUNT = """
INSERT INTO review_margincount (source_id, model_id, rubric_id, category, day, bin, count)
SELECT m.source_id, s.model_id, s.rubric_id,
       CASE WHEN v.why <> ALL(%(routed)s) THEN '' ELSE (%(categories)s::text[])[array_position(
           s.category_log_probs, (SELECT max(each) FROM unnest(s.category_log_probs) AS each))] END,
       (m.received_at AT TIME ZONE 'UTC')::date,
       greatest(-%(outermost)s, least(%(outermost)s - 1, floor(s.margin * %(per_unit)s))), count(*)
  FROM review_score s
  JOIN review_message m ON m.id = s.message_id
  JOIN LATERAL (SELECT why FROM review_verdict WHERE score_id = s.id ORDER BY id LIMIT 1) v ON true
 WHERE m.source_id = %(source)s
 GROUP BY 1, 2, 3, 4, 5, 6
"""


@dataclass(frozen=True)
class Counts:
    """Messages of the last `days` days: for each of the five categories a count at each of CENTRES.

    `unrouted` are those that go to people whatever their margin.
    """

    by_category: dict[str, NDArray[np.int64]]
    unrouted: int
    days: int

    @property
    def total(self) -> int:
        return self.unrouted + sum(int(bins.sum()) for bins in self.by_category.values())


CENTRES: NDArray[np.float64] = (np.arange(-OUTERMOST, OUTERMOST) + 0.5) / PER_UNIT
"""The margin in the middle of each bin."""


def bin_of(margins: ArrayLike) -> NDArray[np.int64]:
    """The bin of each margin, -OUTERMOST to OUTERMOST - 1."""
    bins = np.floor(np.asarray(margins, dtype=float) * PER_UNIT)
    return np.asarray(np.clip(bins, -OUTERMOST, OUTERMOST - 1), dtype=np.int64)


def add(model: ModelVersion, rubric: Rubric, verdicts: Iterable[tuple[Verdict, str]]) -> None:
    """Count new verdicts, each with its likeliest violation. One statement; must run in their transaction."""
    new = list(verdicts)
    bins = bin_of([verdict.score.margin for verdict, _ in new]).tolist()
    counted = Counter(
        (
            verdict.message.source_id,
            likeliest if verdict.why in ROUTED else "",
            verdict.message.received_at.astimezone(UTC).date(),
            bin_,
        )
        for (verdict, likeliest), bin_ in zip(new, bins, strict=True)
    )
    insert(
        MarginDelta(source_id=source, model=model, rubric=rubric, category=category, day=day, bin=bin_, count=count)
        for (source, category, day, bin_), count in sorted(counted.items())
    )


def roll_up() -> int:
    """Move deltas into the counts, so many at once that no transaction is long; returns how many."""
    moved = 0
    with connection.cursor() as cursor:
        while True:
            cursor.execute(_ROLL_UP, [AT_ONCE])
            done = int(cursor.fetchone()[0])
            moved += done
            if done < AT_ONCE:
                return moved


def counts(source: Source, model: ModelVersion, rubric: Rubric, look_back: timedelta = LOOK_BACK) -> Counts:
    """The source's messages of the last 30 days, or of another time, under the setup, rolled up or not."""
    today = timezone.now().astimezone(UTC).date()
    values: dict[str, Any] = {"source": source.pk, "model": model.pk, "rubric": rubric.pk, "since": today - look_back}
    by_category = {name: np.zeros(2 * OUTERMOST, dtype=np.int64) for name in CATEGORIES}
    unrouted, first = 0, today
    with connection.cursor() as cursor:
        cursor.execute(_READ, values)
        for category, bin_, count, earliest in cursor.fetchall():
            first = min(first, earliest)
            if category:
                by_category[category][bin_ + OUTERMOST] += count
            else:
                unrouted += int(count)
    return Counts(by_category, unrouted, (today - first).days + 1)


@transaction.atomic
def recount(source: Source) -> None:
    """Count the source's messages anew, where their times were changed."""
    values: dict[str, Any] = {
        "source": source.pk,
        "routed": list(ROUTED),
        "categories": list(CATEGORIES),
        "outermost": OUTERMOST,
        "per_unit": PER_UNIT,
    }
    with connection.cursor() as cursor:
        for table in ("review_margindelta", "review_margincount"):
            cursor.execute(f"DELETE FROM {table} WHERE source_id = %s", [source.pk])  # noqa: S608 - two names of ours
        cursor.execute(_RECOUNT, values)
