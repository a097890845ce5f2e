"""What scores are worth on labelled texts: fitted on a random part, measured on the rest. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from inference.calibration.calibrators import Calibrator
from inference.calibration.fitting import CannotFit
from inference.calibration.selection import select_calibrator
from inference.guarantees.certify import certify
from inference.guarantees.risk_targets import RiskTarget
from inference.guarantees.traffic import all_labelled
from inference.reliability.curves import Floor, log_losses, reliability
from inference.reliability.ranking import auroc_by_weights, coverage_at, rightness, zero_false_positive_threshold
from inference.reliability.resampling import bootstrap_intervals, mean_by_weights
from inference.reliability.smooth_ece import smooth_ece, smooth_ece_floor

Array = NDArray[np.float64]
Figures = dict[str, Any]


@dataclass(frozen=True)
class Scored:
    """Labelled texts and what a model said of them: n margins and flags (0 or 1), and as many words of each kind.

    `categories` are the labels' (None where unknown); `emitted` is the written confidence, NaN where there is none.
    """

    texts: Sequence[str]
    margins: Array
    flags: Array
    categories: Sequence[str | None]
    sources: Sequence[str]
    emitted: Array | None = None


@dataclass(frozen=True)
class Measured:
    """The rows that figures are measured on; `probabilities` are None where nothing could be fitted."""

    margins: Array
    flags: Array
    probabilities: Array | None
    emitted: Array | None


@dataclass(frozen=True)
class Divided:
    """Which rows fitted the calibrator (None where none could be), each row's text as a number, and the other rows."""

    fitted: NDArray[np.bool_]
    group: NDArray[np.intp]
    calibrator: Calibrator | None
    on: Measured


def evaluate(scored: Scored, *, fraction: float = 0.5, seed: int = 0) -> Figures:
    """The figures of `manage.py evaluate --json`, without `model` and `messages_per_second`.

    A seeded random `fraction` of the distinct texts fits the calibrator; every figure is measured on the rest.
    Figures that need a calibrator are None where the fitted part has too few labels for any. Raises ValueError
    unless both parts have rows.
    """
    part = divided(scored, fraction=fraction, seed=seed)
    on, fitted, rest = part.on, part.fitted, ~part.fitted
    figures: Figures = {"n": len(on.flags), "n_calibrate": int(fitted.sum())}
    figures |= _acting(scored.margins[fitted], scored.flags[fitted], part.calibrator, on)
    figures["recall_by_category"] = _recall(on, np.array([name or "" for name in scored.categories])[rest])
    figures["by_source"] = _by_source(on, np.asarray(scored.sources)[rest])
    values, intervals = _with_intervals(on, part.group[rest], seed)
    more, bands = _reliability(on, seed)
    figures |= values | more | {"intervals": intervals | bands}
    return {key: figures.get(key) for key in KEYS}


def divided(scored: Scored, *, fraction: float = 0.5, seed: int = 0, weights: Array | None = None) -> Divided:
    """Fit on a seeded random `fraction` of the distinct texts. Raises ValueError unless both parts have rows.

    `weights` are the rows' in the fit, not negative; None: all alike.
    """
    numbers = {text: number for number, text in enumerate(sorted(set(scored.texts)))}
    group = np.array([numbers[text] for text in scored.texts], dtype=np.intp)
    fitted = _drawn(group, fraction, seed)
    rest = ~fitted
    if not fitted.any() or not rest.any():
        raise ValueError(f"a fraction of {fraction:g} leaves no texts to {'fit on' if rest.any() else 'measure on'}")
    weights = np.ones(len(group)) if weights is None else weights
    calibrator = _fitted(scored.margins[fitted], scored.flags[fitted], weights[fitted], group[fitted], seed)
    on = Measured(
        margins=scored.margins[rest],
        flags=scored.flags[rest],
        probabilities=None if calibrator is None else calibrator.predict(scored.margins[rest]),
        emitted=None if scored.emitted is None else scored.emitted[rest],
    )
    return Divided(fitted, group, calibrator, on)


KEYS = (
    *("n", "n_calibrate", "accuracy", "f1", "auroc_flag", "auroc_confidence", "auroc_confidence_calibrated"),
    *("accuracy_calibrated", "auroc_emitted", "ece_raw", "ece_calibrated", "ece_debiased", "ece_floor"),
    *("smooth_ece_calibrated", "smooth_ece_floor", "brier_raw", "brier_calibrated", "log_loss_calibrated"),
    *("coverage_zero_fp", "coverage_removed_zero_fp", "false_positives_zero_fp", "false_positive_bound_zero_fp"),
    *("misses_zero_fp", "coverage_at_1pct", "recall_by_category", "by_source", "intervals"),
)
"""The keys of the figures, in their order."""


def _drawn(group: NDArray[np.intp], fraction: float, seed: int) -> NDArray[np.bool_]:
    """Which rows fit: whole groups, the same ones whatever the order of the rows."""
    number = int(group.max(initial=-1)) + 1
    drawn = np.random.default_rng(seed).permutation(number) < round(fraction * number)
    return np.asarray(drawn[group], dtype=bool)


def _fitted(margins: Array, flags: Array, weights: Array, group: NDArray[np.intp], seed: int) -> Calibrator | None:
    try:
        return select_calibrator(margins, flags, weights, group, seed=seed).calibrator
    except CannotFit:
        return None


def _statistics(on: Measured) -> dict[str, Callable[[Array], float]]:
    """Figures as functions of the rows' weights, so that they can be bootstrapped."""
    z, y, p = on.margins, on.flags, on.probabilities
    found = {
        "accuracy": mean_by_weights((z >= 0.0) == (y == 1.0)),
        "f1": _f1(z >= 0.0, y == 1.0),
        "auroc_flag": auroc_by_weights(z, y),
        "auroc_confidence": auroc_by_weights(*rightness(z, y)),
        "brier_raw": mean_by_weights(np.square(expit(z) - y)),
    }
    if p is not None:
        found |= {
            "auroc_confidence_calibrated": auroc_by_weights(*rightness(logit(p), y)),
            "accuracy_calibrated": mean_by_weights((p >= 0.5) == (y == 1.0)),
            "brier_calibrated": mean_by_weights(np.square(p - y)),
            "log_loss_calibrated": mean_by_weights(log_losses(p, y)),
        }
    if on.emitted is not None and not np.isnan(on.emitted).all():
        written = ~np.isnan(on.emitted)
        of_written = auroc_by_weights(on.emitted[written], rightness(z, y)[1][written])
        found["auroc_emitted"] = lambda weights: of_written(weights[written])
    return found


def _with_intervals(on: Measured, group: NDArray[np.intp], seed: int) -> tuple[Figures, Figures]:
    one, statistics = np.ones(len(on.flags)), _statistics(on)
    values = {name: _or_none(statistic(one)) for name, statistic in statistics.items()}
    found = bootstrap_intervals(statistics, one, group, seed=seed)
    return values, {name: None if interval is None else list(interval) for name, interval in found.items()}


def _reliability(on: Measured, seed: int) -> tuple[Figures, Figures]:
    """Calibration errors, and for each the band in which it would lie if the probabilities were true."""
    raw = reliability(expit(on.margins), on.flags, seed=seed)
    if on.probabilities is None:
        return {"ece_raw": raw.ece}, {"ece_raw": _band(raw.floor)}
    calibrated = reliability(on.probabilities, on.flags, seed=seed)
    smooth_floor = smooth_ece_floor(on.probabilities, seed=seed)
    figures = {
        "ece_raw": raw.ece,
        "ece_calibrated": calibrated.ece,
        "ece_debiased": calibrated.ece_debiased,
        "ece_floor": {"mean": calibrated.floor.mean, "q95": calibrated.floor.q95},
        "smooth_ece_calibrated": smooth_ece(on.probabilities, on.flags),
        "smooth_ece_floor": {"mean": smooth_floor.mean, "q95": smooth_floor.q95},
    }
    bands = {
        "ece_raw": raw.floor,
        "ece_calibrated": calibrated.floor,
        "ece_debiased": calibrated.debiased_floor,
        "smooth_ece_calibrated": smooth_floor,
    }
    return figures, {name: _band(floor) for name, floor in bands.items()}


def _acting(margins: Array, flags: Array, calibrator: Calibrator | None, on: Measured) -> Figures:
    """What acting alone would do to the rest, at thresholds that the fitted part gave."""
    certified = certify(all_labelled(margins, flags), RiskTarget("wrong_removals", 0.01), attempt=None).margin
    figures: Figures = {"coverage_at_1pct": None if certified is None else float((on.margins >= certified).mean())}
    if calibrator is None or on.probabilities is None:
        return figures
    found = coverage_at(zero_false_positive_threshold(calibrator.predict(margins), flags), on.probabilities, on.flags)
    return figures | {
        "coverage_zero_fp": found.covered,
        "coverage_removed_zero_fp": found.removed,
        "false_positives_zero_fp": found.false_positives,
        "false_positive_bound_zero_fp": found.bound,
        "misses_zero_fp": found.misses,
    }


def _recall(on: Measured, named: NDArray[np.str_]) -> dict[str, float]:
    """The share of each labelled category's violations that the sign of the margin flags."""
    violation = on.flags == 1.0
    found = {str(name): on.margins[violation & (named == name)] for name in np.unique(named[violation]) if name}
    return {name: float((margins >= 0.0).mean()) for name, margins in found.items()}


def _by_source(on: Measured, sources: NDArray[np.str_]) -> dict[str, Figures]:
    figures = {}
    for source in np.unique(sources):
        rows = sources == source
        part = replace(
            on,
            margins=on.margins[rows],
            flags=on.flags[rows],
            probabilities=None if on.probabilities is None else on.probabilities[rows],
            emitted=None if on.emitted is None else on.emitted[rows],
        )
        one = np.ones(int(rows.sum()))
        values = {name: _or_none(statistic(one)) for name, statistic in _statistics(part).items()}
        figures[str(source)] = {"n": len(one), "flagged": int(part.flags.sum()), **values}
    return figures


def _f1(flagged: NDArray[np.bool_], violation: NDArray[np.bool_]) -> Callable[[Array], float]:
    """`2 TP / (flagged + violations)`; NaN where there is neither."""

    def found(weights: Array) -> float:
        both = float(weights @ flagged + weights @ violation)
        return 2.0 * float(weights @ (flagged & violation)) / both if both else float("nan")

    return found


def _band(floor: Floor) -> list[float]:
    return [floor.q05, floor.q95]


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else value
