"""Monotone steps through labelled margins, and knots that keep the ranking on their plateaus. Pure."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

from inference.reliability.equal_mass_bins import equal_mass_starts

Array = NDArray[np.float64]
EXACT = 20_000  # rows up to which only equal margins are tied
RESOLUTION = 1024.0  # cells of margins to a logit, beyond
MOST_CELLS = 2_000_000
EQUAL = 1e-12  # difference of probabilities that is rounding
TILT = 0.1  # of the gap to the neighbouring step: how far a plateau leans towards it


@dataclass(frozen=True)
class Steps:
    """Plateaus in rising order: each from `left` to `right` (margins) at `value`, a share of violations in `weight`."""

    left: Array
    right: Array
    value: Array
    weight: Array


def pooled_ties(margins: Array, targets: Array, weights: Array) -> tuple[Array, Array, Array]:
    """Distinct margins in rising order, the mean target and the total weight at each; no trace of the row order.

    Beyond 20,000 rows, margins that round to the same 1024th count as tied, at their mean: a difference of that size
    moves no probability by more than 0.0003, and a million rows become some ten thousand.
    """
    if len(margins) > EXACT:
        return _pooled_cells(margins, targets, weights)
    order = np.lexsort((weights, targets, margins))
    margins, targets, weights = margins[order], targets[order], weights[order]
    starts = np.flatnonzero(np.r_[True, margins[1:] > margins[:-1]])
    total = np.add.reduceat(weights, starts)
    mean = np.add.reduceat(weights * targets, starts) / total
    return margins[starts], np.clip(mean, 0.0, 1.0), total


def _pooled_cells(margins: Array, targets: Array, weights: Array) -> tuple[Array, Array, Array]:
    cell = np.round(margins * RESOLUTION)
    low = cell.min()
    few = cell.max() - low < MOST_CELLS  # else far outliers would make counting every cell up to them too long
    at = (cell - low).astype(np.intp) if few else np.unique(cell, return_inverse=True)[1]
    total = np.bincount(at, weights).astype(float)
    there = total > 0.0
    total = total[there]
    middle = np.bincount(at, weights * margins)[there] / total
    mean = np.bincount(at, weights * targets)[there] / total
    return middle, np.clip(mean, 0.0, 1.0), total


def isotonic_steps(margins: Array, targets: Array, weights: Array) -> Steps:
    """The best non-decreasing steps in squared error. Margins are distinct and rising."""
    return _pooled_to_rise(margins, margins, targets, weights)


def histogram_steps(margins: Array, targets: Array, weights: Array, bins: int) -> Steps:
    """At most `bins` bins of about equal weight, pooled to rise. Margins are distinct and rising."""
    starts = equal_mass_starts(weights, bins)
    mass = np.add.reduceat(weights, starts)
    mean = np.add.reduceat(weights * targets, starts) / mass
    return _pooled_to_rise(margins[starts], margins[np.r_[starts[1:], len(margins)] - 1], mean, mass)


def knots(steps: Steps, low: float, high: float) -> tuple[Array, Array]:
    """Margins and probabilities to interpolate between: strictly rising from the first step to the last.

    The outer plateaus are no surer than their own labels allow, m of one class say at most 1/(m + 2), as far as the
    next plateau leaves room. Each leans a little towards its neighbours (the outer ones towards `low` and `high`), so
    that two margins on one plateau keep their order.
    """
    value = np.clip(steps.value, low, high)
    room = (value[:-1] + value[1:]) / 2.0
    value[0] = max(value[0], min(room[0], 1.0 / (steps.weight[0] + 2.0)))
    value[-1] = min(value[-1], max(room[-1], 1.0 - 1.0 / (steps.weight[-1] + 2.0)))
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
    return Steps(margins[starts], margins[ends], values[starts], np.full(len(starts), np.inf))


def _pooled_to_rise(left: Array, right: Array, values: Array, weights: Array) -> Steps:
    fitted = isotonic_regression(values, weights=weights)
    starts, ends = fitted.blocks[:-1], fitted.blocks[1:]
    mass = np.add.reduceat(weights, starts)
    return Steps(left[starts], right[ends - 1], np.clip(fitted.x[starts], 0.0, 1.0), mass)
