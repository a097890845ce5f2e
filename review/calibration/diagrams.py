"""Reliability on the cohort: the model's raw logit, the map in force and the written confidence, side by side. Pure.

Everything is weighted by 1/rate, and out of fold where the map in force was fitted on the label: what a calibrator was
fitted on is never what shows its reliability.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from inference.calibrators import CannotFit
from inference.choosing import FOLDS, cross_fitted
from inference.ranking import auroc_by_weights, coverage_at, rightness, zero_false_positive_threshold
from inference.reliability import Floor, effective_size, log_losses, reliability, wilson
from inference.resampling import bootstrap_intervals, group_folds, mean_by_weights
from inference.smooth_ece import smooth_ece, smooth_ece_floor
from review.calibration.attempt import InForce
from review.calibration.labels import Labels

Array = NDArray[np.float64]
LEAST_SHOWN = 50  # cohort labels below which a diagram would only show noise
BARS = 20
DRAWS = 200


def diagrams(labels: Labels, in_force: InForce | None) -> dict[str, Any]:
    """What the page shows, ready for JSON: counts always, `readings` once the cohort has 50 labels.

    `readings` holds "raw", "calibrated" (with a map in force) and "emitted" (where any confidence was written).
    """
    cohort = labels.where(labels.in_cohort)
    found: dict[str, Any] = {
        "cohort": len(cohort),
        "effective": effective_size(cohort.estimate_weights),
        "others": len(labels) - len(cohort),
        "outside": labels.outside,
        "missing": max(0, LEAST_SHOWN - len(cohort)),
        "readings": {},
    }
    if found["missing"]:
        return found
    found["readings"]["raw"] = _reading(cohort, expit(cohort.margin), cohort.margin)
    if in_force:
        p = calibrated(labels, in_force)[labels.in_cohort]
        reading = _reading(cohort, p, logit(p))
        reading |= _smooth(cohort, p) | {"coverage": _coverage(cohort, p), "histogram": _histogram(p)}
        found["readings"]["calibrated"] = reading
    written = cohort.where(~np.isnan(cohort.emitted))
    if len(written) >= LEAST_SHOWN:
        p = np.clip(np.where(written.margin >= 0.0, written.emitted, 1.0 - written.emitted), 0.0, 1.0)
        found["readings"]["emitted"] = _reading(written, p, _signed(written))
    return found


def calibrated(labels: Labels, in_force: InForce) -> Array:
    """A probability for each label: from the map in force, or out of fold where that map has seen the label.

    The fold's map is of the same kind, fitted on the labels that the map in force was fitted on, less the fold.
    """
    p = in_force.map.predict(labels.margin)
    seen = labels.known <= in_force.until
    if not seen.any():
        return p
    known = labels.where(seen)
    folds = group_folds(known.group, FOLDS)
    try:
        p[seen] = cross_fitted(in_force.map.kind, known.margin, known.violation, known.fit_weights, folds)
    except CannotFit:
        # Labels were erased since: there are too few left to hold any out, and the map itself is the best there is.
        return p
    return p


def _reading(cohort: Labels, p: Array, logits: Array) -> dict[str, Any]:
    """Curve and figures of one column of probabilities; `logits` rank its confidence without rounding."""
    y, w = cohort.violation, cohort.estimate_weights
    curve = reliability(p, y, w)
    return {
        "labels": len(cohort),
        "bins": [
            {
                "predicted": bin.predicted,
                "observed": bin.observed,
                "interval": bin.interval,
                "band": bin.band,
                "count": bin.count,
            }
            for bin in curve.bins
        ],
        "ece": _floored(curve.ece, curve.floor),
        **_with_intervals(cohort, p, logits),
    }


def _with_intervals(cohort: Labels, p: Array, logits: Array) -> dict[str, dict[str, Any]]:
    """Figures with grouped bootstrap intervals; `value` is None where a figure is undefined."""
    y, w = cohort.violation, cohort.estimate_weights
    statistics = {
        "brier": mean_by_weights(np.square(p - y)),
        "log_loss": mean_by_weights(log_losses(p, y)),
        "auroc_flag": auroc_by_weights(p, y),
        "auroc_confidence": auroc_by_weights(*rightness(logits, y)),
    }
    intervals = bootstrap_intervals(statistics, w, cohort.group, draws=DRAWS)
    values = {name: statistic(w) for name, statistic in statistics.items()}
    return {
        name: {"value": None if np.isnan(value) else value, "interval": intervals[name]}
        for name, value in values.items()
    }


def _signed(written: Labels) -> Array:
    """The written confidence under the model's own flag, as a number whose sign is the flag and size the confidence."""
    return np.where(written.margin >= 0.0, 1.0, -1.0) * np.maximum(written.emitted, 1e-9)


def _floored(value: float, floor: Floor) -> dict[str, float]:
    return {"value": value, "floor": floor.mean, "q95": floor.q95}


def _smooth(cohort: Labels, p: Array) -> dict[str, Any]:
    w = cohort.estimate_weights
    return {"smooth_ece": _floored(smooth_ece(p, cohort.violation, w), smooth_ece_floor(p, w))}


def _coverage(cohort: Labels, p: Array) -> dict[str, Any]:
    """The share acted on above the threshold at which the *other* half of the cohort holds no false positive."""
    half = group_folds(cohort.group, 2)
    thresholds = np.array([zero_false_positive_threshold(p[half != at], cohort.violation[half != at]) for at in (0, 1)])
    found = coverage_at(thresholds[half], p, cohort.violation, cohort.estimate_weights)
    return {
        "value": found.covered,
        "interval": wilson(found.covered, effective_size(cohort.estimate_weights)),
        "removals": found.removals,
        "false_positives": found.false_positives,
        "bound": found.bound,
    }


def _histogram(p: Array) -> list[int]:
    """How many labels lie in each twentieth of 0 to 1."""
    return [int(count) for count in np.histogram(p, BARS, (0.0, 1.0))[0]]
