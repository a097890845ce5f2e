"""Fitting maps from margin to probability on labels. Pure.

Five kinds. *Platt*: `logit p = a z + b` (Platt 1999, with his smoothed targets). *Beta*: `logit p = a log s(z) -
b log(1 - s(z)) + c`, with s the logistic function (Kull, Silva Filho and Flach 2017). *Isotonic*: the best
non-decreasing steps, ties pooled. *Venn-Abers*: between isotonic fits that hold one more label of either class (Vovk,
Petej and Fedorova 2015). *Histogram*: equal-mass bins, pooled to rise. All read the margin itself, never a probability
of it.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from inference.calibration.calibrators import (
    KINDS,
    SLOPES,
    Calibrator,
    Knots,
    Logistic,
    Offset,
    VennAbers,
    features,
    from_json,
    shift_to_prior,
)
from inference.calibration.logistic import fit_logistic
from inference.calibration.step_functions import histogram_steps, isotonic_steps, knots, plateaus, pooled_ties
from inference.calibration.venn_abers import venn_abers

__all__ = [
    "KINDS",
    "Calibrator",
    "CannotFit",
    "Knots",
    "Logistic",
    "NotEnoughLabels",
    "NotRising",
    "Offset",
    "VennAbers",
    "fit",
    "from_json",
    "shift_to_prior",
]

Array = NDArray[np.float64]
LEAST_LABELS = {
    "platt": 10,
    "beta": 50,
    "isotonic": 50,
    "venn_abers": 50,
    "histogram": 50,
}  # effective, of either class
LEAST_BETA_SLOPE = 0.01  # keeps both tails of a beta map rising
FLAT = "the labels do not get more often violations as the margin rises"


class CannotFit(ValueError):
    """These labels give no map of this kind; the message says why."""


class NotEnoughLabels(CannotFit):
    """Too few effective labels of one class."""


class NotRising(CannotFit):
    """Violations do not get likelier as the margin rises."""


def fit(kind: str, margins: ArrayLike, targets: ArrayLike, weights: ArrayLike | None = None) -> Calibrator:
    """Fit a map of `kind` on n labelled margins.

    `targets` are 0 or 1, or shares of reviewers in between. `weights` count labels: a weight of two is a row
    given twice, so scale sampling weights to their effective size first (`reliability.scaled_to_effective`).
    Raises NotEnoughLabels below 10 effective labels of either class (50 for all but Platt), NotRising where
    violations do not get likelier with the margin, ValueError for malformed arrays.
    """
    if kind not in KINDS:
        raise ValueError(f"no calibrator is called {kind!r}; there are {', '.join(KINDS)}")
    z, y, w = labelled(margins, targets, weights)
    violations, benign = float(w @ y), float(w @ (1.0 - y))
    if min(violations, benign) < LEAST_LABELS[kind] * (1.0 - 1e-9):
        raise NotEnoughLabels(
            f"{kind} needs {LEAST_LABELS[kind]} labels of either class; "
            f"there are {int(violations):,} violations and {int(benign):,} benign"
        )
    indicative = bool((w != w[0]).any())
    z, y, w = pooled_ties(z, y, w)
    if kind in SLOPES:
        return _fit_logistic(kind, z, y, w)
    return _fit_venn_abers(z, y, w, indicative) if kind == "venn_abers" else _fit_steps(kind, z, y, w)


def labelled(margins: ArrayLike, targets: ArrayLike, weights: ArrayLike | None) -> tuple[Array, Array, Array]:
    """Rows of positive weight as three float arrays of one length. Raises ValueError where they are no such thing."""
    z, y = np.asarray(margins, dtype=float), np.asarray(targets, dtype=float)
    w = np.ones(z.shape) if weights is None else np.asarray(weights, dtype=float)
    if z.ndim != 1 or z.shape != y.shape or z.shape != w.shape:
        raise ValueError(f"margins, targets and weights are rows of one length, not {z.shape}, {y.shape}, {w.shape}")
    if not (np.isfinite(z).all() and np.isfinite(w).all()):
        raise ValueError("margins and weights must be finite")
    if not ((y >= 0.0) & (y <= 1.0)).all():
        raise ValueError("targets must lie in 0 to 1")
    if (w < 0.0).any() or not w.any():
        raise ValueError("weights must not be negative, nor all zero")
    return z[w > 0.0], y[w > 0.0], w[w > 0.0]


def bin_count(n: float) -> int:
    """How many equal-mass bins n labels carry: n / 50, at least 5, at most 15."""
    return int(np.clip(n / 50.0, 5, 15))


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
