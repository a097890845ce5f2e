"""Monotone steps through labelled margins, and knots that keep the ranking on their plateaus. Pure."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

Array = NDArray[np.float64]
EQUAL = 1e-12  # difference of probabilities that is rounding
TILT = 0.1  # of the gap to the neighbouring step: how far a plateau leans towards it


@dataclass(frozen=True)
class Steps:
    """Plateaus in rising order: each from `left` to `right` (margins) at `value` (a share of violations)."""

    left: Array
    right: Array
    value: Array


def pooled_ties(margins: Array, targets: Array, weights: Array) -> tuple[Array, Array, Array]:
    """Distinct margins in rising order, the mean target and the total weight at each; no trace of the row order."""
    order = np.lexsort((weights, targets, margins))
    margins, targets, weights = margins[order], targets[order], weights[order]
    starts = np.flatnonzero(np.r_[True, margins[1:] > margins[:-1]])
    total = np.add.reduceat(weights, starts)
    mean = np.add.reduceat(weights * targets, starts) / total
    return margins[starts], np.clip(mean, 0.0, 1.0), total


def isotonic_steps(margins: Array, targets: Array, weights: Array) -> Steps:
    """The best non-decreasing steps in squared error. Margins are distinct and rising."""
    return _pooled_to_rise(margins, margins, targets, weights)


def histogram_steps(margins: Array, targets: Array, weights: Array, bins: int) -> Steps:
    """At most `bins` bins of about equal weight, pooled to rise. Margins are distinct and rising."""
    starts = equal_mass_starts(weights, bins)
    mass = np.add.reduceat(weights, starts)
    mean = np.add.reduceat(weights * targets, starts) / mass
    return _pooled_to_rise(margins[starts], margins[np.r_[starts[1:], len(margins)] - 1], mean, mass)


def equal_mass_starts(weights: Array, bins: int) -> NDArray[np.intp]:
    """Where each of at most `bins` bins of about equal weight starts in sorted rows; none is empty."""
    middle = np.cumsum(weights) - weights / 2.0
    number = np.minimum((middle / weights.sum() * bins).astype(int), bins - 1)
    return np.flatnonzero(np.r_[True, number[1:] > number[:-1]])


def knots(steps: Steps, low: float, high: float) -> tuple[Array, Array]:
    """Margins and probabilities to interpolate between: strictly rising from the first step to the last.

    Each plateau leans a little towards its neighbours (the outer ones towards `low` and `high`), so that two
    margins on one plateau keep their order.
    """
    value = np.clip(steps.value, low, high)
    before, after = np.r_[low, value[:-1]], np.r_[value[1:], high]
    entry, leave = value - TILT * (value - before), value + TILT * (after - value)
    point = steps.left == steps.right
    x = np.column_stack([steps.left, steps.right]).ravel()
    y = np.column_stack([np.where(point, value, entry), np.where(point, value, leave)]).ravel()
    kept = np.r_[True, x[1:] > x[:-1]]
    return x[kept], y[kept]


def plateaus(margins: Array, values: Array) -> Steps:
    """Steps through values that never fall, at rising margins: neighbours of one value are one plateau."""
    values = np.maximum.accumulate(values)
    starts = np.flatnonzero(np.r_[True, np.diff(values) > EQUAL])
    ends = np.r_[starts[1:], len(values)] - 1
    return Steps(margins[starts], margins[ends], values[starts])


def _pooled_to_rise(left: Array, right: Array, values: Array, weights: Array) -> Steps:
    fitted = isotonic_regression(values, weights=weights)
    starts, ends = fitted.blocks[:-1], fitted.blocks[1:]
    return Steps(left[starts], right[ends - 1], np.clip(fitted.x[starts], 0.0, 1.0))
