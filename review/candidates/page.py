"""What /models/ shows: the registry, and a candidate beside the model that judges."""

from dataclasses import dataclass
from typing import Any

from inference.evaluation.table import ROWS
from review.candidates import comparison, promotion
from review.candidates.flips import Flips, flips
from review.candidates.side_by_side import SHOWN
from review.models import AuditEntry, Label, ModelVersion, Score
from review.registry.calibrators import active_calibrator
from review.registry.model_versions import can_shadow
from review.registry.scoring_setup import ScoringSetup, active_setup

MANY = 10_000
"""Counts stop here, so that the page stays quick."""


@dataclass(frozen=True)
class Entry:
    """A model of the registry.

    `state` is "judging", "in shadow", "in context", "candidate", "judged before", "replaced" or "outdated".
    """

    model: ModelVersion
    state: str
    returns: bool

    @property
    def is_candidate(self) -> bool:
        return not self.model.is_active


def registry(active: ScoringSetup | None) -> list[Entry]:
    """Every model, the newest first."""
    models = ModelVersion.objects.select_related("base").order_by("-pk")
    return [_entry(model, active) for model in models]


def _entry(model: ModelVersion, active: ScoringSetup | None) -> Entry:
    returns = bool(active) and promotion.can_return(ScoringSetup(model, active.rubric)) if active else False
    state = "judged before" if returns else "candidate"
    if model.is_active:
        state = "judging"
    elif promotion.is_replaced(model):
        state = "replaced"
    elif promotion.is_asked_otherwise(model):
        state = "outdated"
    elif model.in_shadow:
        state = "in shadow"
    elif model.earlier_messages:
        state = "in context"
    return Entry(model, state, returns and not model.is_active)


def overview() -> dict[str, Any]:
    """The list, and which model the active one replaced."""
    active = active_setup()
    before = promotion.previous(active.model) if active else None
    if active and before and not promotion.can_return(ScoringSetup(before, active.rubric)):
        before = None
    return {"active": active, "models": registry(active), "previous": before}


def side_by_side(model: ModelVersion, active: ScoringSetup) -> dict[str, Any]:
    """A candidate's page: how far its shadow is, both diagrams, the flips, and whether it may be promoted."""
    candidate = ScoringSetup(model, active.rubric)
    own = comparison.fit(candidate)
    return {
        "active": active,
        "entry": _entry(model, active),
        "scored": Score.objects.filter(model=model, rubric=active.rubric)[: MANY + 1].count(),
        "labels": Label.objects.count(),
        "fit": own,
        "calibrator": active_calibrator(model, active.rubric),
        "compared": comparison.compared(candidate, active),
        "sides": [("active", f"{active.model.name}, which judges"), ("candidate", f"{model.name}, the candidate")],
        "flips": _flips(candidate, active, own),
        "figures": _figures(model),
        "many": MANY,
        "can_shadow": can_shadow(),
        "left_shadow": _left_shadow(model),
    }


def _left_shadow(model: ModelVersion) -> AuditEntry | None:
    """The entry by which a worker ended its shadow, with `details.why`; None where a person did, or it goes on."""
    entries = AuditEntry.objects.filter(
        created_at__gte=model.created_at,  # by its index, the log is read no further back
        target="modelversion",
        target_id=model.pk,
        verb__in=("began shadow", "ended shadow"),
    )
    last = entries.order_by("-created_at", "-pk").first()
    return last if last and last.verb == "ended shadow" and "why" in last.details else None


def _flips(candidate: ScoringSetup, active: ScoringSetup, own: comparison.Fit) -> Flips | None:
    return flips(candidate, active, own.calibrator) if own.calibrator else None


def _figures(model: ModelVersion) -> list[tuple[str, float, float, list[float] | None]]:
    """Rows of the held-out comparison made after fine-tuning: name, base, candidate, the candidate's interval."""
    figures = model.training.get("figures") or {}
    base, candidate = figures.get("base"), figures.get("candidate")
    if not (base and candidate):
        return []
    known = (key for key in SHOWN if base[key] is not None and candidate[key] is not None)
    return [(ROWS[key], base[key], candidate[key], candidate["intervals"].get(key)) for key in known]
