"""Reliability on the cohort: raw logit, calibrator in force and written confidence, side by side. Pure.

Everything is weighted by 1/rate, and out of fold where the calibrator in force was fitted on the label: what a
calibrator was fitted on is never what shows its reliability.
"""

from dataclasses import asdict
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from inference.calibration.calibrators import BySourceCalibrator, Calibrator, OffsetCalibrator
from inference.calibration.fitting import CannotFit
from inference.reliability.binned_rows import BinnedRows, binned_rows
from inference.reliability.brier import brier_parts_of
from inference.reliability.curves import Floor, effective_size, log_losses, reliability_of, risk_coverage_of, wilson
from inference.reliability.drift import rolling_errors
from inference.reliability.ranking import auroc_by_weights, coverage_at, rightness, zero_false_positive_threshold
from inference.reliability.resampling import bootstrap_intervals, group_folds, mean_by_weights
from inference.reliability.smooth_ece import smooth_ece_floor_of, smooth_ece_of
from review.calibration.anchoring_bias import anchoring_bias
from review.calibration.held_out import held_out, predicted
from review.calibration.labels import KINDS, Labels
from review.calibration.refit_attempt import InForce
from review.calibration.scope import Scope

Array = NDArray[np.float64]
LEAST_SHOWN = 50  # cohort labels below which a diagram would only show noise
BARS = 20
COMMON = -1  # in place of a source that has no calibrator of its own
DRAWS = 200
WINDOWS = (200, 100, 50)  # labels in one step of the rolling error: the largest of which there are three


def diagrams(labels: Labels, in_force: InForce | None, scope: Scope, at: datetime) -> dict[str, Any]:
    """What the page shows, ready for JSON: counts always, `readings` once the scope's cohort has 50 labels.

    `readings` holds "raw", "calibrated" (with a calibrator in force) and "emitted" (where any confidence was written).
    """
    chosen = scope.of(labels, at)
    within = labels.where(chosen)
    cohort = within.where(within.in_cohort)
    found: dict[str, Any] = {
        "cohort": len(cohort),
        "effective": effective_size(cohort.estimate_weights),
        "fitting": effective_size(within.fit_weights),
        "kinds": _kinds(within),
        "blind": int(within.blind.sum()),
        "outside": scope.outside(labels),
        "anchoring_bias": asdict(bias) if (bias := anchoring_bias(within)) else None,
        "missing": max(0, LEAST_SHOWN - len(cohort)),
        "readings": {},
        "rolling": [],
    }
    if found["missing"]:
        return found
    found["readings"]["raw"] = _reading(cohort, expit(cohort.margin), cohort.margin)
    if in_force:
        p = calibrated(labels, in_force)[chosen & labels.in_cohort]
        reading = _reading(cohort, p, logit(p))
        reading |= {"coverage": _coverage(cohort, p), "risk": _risk(cohort, p), "histogram": _histogram(p)}
        found["readings"]["calibrated"] = reading
        found["rolling"] = _rolling(cohort, p)
    written = cohort.where(~np.isnan(cohort.emitted))
    if len(written) >= LEAST_SHOWN:
        p = np.clip(np.where(written.margin >= 0.0, written.emitted, 1.0 - written.emitted), 0.0, 1.0)
        found["readings"]["emitted"] = _reading(written, p, _signed(written))
    return found


def calibrated(labels: Labels, in_force: InForce) -> Array:
    """A probability for each label: from the calibrator in force, out of fold where it has seen the label.

    The fold's calibrator is of the same kind, fitted on the labels that the calibrator in force was fitted on, less the
    fold.
    """
    p = predicted(in_force.calibrator, labels)
    seen = in_force.has_seen(labels)
    speaks = np.where(in_force.is_common_for(labels), COMMON, labels.source)
    for each in np.unique(speaks[seen]).tolist():
        rows = seen & (speaks == each)
        p[rows] = _out_of_fold(in_force.calibrator, None if each == COMMON else each, labels.where(rows), p[rows])
    return p


def _out_of_fold(calibrator: Calibrator, source: int | None, known: Labels, p: Array) -> Array:
    """From what speaks for the source, or the common one. `p` where too few labels are left: some were erased."""
    if isinstance(calibrator, BySourceCalibrator):
        calibrator = calibrator.common if source is None else calibrator.own[str(source)]
    try:
        return held_out(calibrator.kind, known, known.fit_weights, offsets=isinstance(calibrator, OffsetCalibrator))
    except CannotFit:
        return p


def _kinds(labels: Labels) -> list[dict[str, Any]]:
    """How many labels came about in which way, with the weight that they carry in a fit."""
    weights = labels.fit_weights
    rows = [(name, labels.kind == index) for index, name in enumerate(KINDS)]
    return [
        {"kind": name, "labels": int(those.sum()), "weight": float(weights[those].sum() / max(weights.sum(), 1e-12))}
        for name, those in rows
    ]


def _reading(cohort: Labels, p: Array, logits: Array) -> dict[str, Any]:
    """Curve and figures of one column of probabilities; `logits` rank its confidence without rounding."""
    y, w = cohort.violation, cohort.estimate_weights
    cells = binned_rows(p, y, w)
    curve = reliability_of(cells)
    return {
        "labels": len(cohort),
        "effective": effective_size(w),
        "bins": [
            {
                "predicted": bin.predicted,
                "observed": bin.observed,
                "interval": bin.interval,
                "band": bin.band,
                "count": bin.count,
                "effective": bin.effective,
            }
            for bin in curve.bins
        ],
        "ece": _floored(curve.ece, curve.floor),
        "ece_debiased": _floored(curve.ece_debiased, curve.debiased_floor),
        "smooth_ece": _floored(smooth_ece_of(cells), smooth_ece_floor_of(cells)),
        "brier_parts": _parts(cells),
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


def _floored(value: float, floor: Floor) -> dict[str, Any]:
    """No interval: a bootstrap of such a figure hardly ever covers the truth. What chance alone shows stands beside."""
    return {"value": value, "floor": floor.mean, "q95": floor.q95, "within": value <= floor.q95}


def _parts(cells: BinnedRows) -> dict[str, Any]:
    parts = brier_parts_of(cells)
    return {
        "reliability": _floored(parts.reliability, parts.floor),
        "resolution": parts.resolution,
        "uncertainty": parts.uncertainty,
        "within": parts.within,
    }


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


def _risk(cohort: Labels, p: Array) -> list[dict[str, float]]:
    """How often the flag is wrong when only the most confident share is acted on."""
    return [asdict(point) for point in risk_coverage_of(binned_rows(p, cohort.violation, cohort.estimate_weights))]


def _rolling(cohort: Labels, p: Array) -> list[dict[str, Any]]:
    """The calibration error over time, in steps of so many labels that there are three steps at least; or none."""
    step = next((each for each in WINDOWS if len(cohort) >= 2 * each), None)
    if step is None:
        return []
    windows = rolling_errors(cohort.decided, p, cohort.violation, cohort.estimate_weights, window=step)
    return [asdict(each) for each in windows[-24:]]


def _histogram(p: Array) -> list[int]:
    """How many labels lie in each twentieth of 0 to 1."""
    return [int(count) for count in np.histogram(p, BARS, (0.0, 1.0))[0]]
