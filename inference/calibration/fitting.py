"""Fitting calibrators, functions from margin to probability, on labels. Pure.

Five kinds. *Platt*: `logit p = a z + b` (Platt 1999, with his smoothed targets). *Beta*: `logit p = a log s(z) -
b log(1 - s(z)) + c`, with s the logistic function (Kull, Silva Filho and Flach 2017). *Isotonic*: the best
non-decreasing steps, ties pooled. *Venn-Abers*: between isotonic fits that hold one more label of either class (Vovk,
Petej and Fedorova 2015). *Histogram*: equal-mass bins, pooled to rise. All read the margin itself, never a probability
of it.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from inference.calibration.calibrators import KINDS, SLOPES, Calibrator, Knots, Logistic, VennAbers, features
from inference.calibration.logistic import fit_logistic
from inference.calibration.step_functions import histogram_steps, isotonic_steps, knots, plateaus, pooled_ties
from inference.calibration.venn_abers import venn_abers
from inference.reliability.equal_mass_bins import bin_count
from inference.reliability.labelled_rows import labelled_rows

Array = NDArray[np.float64]
LEAST_LABELS = {
    "platt": 10,
    "beta": 50,
    "isotonic": 50,
    "venn_abers": 50,
    "histogram": 50,
}  # effective, of either class
LEAST_BETA_SLOPE = 0.01  # keeps both tails of a beta calibrator rising
FLAT = "the labels do not get more often violations as the margin rises"


class CannotFit(ValueError):
    """These labels give no calibrator of this kind; the message says why."""


class NotEnoughLabels(CannotFit):
    """Too few effective labels of one class."""


class NotRising(CannotFit):
    """Violations do not get likelier as the margin rises."""


def fit(kind: str, margins: ArrayLike, targets: ArrayLike, weights: ArrayLike | None = None) -> Calibrator:
    """Fit a calibrator of `kind`, one of KINDS, on n labelled margins.

    `targets` are 0 or 1, or shares of reviewers in between. `weights` count labels: a weight of two is a row
    given twice, so scale sampling weights to their effective size first (`curves.scaled_to_effective`).
    Raises NotEnoughLabels below 10 effective labels of either class (50 for all but Platt), NotRising where
    violations do not get likelier with the margin, ValueError for malformed arrays.
    """
    if kind not in KINDS:
        raise ValueError(f"no calibrator is called {kind!r}; there are {', '.join(KINDS)}")
    z, y, w = _enough(kind, margins, targets, weights)
    indicative = bool((w != w[0]).any())
    z, y, w = pooled_ties(z, y, w)
    if kind in SLOPES:
        return _fit_logistic(kind, z, y, w)
    return _fit_venn_abers(z, y, w, indicative) if kind == "venn_abers" else _fit_steps(kind, z, y, w)


def fit_platt(margins: ArrayLike, targets: ArrayLike, weights: ArrayLike | None = None) -> Logistic:
    """As `fit`, for who needs the line itself."""
    z, y, w = _enough("platt", margins, targets, weights)
    return _fit_logistic("platt", *pooled_ties(z, y, w))


def _enough(kind: str, margins: ArrayLike, targets: ArrayLike, weights: ArrayLike | None) -> tuple[Array, Array, Array]:
    """The rows. Raises NotEnoughLabels, and ValueError for malformed arrays."""
    z, y, w = labelled_rows(margins, targets, weights)
    violations, benign = float(w @ y), float(w @ (1.0 - y))
    if min(violations, benign) < LEAST_LABELS[kind] * (1.0 - 1e-9):
        raise NotEnoughLabels(
            f"{kind} needs {LEAST_LABELS[kind]} labels of either class; "
            f"there are {int(violations):,} violations and {int(benign):,} benign"
        )
    return z, y, w


def _fit_logistic(kind: str, z: Array, y: Array, w: Array) -> Logistic:
    violations, benign = w @ y, w @ (1.0 - y)
    smoothed = y * (violations + 1.0) / (violations + 2.0) + (1.0 - y) / (benign + 2.0)
    rising = features(kind, z)
    free = fit_logistic(rising, smoothed, w)
    slopes, intercept = free[:-1], free[-1]
    if kind == "beta" and (slopes < LEAST_BETA_SLOPE).sum() == 1:
        held = int(np.argmin(slopes))
        rest = fit_logistic(rising[:, [1 - held]], smoothed, w, LEAST_BETA_SLOPE * rising[:, held])
        slopes[held], slopes[1 - held], intercept = LEAST_BETA_SLOPE, rest[0], rest[1]
    if (slopes <= (0.0 if kind == "platt" else LEAST_BETA_SLOPE * (1.0 - 1e-9))).any():
        raise NotRising(FLAT)
    return Logistic(kind, tuple(slopes.tolist()), float(intercept), float(w.sum()))


def _fit_steps(kind: str, z: Array, y: Array, w: Array) -> Knots:
    n = float(w.sum())
    steps = isotonic_steps(z, y, w) if kind == "isotonic" else histogram_steps(z, y, w, bin_count(n))
    if len(steps.value) == 1:
        raise NotRising(FLAT)
    x, p = knots(steps, 1.0 / (n + 2.0), 1.0 - 1.0 / (n + 2.0))
    return Knots(kind, tuple(x.tolist()), tuple(p.tolist()), n)


def _fit_venn_abers(z: Array, y: Array, w: Array, indicative: bool) -> VennAbers:
    n = float(w.sum())
    if len(isotonic_steps(z, y, w).value) == 1:
        raise NotRising(FLAT)
    at, benign, violation = venn_abers(z, y, w)
    steps = plateaus(at, violation / (1.0 - benign + violation))
    x, p = knots(steps, 1.0 / (n + 2.0), 1.0 - 1.0 / (n + 2.0))
    lists = [
        x,
        p,
        *(np.clip(np.interp(x, at, side), 1.0 / (n + 2.0), 1.0 - 1.0 / (n + 2.0)) for side in (benign, violation)),
    ]
    margins, probabilities, low, high = (tuple(column.tolist()) for column in lists)
    return VennAbers("venn_abers", margins, probabilities, n, low, high, indicative)
