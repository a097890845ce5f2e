"""The margins of recent traffic: how they lie, and whether they moved against the same weekday before."""

from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from inference.categories import CATEGORIES
from inference.reliability.drift import population_stability
from review.calibration.refit_attempt import InForce
from review.calibration.scope import Scope
from review.registry.scoring_setup import ScoringSetup
from review.verdicts.margin_counts import OUTERMOST, PER_UNIT

LOOK_BACK = 30  # days of traffic in the histogram
SHOWN = 14  # days whose margins are compared
WEEKS = 4  # of the same weekday that a day is compared with
LEAST = 100  # messages on either side of a comparison
MOST = 1_000_000  # margins in one comparison: more would only take longer
BARS = 50

_DAYS = """
SELECT day, category, source_id, bin, sum(count) FROM (
    SELECT day, category, source_id, bin, count FROM review_margincount
     WHERE model_id = %(model)s AND rubric_id = %(rubric)s AND day >= %(since)s
     UNION ALL
    SELECT day, category, source_id, bin, count FROM review_margindelta
     WHERE model_id = %(model)s AND rubric_id = %(rubric)s AND day >= %(since)s) each
 WHERE (%(sources)s::bigint[] IS NULL OR source_id = ANY(%(sources)s))
   AND (%(category)s = '' OR category = %(category)s)
 GROUP BY 1, 2, 3, 4
"""


def margin_drift(setup: ScoringSetup, in_force: InForce | None, scope: Scope, at: datetime) -> dict[str, Any]:
    """`histogram`: recent messages by probability; `drift`: a row for each day that has enough to compare with."""
    rows = _rows(setup, scope, at.date() - timedelta(days=SHOWN + 7 * WEEKS))
    days: dict[date, NDArray[np.int64]] = {}
    for day, _, _, bin, count in rows:
        days.setdefault(day, np.zeros(2 * OUTERMOST, dtype=np.int64))[bin + OUTERMOST] += count
    return {
        "histogram": _histogram(rows, in_force, at.date() - timedelta(days=scope.days or LOOK_BACK)),
        "drift": _drift(days, at.date()),
        "first_day": min(days).isoformat() if days else None,
    }


def _rows(setup: ScoringSetup, scope: Scope, since: date) -> list[tuple[date, str, int, int, int]]:
    sources = None if scope.sources is None else list(scope.sources)
    setup_key = {"model": setup.model.pk, "rubric": setup.rubric.pk}
    with connection.cursor() as cursor:
        cursor.execute(_DAYS, setup_key | {"since": since, "sources": sources, "category": scope.category})
        return [(day, category, source, bin, int(count)) for day, category, source, bin, count in cursor.fetchall()]


def _histogram(rows: list[tuple[date, str, int, int, int]], in_force: InForce | None, since: date) -> list[int]:
    recent = [row for row in rows if row[0] >= since and row[1] in CATEGORIES]
    if not (recent and in_force):
        return []
    _, categories, sources, bins, counts = zip(*recent, strict=True)
    centres = (np.array(bins) + 0.5) / PER_UNIT
    p = in_force.calibrator.predict(centres, categories, [str(source) for source in sources])
    return [int(count) for count in np.histogram(p, BARS, (0.0, 1.0), weights=np.array(counts))[0]]


def _drift(days: dict[date, NDArray[np.int64]], today: date) -> list[dict[str, Any]]:
    """Whole days only: the one that is under way holds other hours than those before."""
    found = []
    for back in range(SHOWN, 0, -1):
        day = today - timedelta(days=back)
        before = [days[same] for week in range(1, WEEKS + 1) if (same := day - timedelta(weeks=week)) in days]
        if day not in days or not before:
            continue
        reference, now = _margins(np.sum(before, axis=0)), _margins(days[day])
        if min(len(reference), len(now)) >= LEAST:
            found.append({"day": day.isoformat(), **asdict(population_stability(reference, now))})
    return found


def _margins(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """One margin for each message counted; beyond a million, so many in proportion."""
    total = int(counts.sum())
    kept = counts if total <= MOST else np.round(counts * (MOST / total)).astype(np.int64)
    return np.repeat((np.arange(-OUTERMOST, OUTERMOST) + 0.5) / PER_UNIT, kept)
