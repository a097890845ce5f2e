"""Labels of a source's cohort by margin and category: what estimates on /policy/ rest on."""

from datetime import datetime
from typing import Any

import numpy as np
from django.core.cache import cache
from django.db import connection
from django.utils import timezone

from inference.categories import CATEGORIES
from review.models import Decision, Source
from review.policy.cohort_evidence import LIKELIEST, TAUGHT, Array
from review.policy.whatif import LabelHistogram
from review.registry.scoring_setup import ScoringSetup
from review.verdicts.margin_counts import OUTERMOST, bin_of

KEPT_FOR = 600  # seconds that labels stay in the cache; another decision makes them anew

_LABELS = f"""
SELECT s.margin, {LIKELIEST}, l.rate, l.violation, l.labels
  FROM (SELECT l.message_id, min(l.cohort_rate) AS rate, avg(l.violation::int) AS violation, count(*) AS labels
          FROM review_label l JOIN review_decision d ON d.id = l.decision_id
         WHERE l.source_id = %(source)s AND l.cohort_rate IS NOT NULL AND d.undone_at IS NULL
           AND d.effective_at <= %(at)s
         GROUP BY 1) l
  JOIN review_message m ON m.id = l.message_id AND NOT {TAUGHT}
  JOIN review_score s ON s.message_id = l.message_id AND s.model_id = %(model)s AND s.rubric_id = %(rubric)s
   AND s.windows = 1
"""  # noqa: S608 - constants of ours


def label_histograms(source: Source, setup: ScoringSetup) -> dict[str, LabelHistogram]:
    """All cohort labels of the source by category and bin, computed once for each newest decision.

    Without texts scored in several windows: their margins are maxima, and no ladder is applied to them.
    """
    now = timezone.now()
    newest = Decision.objects.filter(case__source=source, effective_at__lte=now).order_by("-effective_at", "-pk")
    key = f"cohort-labels:{source.pk}.{setup.model.pk}.{setup.rubric.pk}.{newest.values_list('pk', flat=True).first()}"
    found: dict[str, LabelHistogram] | None = cache.get(key)
    if found is None:
        found = _label_histograms(source, setup, now)
        cache.set(key, found, KEPT_FOR)
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
