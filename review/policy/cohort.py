"""A source's cohort under a model and a rubric: what guarantees, estimates and the watchdog rest on.

The unit is a distinct text on a day: its copies share one draw and one ruling, and its first message stands for it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.core.cache import cache
from django.db import connection
from django.utils import timezone
from numpy.typing import NDArray

from inference.categories import CATEGORIES
from inference.guarantees.traffic import Traffic
from review.models import Decision, Source
from review.policy.whatif import LabelHistogram
from review.registry.scoring_setup import ScoringSetup
from review.verdicts.margin_counts import OUTERMOST, ROUTED, bin_of

Array = NDArray[np.float64]
TIME_TO_RULE = timedelta(hours=24)
"""What came in later is left out of guarantees whatever was ruled, so that people had time to rule on the rest."""
REMEMBERED = timedelta(days=365)
PAGE = 20_000
LEAST_RATE = 1e-6
"""In place of a rate of 0, under which nobody was ever asked: so little that nothing certifies there."""
KEPT_FOR = 600  # seconds that rulings stay in the cache; another decision makes them anew

_LIKELIEST = (
    """array_position(s.category_log_probs, (SELECT max(each) FROM unnest(s.category_log_probs) AS each)) - 1"""
)

_UNITS = f"""
SELECT s.id, s.message_id, ('x' || encode(substr(m.text_digest, 1, 8), 'hex'))::bit(64)::bigint,
       (m.received_at AT TIME ZONE 'UTC')::date - DATE '2000-01-01', s.margin, {_LIKELIEST},
       v.rate, v.cohort_rate IS NOT NULL, v.policy_id
  FROM review_score s
  JOIN review_message m ON m.id = s.message_id
  JOIN LATERAL (SELECT rate, cohort_rate, policy_id, why
                  FROM review_verdict WHERE score_id = s.id ORDER BY id LIMIT 1) v ON v.why = ANY(%(routed)s)
 WHERE s.id > %(after)s AND s.model_id = %(model)s AND s.rubric_id = %(rubric)s AND m.source_id = %(source)s
   AND m.received_at >= %(since)s AND m.received_at < %(before)s AND s.margin BETWEEN %(lowest)s AND %(highest)s
   AND NOT EXISTS (SELECT 1 FROM review_casemember c JOIN review_case k ON k.id = c.case_id AND k.reason = 'import'
                    WHERE c.message_id = s.message_id)
 ORDER BY s.id LIMIT %(page)s
"""  # noqa: S608 - one constant of ours
_RULED = """
SELECT c.message_id, avg(l.violation::int)
  FROM review_casemember c
  JOIN review_case k ON k.id = c.case_id AND k.blind
  JOIN review_decision d ON d.case_id = k.id AND d.undone_at IS NULL AND d.effective_at <= %(at)s
  JOIN review_label l ON l.decision_id = d.id
 WHERE c.message_id = ANY(%(messages)s)
 GROUP BY 1
"""
_LABELS = f"""
SELECT s.margin, {_LIKELIEST}, l.rate, l.violation, l.labels
  FROM (SELECT l.message_id, min(l.cohort_rate) AS rate, avg(l.violation::int) AS violation, count(*) AS labels
          FROM review_label l JOIN review_decision d ON d.id = l.decision_id
         WHERE l.source_id = %(source)s AND l.cohort_rate IS NOT NULL AND d.undone_at IS NULL
           AND d.effective_at <= %(at)s
         GROUP BY 1) l
  JOIN review_score s ON s.message_id = l.message_id AND s.model_id = %(model)s AND s.rubric_id = %(rubric)s
   AND s.windows = 1
"""  # noqa: S608 - one constant of ours


@dataclass(frozen=True)
class Units:
    """n distinct texts of a day in the order they came in. `category` counts the likeliest violation from 0.

    `violation` is NaN where a text was not drawn, or nobody has ruled on it yet; `policy` is the version under which it
    came in, and which set its rate.
    """

    message: NDArray[np.int64]
    margin: Array
    category: NDArray[np.int64]
    rate: Array
    drawn: NDArray[np.bool_]
    violation: Array
    policy: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.message)

    def where(self, rows: NDArray[np.bool_]) -> "Units":
        return Units(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))

    def of(self, categories: tuple[str, ...]) -> "Units":
        """Those whose likeliest violation is one of these."""
        return self.where(np.isin(self.category, [CATEGORIES.index(name) for name in categories]))

    @property
    def undecided(self) -> NDArray[np.bool_]:
        return self.drawn & np.isnan(self.violation)

    @property
    def traffic(self) -> Traffic:
        """As the statistics take it: each policy is a stretch of time with rates of its own."""
        return Traffic(
            self.margin,
            np.maximum(self.rate, LEAST_RATE),
            self.drawn,
            self.violation,
            self.undecided,
            rate_period=np.unique(self.policy, return_inverse=True)[1],
        )


def units(
    source: Source,
    setup: ScoringSetup,
    since: datetime | None = None,
    before: datetime | None = None,
    within: tuple[float, float] = (-np.inf, np.inf),
) -> Units:
    """The source's texts that came in from `since` until `before`, of margins `within`, ruled on as they are now."""
    now = timezone.now()
    values: dict[str, Any] = {"since": since or now - REMEMBERED, "before": before or now - TIME_TO_RULE}
    values |= {"routed": list(ROUTED), "lowest": within[0], "highest": within[1]}
    rows = list(_pages(source, setup, values))
    columns = [np.array(column) for column in zip(*rows, strict=True)] if rows else [np.zeros(0)] * 8
    message, text, day, margin, category, rate, drawn, policy = columns
    first = _firsts(message, text, day)
    chosen: NDArray[np.bool_] = drawn[first].astype(bool)
    messages = message[first].astype(np.int64)
    ruled = _ruled(messages[chosen].tolist(), now)
    violation = np.array([ruled.get(one, np.nan) for one in messages.tolist()], dtype=float)
    return Units(
        message=messages,
        margin=margin[first].astype(float),
        category=category[first].astype(np.int64),
        rate=rate[first].astype(float),
        drawn=chosen,
        violation=np.where(chosen, violation, np.nan),
        policy=policy[first].astype(np.int64),
    )


def label_histograms(source: Source, setup: ScoringSetup) -> dict[str, LabelHistogram]:
    """All cohort rulings of the source by category and bin, computed once for each newest decision.

    Without texts scored in several windows: their margins are maxima, and no ladder is applied to them.
    """
    now = timezone.now()
    newest = Decision.objects.filter(case__source=source, effective_at__lte=now).order_by("-effective_at", "-pk")
    key = f"rulings:{source.pk}.{setup.model.pk}.{setup.rubric.pk}.{newest.values_list('pk', flat=True).first()}"
    found: dict[str, LabelHistogram] | None = cache.get(key)
    if found is None:
        found = _label_histograms(source, setup, now)
        cache.set(key, found, KEPT_FOR)
    return found


def _firsts(message: Array, text: Array, day: Array) -> NDArray[np.intp]:
    """The row of the first message of each text on each day, in the order of messages."""
    order = np.lexsort((message, day, text))
    new = (np.diff(text[order]) != 0) | (np.diff(day[order]) != 0)
    first = order[np.r_[True, new]] if len(order) else order
    return np.asarray(first[np.argsort(message[first])], dtype=np.intp)


def _pages(source: Source, setup: ScoringSetup, values: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    values |= {"source": source.pk, "model": setup.model.pk, "rubric": setup.rubric.pk, "page": PAGE, "after": 0}
    while True:
        with connection.cursor() as cursor:
            cursor.execute(_UNITS, values)
            page = cursor.fetchall()
        yield from (row[1:] for row in page)
        if len(page) < PAGE:
            return
        values["after"] = page[-1][0]


def _ruled(messages: list[int], at: datetime) -> dict[int, float]:
    found: dict[int, float] = {}
    for start in range(0, len(messages), PAGE):
        with connection.cursor() as cursor:
            cursor.execute(_RULED, {"messages": messages[start : start + PAGE], "at": at})
            found |= {message: float(share) for message, share in cursor.fetchall()}
    return found


def _label_histograms(source: Source, setup: ScoringSetup, at: datetime) -> dict[str, LabelHistogram]:
    values: dict[str, Any] = {"source": source.pk, "model": setup.model.pk, "rubric": setup.rubric.pk, "at": at}
    with connection.cursor() as cursor:
        cursor.execute(_LABELS, values)
        rows = np.array(cursor.fetchall(), dtype=float).reshape(-1, 5)
    return {name: _binned(rows[rows[:, 1] == index]) for index, name in enumerate(CATEGORIES)}


def _binned(rows: Array) -> LabelHistogram:
    bins, weight = bin_of(rows[:, 0]) + OUTERMOST, 1.0 / rows[:, 2]
    columns = (rows[:, 4], weight, weight**2, weight * rows[:, 3])
    return LabelHistogram(*(np.bincount(bins, column, minlength=2 * OUTERMOST).astype(float) for column in columns))
