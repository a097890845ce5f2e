"""A candidate beside the model that judges: reliability and losses on the labels that count for both.

The candidate's own calibrator is fitted on its margins. What it shows here is cross-fitted: no label is read through a
calibrator that has seen it, nor its author or text.
"""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import numpy as np
from django.core.cache import cache
from django.utils import timezone
from django.utils.translation import gettext

from inference.calibration.calibrators import Calibrator
from inference.reliability.curves import effective_size
from review.calibration import refit
from review.calibration.gate import LEAST_COHORT, compare
from review.calibration.labels import Labels, usable
from review.calibration.refit_attempt import InForce, attempt
from review.calibration.reliability_data import calibrated, diagrams
from review.calibration.scope import Scope
from review.models import Label
from review.numbers import number
from review.registry.calibration_settings import setting
from review.registry.scoring_setup import ScoringSetup
from review.stored_words import in_readers_words

EVERYTHING = Scope()
KEPT_FOR = 300  # seconds that a comparison stays in the cache: its labels come in slowly


@dataclass(frozen=True)
class Fit:
    """A candidate's own calibrator, or None with why not; and how many labels and violations it was fitted on."""

    calibrator: Calibrator | None
    labels: int
    violations: int
    at: datetime
    missing: str = ""


def fit(candidate: ScoringSetup) -> Fit:
    """Fit a calibrator on every label that counts for the candidate.

    It is refused below LEAST_COHORT effective labels of the random cohort, on which alone its reliability shows.
    """
    at = timezone.now()
    labels = usable(candidate.model, candidate.rubric, at)
    cohort = labels.where(labels.in_cohort)
    effective = effective_size(cohort.estimate_weights) if len(cohort) else 0.0
    found = attempt(labels, None, at, kind=setting().kind)
    missing = (
        _too_few(candidate, effective)
        if effective < LEAST_COHORT
        else ""
        if found.calibrator
        else _no_calibrator(found.reason)
    )
    return Fit(None if missing else found.calibrator, found.labels, found.violations, at, missing)


def _no_calibrator(reason: str) -> str:
    words = gettext("It cannot have a calibrator of its own yet. %(reason)s Let its shadow run, and judge more cases.")
    return words % {"reason": in_readers_words(reason)}


def _too_few(candidate: ScoringSetup, effective: float) -> str:
    decided = Label.objects.filter(cohort_rate__isnull=False).count()
    words = gettext(
        "Its reliability cannot be judged yet: that takes %(needed)s labels of the random cohort which it has scored "
        "and was not taught, and there are %(there)s (of %(decided)s cohort labels in all). Let its shadow run, and "
        "judge more blind cases."
    )
    return words % {"needed": LEAST_COHORT, "there": int(effective), "decided": number(decided)}


def compared(candidate: ScoringSetup, active: ScoringSetup) -> dict[str, Any]:
    """What the page shows of both, ready for JSON: `diagrams` of each, and `losses` where both have a calibrator."""
    key = _key(candidate, active)
    found: dict[str, Any] | None = cache.get(key)
    if found is None:
        found = _compared(candidate, active)
        cache.set(key, found, KEPT_FOR)
    return found


def forget(candidate: ScoringSetup, active: ScoringSetup) -> None:
    """Have the next look compute the comparison afresh."""
    cache.delete(_key(candidate, active))


def _key(*sides: ScoringSetup) -> str:
    return "candidate:" + ".".join(f"{each.model.pk}-{each.rubric.pk}" for each in sides)


def _compared(candidate: ScoringSetup, active: ScoringSetup) -> dict[str, Any]:
    at = timezone.now()
    mine = usable(candidate.model, candidate.rubric, at, beside=active)
    theirs = usable(active.model, active.rubric, at, beside=candidate)
    own, in_force = _own_calibrator(mine, at), refit.in_force(active)
    shown = {
        "candidate": diagrams(mine, own, EVERYTHING, at),
        "active": diagrams(theirs, in_force, EVERYTHING, at),
    }
    for each in shown.values():
        each["readings"].pop("emitted", None)  # a shadow writes nothing
    return {
        "at": at,
        "labels": len(mine),
        "diagrams": shown,
        "losses": _losses(mine, own, theirs, _own_calibrator(theirs, at)),
    }


def _own_calibrator(labels: Labels, at: datetime) -> InForce | None:
    """The calibrator as if it were in force now: every label was seen, so each is read out of fold."""
    found = attempt(labels, None, at, kind=setting().kind)
    return InForce(0, found.calibrator, np.inf) if found.calibrator else None


def _losses(mine: Labels, own: InForce | None, theirs: Labels, other: InForce | None) -> dict[str, Any] | None:
    """Log-losses on the same cohort labels; None where one has no calibrator or there are too few.

    Both are read through calibrators fitted alike on these labels, so that models are compared and not calibrators.
    """
    cohort = mine.where(mine.in_cohort)
    if not (own and other) or not len(cohort) or effective_size(cohort.estimate_weights) < LEAST_COHORT:
        return None
    both = (calibrated(mine, own)[mine.in_cohort], calibrated(theirs, other)[theirs.in_cohort])
    found = compare(*both, cohort.violation, cohort.estimate_weights, cohort.group)
    return asdict(found)
