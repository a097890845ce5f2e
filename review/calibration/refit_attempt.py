"""One attempt at a better calibrator: what it was fitted on, what the gate said, and why, in plain words. Pure."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.calibration.calibrators import Calibrator, OffsetCalibrator
from inference.calibration.fitting import CannotFit
from inference.calibration.selection import Selection, paired_difference, select_calibrator
from inference.reliability.curves import effective_size, log_losses, scaled_to_effective
from review.calibration.gate import LARGEST_LOSS, LEAST_COHORT, Comparison, compare
from review.calibration.held_out import held_out, predicted, with_offsets
from review.calibration.labels import Labels

Array = NDArray[np.float64]


@dataclass(frozen=True)
class InForce:
    """The calibrator in force, and until when (Unix seconds) it has seen labels; a provisional one has seen none.

    `own_until` says the same of what it has for a source (its id) alone. `parameters` are as stored; `labels` and
    `violations` are what the common part was fitted on.
    """

    version: int
    calibrator: Calibrator
    until: float = -np.inf
    activation: int = 0
    own_until: Mapping[int, float] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    provisional: bool = False
    labels: int = 0
    violations: int = 0

    def has_seen(self, labels: Labels) -> NDArray[np.bool_]:
        """Which of the labels what speaks for their source was fitted on."""
        until = np.array([self.own_until.get(source, self.until) for source in labels.source.tolist()], dtype=float)
        return labels.known <= until

    def is_common_for(self, labels: Labels) -> NDArray[np.bool_]:
        """Which of the labels are of a source that has none of its own."""
        return ~np.isin(labels.source, list(self.own_until))


@dataclass(frozen=True)
class Attempt:
    """What came of it. `calibrator` is the fitted candidate, None where nothing could be fitted."""

    promoted: bool
    reason: str
    labels: int
    violations: int
    calibrator: Calibrator | None = None
    figures: dict[str, Any] = field(default_factory=dict)


def attempt(
    labels: Labels, in_force: InForce | None, at: datetime, source: int | None = None, kind: str = ""
) -> Attempt:
    """Fit a candidate on the labels (of one source where given) and hold it against the calibrator in force.

    One for a source alone is judged on that source's cohort; a common one on the cohort of the sources that have none
    of their own. A `kind` that an admin pinned is fitted whatever the comparison says.
    """
    fitting = labels if source is None else labels.where(labels.source == source)
    counts: dict[str, Any] = {"labels": len(fitting), "violations": int(fitting.violation.sum())}
    figures: dict[str, Any] = {"until": at.isoformat(), "outside": _outside(labels, source), "pinned": kind}
    try:
        if not len(fitting):
            raise CannotFit("there are no labels yet")
        weights = fitting.fit_weights
        choice = select_calibrator(fitting.margin, fitting.violation, weights, fitting.group, kind=kind or None)
        candidate = with_offsets(choice.calibrator, fitting, scaled_to_effective(weights))
        unseen = held_out(candidate.kind, fitting, weights, offsets=isinstance(candidate, OffsetCalibrator))
    except CannotFit as error:
        return Attempt(False, f"Nothing could be fitted: {error}.", **counts, figures=figures)
    figures |= _kinds(choice, fitting) | {"offsets": _offsets(candidate)}
    judged = fitting.in_cohort
    if in_force:
        judged = judged & ~in_force.has_seen(fitting)
        judged = judged & in_force.is_common_for(fitting) if source is None else judged
    cohort = fitting.where(judged)
    figures["cohort"] = len(cohort)
    effective = effective_size(cohort.estimate_weights)
    if effective < LEAST_COHORT:
        reason = _too_few(effective, in_force)
        return Attempt(False, reason, **counts, calibrator=candidate, figures=figures)
    active = predicted(in_force.calibrator, cohort) if in_force else _plain_share(cohort)
    found = compare(unseen[judged], active, cohort.violation, cohort.estimate_weights, cohort.group)
    figures["gate"] = asdict(found)
    reason = _verdict(found, candidate.kind, counts["labels"], in_force)
    return Attempt(found.passes, reason, **counts, calibrator=candidate, figures=figures)


def _outside(labels: Labels, source: int | None) -> int:
    """How many decisions name what the model has no category for, in one source or in all."""
    return sum(count for each, count in labels.outside.items() if source in (None, each))


def _plain_share(cohort: Labels) -> Array:
    """What one would say without any calibrator: everybody's share of violations, smoothed, so never certain."""
    weights = cohort.estimate_weights
    n = effective_size(weights)
    share = (np.average(cohort.violation, weights=weights) * n + 0.5) / (n + 1.0)
    return np.full(len(cohort), share)


def _kinds(choice: Selection, labels: Labels) -> dict[str, Any]:
    """Each kind's cross-fitted log-loss, and how far it lies above the best one's, with the paired standard error."""
    best = min(choice.compared, key=lambda each: each.log_loss)
    target = log_losses(best.probabilities, labels.violation)
    behind = {
        each.kind: asdict(
            paired_difference(
                log_losses(each.probabilities, labels.violation) - target, labels.fit_weights, labels.group
            )
        )
        for each in choice.compared
    }
    losses = {each.kind: each.log_loss for each in choice.compared}
    return {
        "chosen": choice.selected.kind,
        "best": best.kind,
        "log_loss": losses,
        "behind": behind,
        "left_out": choice.left_out,
    }


def _offsets(calibrator: Calibrator) -> dict[str, dict[str, float]]:
    """What category and source add to the logit; empty where that did not help."""
    return (
        {"categories": dict(calibrator.categories), "sources": dict(calibrator.sources)}
        if isinstance(calibrator, OffsetCalibrator)
        else {}
    )


def _name(in_force: InForce | None) -> str:
    return f"calibrator {in_force.version}" if in_force else "the plain share of violations"


def _too_few(effective: float, in_force: InForce | None) -> str:
    missing = max(1, int(np.ceil(LEAST_COHORT - effective)))
    seen = " since it was fitted" if in_force and np.isfinite(in_force.until) else ""
    kept = f"Kept {_name(in_force)}" if in_force else "Nothing was put in force"
    return (
        f"{kept}: a comparison needs {LEAST_COHORT} labels of the random cohort{seen}, and there are {int(effective)}. "
        f"At least {missing} more are missing."
    )


def _verdict(found: Comparison, kind: str, labels: int, in_force: InForce | None) -> str:
    losses = f"log-loss {found.candidate:.4f} against {found.active:.4f} on {found.labels} cohort labels"
    if found.passes and found.excludes_a_loss:
        return f"The {kind} calibrator fitted on {labels} labels predicts better than {_name(in_force)}: {losses}."
    if found.passes:
        return (
            f"The {kind} calibrator fitted on {labels} labels takes over: {_name(in_force)} has left its band, its "
            f"calibration error {found.active_ece:.3f} lies above the {found.active_q95:.3f} that noise explains; "
            f"{losses}."
        )
    kept = f"Kept {_name(in_force)}" if in_force else "Nothing was put in force"
    if found.difference >= 0.0:
        return f"{kept}: the {kind} calibrator fitted on {labels} labels is not better, {losses}."
    return (
        f"{kept}: the {kind} calibrator fitted on {labels} labels looks better, {losses}, but with 90 % confidence it "
        f"may still be worse by {found.bound:.4f} nats, and {LARGEST_LOSS} are allowed."
    )
