"""What /models/ shows: the registry, and a candidate beside the model that judges."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext

from inference.evaluation.table import ROWS
from review.candidates import cascade_page, promotion
from review.candidates.candidate_comparisons import comparisons
from review.candidates.comparison_page import compared_with, left_shadow
from review.candidates.side_by_side import SHOWN
from review.models import Label, ModelVersion
from review.registry.model_versions import can_shadow
from review.registry.scoring_setup import ScoringSetup, active_setup


@dataclass(frozen=True)
class Entry:
    """A model of the registry.

    `state` is "judging", "in shadow", "in context", "candidate", "calibrated" (it came with a calibrator), "judged
    before", "replaced" or "outdated".
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
    if active and returns and promotion.starts_calibrated(ScoringSetup(model, active.rubric)):
        state, returns = "calibrated", False
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
    """The list, which model the active one replaced, and where that is a cascade, how much its second reads."""
    active = active_setup()
    before = promotion.previous(active.model) if active else None
    if active and before and not promotion.can_return(ScoringSetup(before, active.rubric)):
        before = None
    deferred = cascade_page.deferred(active.model, active) if active else None
    return {"models": registry(active), "previous": before, "deferred": deferred, **comparisons_of(active)}


def comparisons_of(active: ScoringSetup | None) -> dict[str, Any]:
    """Every candidate beside the model that judges, and for how many of them a worker is still at it."""
    found = comparisons(active) if active else []
    return {"active": active, "comparisons": found, "waited_for": sum(each.is_waited_for for each in found)}


def side_by_side(model: ModelVersion, active: ScoringSetup) -> dict[str, Any]:
    """A candidate's page: how far its shadow is, both diagrams, the flips, and whether it may be promoted."""
    candidate = ScoringSetup(model, active.rubric)
    parts = cascade_page.parts(model, active)
    return compared_with(active, candidate) | {
        "active": active,
        "entry": _entry(model, active),
        "labels": Label.objects.count(),
        "charts_url": reverse("model-charts", args=[model.pk]),
        "sides": [
            ("active", _named(active.model, gettext("%(model)s, which judges"))),
            ("candidate", _named(model, gettext("%(model)s, the candidate"))),
        ],
        "figures": _figures(model),
        "parts": parts,
        "trade_off": cascade_page.trade_off_of(parts, active) if parts else None,
        "deferred": cascade_page.deferred(model, active),
        "can_shadow": can_shadow(),
        "left_shadow": left_shadow(model),
    }


def _named(model: ModelVersion, words: str) -> str:
    return words % {"model": model.name}


def _figures(model: ModelVersion) -> list[tuple[str, float, float, list[float] | None]]:
    """Rows of the held-out comparison made after fine-tuning: name, base, candidate, the candidate's interval."""
    figures = model.training.get("figures") or {}
    base, candidate = figures.get("base"), figures.get("candidate")
    if not (base and candidate):
        return []
    known = (key for key in SHOWN if base[key] is not None and candidate[key] is not None)
    return [(gettext(ROWS[key]), base[key], candidate[key], candidate["intervals"].get(key)) for key in known]
