"""Inductive Venn-Abers: for a new margin the isotonic fits with one more label there, benign and a violation. Pure.

Vovk, Petej and Fedorova (2015), "Large-scale probabilistic predictors with and without guarantees of validity". The
blocks of an isotonic fit to the left of the new label and to its right do not depend on it; only the merging in the
middle does, and it takes few blocks. So all fits together cost one sort and two passes.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

Array = NDArray[np.float64]
LARGEST = 2_000  # knots


@dataclass(frozen=True, slots=True)
class _Block:
    """A block of an isotonic fit on a stack: its weight, its violations, and what lies below it on the stack."""

    weight: float
    sum: float
    rest: "_Block | None"


def venn_abers(margins: Array, targets: Array, weights: Array) -> tuple[Array, Array, Array]:
    """At most 2,000 of the margins, and there the fits p0 and p1 with one more benign label and one more violation.

    Margins are distinct and rising; a label of weight w counts as w labels, the new one as one. Both fits rise, and
    p0 is below p1. Where there are more margins, those at equal steps of weight are taken, and the first and last.
    """
    at = _knots(weights)
    between = _between(targets, weights, at)
    right = _stacks(between[:0:-1], targets[at[::-1]], weights[at[::-1]], rising=False)[::-1]
    left = _stacks(between[:-1], targets[at], weights[at], rising=True)
    found = np.empty((2, len(at)))
    for index, knot in enumerate(at):
        weight, violations = weights[knot], weights[knot] * targets[knot]
        for label in (0, 1):
            found[label, index] = _pooled(left[index], right[index], weight + 1.0, violations + label)
    return margins[at], found[0], found[1]


def _knots(weights: Array) -> NDArray[np.intp]:
    if len(weights) <= LARGEST:
        return np.arange(len(weights))
    mass = np.cumsum(weights) - weights / 2.0
    wanted = np.searchsorted(mass, np.linspace(0.0, weights.sum(), LARGEST - 1))
    return np.unique(np.r_[0, np.minimum(wanted, len(weights) - 1), len(weights) - 1])


def _between(targets: Array, weights: Array, at: NDArray[np.intp]) -> list[tuple[Array, Array]]:
    """Weights and violations of the isotonic blocks strictly before, between and after the knots."""
    found: list[tuple[Array, Array]] = []
    for start, end in zip(np.r_[-1, at] + 1, np.r_[at, len(targets)], strict=True):
        w, y = weights[start:end], targets[start:end]
        if len(w):
            blocks = isotonic_regression(y, weights=w).blocks[:-1]
            found.append((np.add.reduceat(w, blocks), np.add.reduceat(w * y, blocks)))
        else:
            found.append((w, y))
    return found


def _stacks(
    between: list[tuple[Array, Array]], targets: Array, weights: Array, *, rising: bool
) -> list["_Block | None"]:
    """For each knot the isotonic blocks on its far side, the nearest one on top."""
    stack: _Block | None = None
    found = []
    for (block_weights, sums), target, weight in zip(between, targets, weights, strict=True):
        near = range(len(sums)) if rising else range(len(sums) - 1, -1, -1)
        for index in near:
            stack = _pushed(stack, float(block_weights[index]), float(sums[index]), rising)
        found.append(stack)
        stack = _pushed(stack, float(weight), float(weight * target), rising)
    return found


def _pushed(stack: "_Block | None", weight: float, total: float, rising: bool) -> _Block:
    while stack is not None and (
        (stack.sum * weight >= total * stack.weight) == rising or _level(stack, weight, total)
    ):
        weight, total, stack = weight + stack.weight, total + stack.sum, stack.rest
    return _Block(weight, total, stack)


def _level(stack: _Block, weight: float, total: float) -> bool:
    return stack.sum * weight == total * stack.weight


def _pooled(left: "_Block | None", right: "_Block | None", weight: float, total: float) -> float:
    """The value of the block that holds the new label, once it violates neither neighbour."""
    while True:
        if left is not None and left.sum * weight >= total * left.weight:
            weight, total, left = weight + left.weight, total + left.sum, left.rest
        elif right is not None and total * right.weight >= right.sum * weight:
            weight, total, right = weight + right.weight, total + right.sum, right.rest
        else:
            return total / weight
