"""The random sample that certificates and the watchdog rest on: a source's cohort under a model version and a rubric.

The unit is a distinct text on a day: its copies share one draw and one label, and its first message stands for it. The
database counts what was not drawn; only what was drawn comes out row by row.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.db import connection
from django.utils import timezone
from numpy.typing import NDArray

from inference.categories import CATEGORIES
from inference.guarantees.traffic import Traffic
from review.models import Source
from review.registry.scoring_setup import ScoringSetup
from review.verdicts.margin_counts import ROUTED

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
TIME_TO_DECIDE = timedelta(hours=24)
"""What came in later is left out of guarantees whatever was decided, so that people had time to decide on the rest."""
REMEMBERED = timedelta(days=365)
LEAST_RATE = 1e-6
"""In place of a rate of 0, under which nobody was ever asked: so little that nothing certifies there."""
PAGE = 20_000

LIKELIEST = """array_position(s.category_log_probs, (SELECT max(each) FROM unnest(s.category_log_probs) AS each)) - 1"""
TAUGHT = """
EXISTS (SELECT 1 FROM review_modelversion_taught t JOIN review_label l ON l.id = t.label_id
          JOIN review_message taught ON taught.id = l.message_id
         WHERE t.modelversion_id = %(model)s AND taught.text_digest = m.text_digest)
"""
"""Whether the model was fine-tuned on the text of message m: how it does there says nothing of how well it judges."""

# A row for each text that was drawn, with its place among all; the others counted, by how many drawn ones stand behind
# them. No test is made between two drawn margins, so that is as good as each of them.
_SAMPLE = f"""
WITH firsts AS (
    SELECT DISTINCT ON (m.text_digest, (m.received_at AT TIME ZONE 'UTC')::date)
           s.message_id, %(sign)s * s.margin AS toward, {LIKELIEST} AS category,
           v.rate, v.cohort_rate IS NOT NULL AS drawn, v.policy_id
      FROM review_score s
      JOIN review_message m ON m.id = s.message_id
      JOIN LATERAL (SELECT rate, cohort_rate, policy_id, why
                      FROM review_verdict WHERE score_id = s.id ORDER BY id LIMIT 1) v ON v.why = ANY(%(routed)s)
     WHERE s.model_id = %(model)s AND s.rubric_id = %(rubric)s AND m.source_id = %(source)s
       AND m.received_at >= %(since)s AND m.received_at < %(before)s AND s.margin BETWEEN %(lowest)s AND %(highest)s
       AND NOT EXISTS (SELECT 1 FROM review_casemember c JOIN review_case k ON k.id = c.case_id AND k.reason = 'import'
                        WHERE c.message_id = s.message_id)
       AND NOT {TAUGHT}
     ORDER BY m.text_digest, (m.received_at AT TIME ZONE 'UTC')::date, s.message_id),
placed AS (
    SELECT *, row_number() OVER (ORDER BY message_id) AS place,
           count(*) FILTER (WHERE drawn) OVER (ORDER BY toward) AS behind
      FROM firsts WHERE category = ANY(%(categories)s))
SELECT message_id, toward, rate, policy_id, place, 1 FROM placed WHERE drawn
 UNION ALL
SELECT NULL, min(toward), rate, policy_id, behind, count(*) FROM placed WHERE NOT drawn
 GROUP BY behind, toward >= 0, rate, policy_id
 ORDER BY 1
"""  # noqa: S608 - constants of ours
_DECIDED = """
SELECT c.message_id, avg(l.violation::int)
  FROM review_casemember c
  JOIN review_case k ON k.id = c.case_id AND k.blind
  JOIN review_decision d ON d.case_id = k.id AND d.undone_at IS NULL AND d.effective_at <= %(at)s
  JOIN review_label l ON l.decision_id = d.id
 WHERE c.message_id = ANY(%(messages)s)
 GROUP BY 1
"""


@dataclass(frozen=True)
class Rest:
    """Texts that were not drawn, counted: at the next drawn margin toward zero, by rate and policy."""

    margin: Array
    rate: Array
    policy: Ints
    count: Ints


@dataclass(frozen=True)
class CohortSample:
    """n drawn texts in the order they came in, and the `rest`, counted.

    `place` counts all texts, drawn or not, from 1. `violation` is the share of a text's labels that say so, NaN where
    nobody has decided yet; `policy` is the version under which it came in, and which set its rate.
    """

    message: Ints
    margin: Array
    rate: Array
    violation: Array
    policy: Ints
    place: Ints
    rest: Rest

    def __len__(self) -> int:
        """How many texts there are, drawn or not."""
        return len(self.message) + int(self.rest.count.sum())

    @property
    def traffic(self) -> Traffic:
        """As the statistics take it: each policy is a stretch of time with rates of its own."""
        drawn, rest = np.ones(len(self.message), dtype=bool), np.zeros(len(self.rest.count), dtype=bool)
        return Traffic(
            np.r_[self.margin, self.rest.margin],
            np.maximum(np.r_[self.rate, self.rest.rate], LEAST_RATE),
            np.r_[drawn, rest],
            np.r_[self.violation, np.full(len(rest), np.nan)],
            np.r_[np.isnan(self.violation), rest],
            count=np.r_[np.ones(len(drawn)), self.rest.count],
            rate_period=np.unique(np.r_[self.policy, self.rest.policy], return_inverse=True)[1],
        )


def cohort_sample(
    source: Source,
    setup: ScoringSetup,
    categories: Sequence[str],
    *,
    above: bool,
    since: datetime | None = None,
    before: datetime | None = None,
    within: tuple[float, float] = (-np.inf, np.inf),
) -> CohortSample:
    """The source's texts whose likeliest violation is one of `categories`, with what is decided of them by now.

    They came in from `since` until `before`, with margins `within`. `above`: whether the high margins or the low ones
    are asked about.
    """
    now, sign = timezone.now(), 1.0 if above else -1.0
    values: dict[str, Any] = {
        "source": source.pk,
        "model": setup.model.pk,
        "rubric": setup.rubric.pk,
        "routed": list(ROUTED),
        "categories": [CATEGORIES.index(name) for name in categories],
        "since": since or now - REMEMBERED,
        "before": before or now - TIME_TO_DECIDE,
        "lowest": within[0],
        "highest": within[1],
        "sign": sign,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SAMPLE, values)
        rows = cursor.fetchall()
    drawn = [row for row in rows if row[0] is not None]
    message, toward, rate, policy, place = _columns([row[:5] for row in drawn])
    decided = _decided([row[0] for row in drawn], now)
    return CohortSample(
        message=message.astype(np.int64),
        margin=sign * toward,
        rate=rate,
        violation=np.array([decided.get(row[0], np.nan) for row in drawn], dtype=float),
        policy=policy.astype(np.int64),
        place=place.astype(np.int64),
        rest=_rest([row[1:] for row in rows if row[0] is None], np.sort(toward), sign),
    )


def _columns(rows: Sequence[tuple[Any, ...]]) -> Array:
    return np.array(rows, dtype=float).reshape(-1, 5).T


def _rest(rows: Sequence[tuple[Any, ...]], drawn: Array, sign: float) -> Rest:
    """Each counted group at the margin at which a walk from the extreme first has it: a drawn one's, or at zero."""
    toward, rate, policy, behind, count = _columns(rows)
    stop = np.r_[-np.inf, drawn][behind.astype(int)]
    stop = np.where(toward >= 0.0, np.maximum(stop, 0.0), stop)
    margin = sign * np.where(np.isfinite(stop), stop, toward)
    return Rest(margin, rate, policy.astype(np.int64), count.astype(np.int64))


def _decided(messages: list[int], at: datetime) -> dict[int, float]:
    found: dict[int, float] = {}
    for start in range(0, len(messages), PAGE):
        with connection.cursor() as cursor:
            cursor.execute(_DECIDED, {"messages": messages[start : start + PAGE], "at": at})
            found |= {message: float(share) for message, share in cursor.fetchall()}
    return found
