"""Labels in bulk: decided cases with margins for which a known calibrator is true."""

from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.utils import timezone

from review.calibration.labels import Labels
from review.models import (
    CalibratorVersion,
    Case,
    CaseMember,
    Category,
    Decision,
    Explanation,
    Label,
    Message,
    Score,
    Source,
    User,
)
from review.registry.calibrators import active_calibrator
from review.registry.scoring_setup import ScoringSetup
from tests.rows import make_judge, make_source, unsaved_message


def make_labels(
    n: int,
    by: User,
    *,
    slope: float = 1.0,
    shift: float = 0.0,
    rate: float | None = 0.5,
    seed: int = 0,
    source: Source | None = None,
    at: datetime | None = None,
    category: str = Category.TOXICITY,
    emitted: float | None = None,
) -> list[Label]:
    """n effective labels with margins z of spread 2.5, for which `logit p = slope z + shift` is true.

    `rate` is their cohort rate; None makes them labels that policy chose.
    """
    source = source or make_source()
    model, rubric = make_judge()
    rng = np.random.default_rng(seed)
    margins = rng.normal(0.0, 2.5, n)
    violations = rng.random(n) < 1.0 / (1.0 + np.exp(-slope * margins - shift))
    at = at or timezone.now() - timedelta(hours=2)
    messages = Message.objects.bulk_create(
        unsaved_message(source, f"text {seed}-{index}", author=f"author {seed}-{index}") for index in range(n)
    )
    scores = Score.objects.bulk_create(
        Score(message=m, model=model, rubric=rubric, margin=z, category_log_probs=[-1.6] * 5, tokens=9)
        for m, z in zip(messages, margins, strict=True)
    )
    if emitted is not None:
        Explanation.objects.bulk_create(
            Explanation(score=score, raw="{}", emitted_confidence=emitted) for score in scores
        )
    cases = Case.objects.bulk_create(
        Case(source=source, reason="audit", state="decided", blind=True, priority=0, text_digest=m.text_digest)
        for m in messages
    )
    CaseMember.objects.bulk_create(CaseMember(case=c, message=m) for c, m in zip(cases, messages, strict=True))
    ruled = [category if violation else Category.BENIGN for violation in violations]
    decisions = Decision.objects.bulk_create(
        Decision(case=case, by=by, category=word, action="allow", effective_at=at)
        for case, word in zip(cases, ruled, strict=True)
    )
    return Label.objects.bulk_create(
        _label(decision, message, violation=bool(violation), rate=rate, source=source)
        for decision, message, violation in zip(decisions, messages, violations, strict=True)
    )


def _label(decision: Decision, message: Message, **fields: Any) -> Label:
    rate = fields.pop("rate")
    return Label(decision=decision, message=message, category=decision.category, blind=True, cohort_rate=rate, **fields)


def drawn_labels(n: int = 400, seed: int = 0, slope: float = 1.0, **columns: Any) -> Labels:
    """Cohort labels as columns, without rows behind them, for which `logit p = slope z` is true."""
    rng = np.random.default_rng(seed)
    margin = rng.normal(0, 2.5, n)
    every = {
        "margin": margin,
        "violation": (rng.random(n) < 1.0 / (1.0 + np.exp(-slope * margin))).astype(float),
        "rate": np.full(n, 0.5),
        "emitted": np.full(n, np.nan),
        "known": np.zeros(n),
        "decided": np.arange(n, dtype=float),
        "blind": np.ones(n, dtype=bool),
        "category": np.zeros(n, dtype=np.int64),
        "kind": np.zeros(n, dtype=np.int64),
        "group": np.arange(n),
        "text": np.arange(n),
        "source": np.zeros(n, dtype=np.int64),
    }
    return Labels(**(every | columns))


def the_judge() -> ScoringSetup:
    return ScoringSetup(*make_judge())


def now_active() -> CalibratorVersion | None:
    setup = the_judge()
    return active_calibrator(setup.model, setup.rubric)
