"""The recent traffic of a source, read with the calibrator in force."""

import numpy as np
from django.db.models.functions import Now

from inference.calibrators import from_json
from inference.categories import CATEGORIES
from review.calibration.active import active_calibrator
from review.judging.registry import active_judge
from review.models import Label, Score, Source, Verdict
from review.policy.whatif import Case

RECENT = 5_000
"""Messages that the what-if looks back at: enough for shares to a percent, few enough to answer while dragging."""

LOOKED_AT = 100_000
"""Scores of all sources among which they are looked for: a quiet source must not have the whole table read."""


def recent(source: Source, limit: int = RECENT) -> list[Case]:
    """The newest judged messages of the source, newest first; empty while nothing is calibrated."""
    judge = active_judge()
    calibrator = active_calibrator(judge.model, judge.rubric) if judge else None
    if judge is None or calibrator is None:
        return []
    newest = Score.objects.order_by("-id").values_list("id", flat=True).first() or 0
    rows = list(
        Score.objects.filter(message__source=source, model=judge.model, rubric=judge.rubric, id__gt=newest - LOOKED_AT)
        .order_by("-id")
        .values_list("message_id", "margin", "category_log_probs")[:limit]
    )
    if not rows:
        return []
    probabilities = from_json(calibrator.parameters).predict(np.array([margin for _, margin, _ in rows]))
    ruled = _blind_rulings(source)
    foreign = _in_other_scripts([message for message, _, _ in rows])
    return [
        Case(message, float(p), CATEGORIES[int(np.argmax(categories))], ruled.get(message), message not in foreign)
        for (message, _, categories), p in zip(rows, probabilities, strict=True)
    ]


def _in_other_scripts(messages: list[int]) -> set[int]:
    routed = Verdict.objects.filter(message__in=messages, why=Verdict.Why.LANGUAGE)
    return set(routed.values_list("message", flat=True))


def _blind_rulings(source: Source) -> dict[int, bool]:
    """The newest cohort rulings: the only fair sample of what people would say."""
    standing = Label.objects.filter(
        source=source, cohort_rate__isnull=False, decision__undone_at=None, decision__effective_at__lte=Now()
    )
    return dict(standing.order_by("-id").values_list("message_id", "violation")[:RECENT])
