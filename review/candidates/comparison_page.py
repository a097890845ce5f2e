"""What the page of a candidate model and that of a rubric have in common: how it does beside what is in force."""

from typing import Any

from review.candidates import comparison
from review.candidates.flips import flips
from review.models import AuditEntry, ModelVersion, Rubric, Score
from review.registry.calibrators import active_calibrator
from review.registry.scoring_setup import ScoringSetup

MANY = 10_000
"""Counts stop here, so that the page stays quick."""


def compared_with(active: ScoringSetup, candidate: ScoringSetup) -> dict[str, Any]:
    """How far the candidate's scores have come, its calibrator, the comparison, and what would be judged otherwise."""
    own = comparison.fit(candidate)
    return {
        "scored": Score.objects.filter(model=candidate.model, rubric=candidate.rubric)[: MANY + 1].count(),
        "many": MANY,
        "fit": own,
        "calibrator": active_calibrator(candidate.model, candidate.rubric),
        "compared": comparison.compared(candidate, active),
        "flips": flips(candidate, active, own.calibrator) if own.calibrator else None,
    }


def left_shadow(row: ModelVersion | Rubric) -> AuditEntry | None:
    """The entry by which a worker ended its shadow, with `details.why`; None where a person did, or it goes on."""
    entries = AuditEntry.objects.filter(
        created_at__gte=row.created_at,  # by its index, the log is read no further back
        target=row._meta.model_name,
        target_id=row.pk,
        verb__in=("began shadow", "ended shadow"),
    )
    last = entries.order_by("-created_at", "-pk").first()
    return last if last and last.verb == "ended shadow" and "why" in last.details else None
