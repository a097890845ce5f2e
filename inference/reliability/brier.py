"""The Brier score, taken apart: how much of it is miscalibration. Pure."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from inference.reliability.binned_rows import Counted, checked, counted
from inference.reliability.curves import Floor, binned_of, drawn_shares, floor_of


@dataclass(frozen=True)
class Brier:
    """Murphy's (1973) parts: `brier = reliability - resolution + uncertainty + within`, in the curve's bins.

    *Reliability*: how far the bins' shares lie from their probabilities, beside its `floor`. *Resolution*: how far they
    lie from the overall share. *Uncertainty*: of always saying the overall share. *Within*: what bins hide (Stephenson,
    Coelho and Jolliffe 2008), small.
    """

    brier: float
    reliability: float
    resolution: float
    uncertainty: float
    within: float
    floor: Floor


def brier(probabilities: ArrayLike, targets: ArrayLike, weights: ArrayLike | None = None) -> float:
    """The weighted mean of `(p - y)^2`."""
    p, y, w = checked(probabilities, targets, weights)
    return float(np.average(np.square(p - y), weights=w))


def brier_parts(
    probabilities: ArrayLike, targets: ArrayLike, weights: ArrayLike | None = None, *, seed: int = 0
) -> Brier:
    """The Brier score and its parts, in the bins of `reliability`. Raises ValueError as `reliability`."""
    return brier_parts_of(counted(probabilities, targets, weights), seed=seed)


def brier_parts_of(cells: Counted, *, seed: int = 0) -> Brier:
    """`brier_parts` of rows that were counted before."""
    binned, p = binned_of(cells), cells.probability
    overall = cells.violations.sum() / cells.total
    squares = p * p * cells.weight - 2.0 * p * cells.violations + cells.violations_square
    score = float(squares.sum()) / cells.total
    kept = float(np.square(binned.observed - binned.predicted) @ binned.mass)
    resolved = float(np.square(binned.observed - overall) @ binned.mass)
    unsure = float(overall * (1.0 - overall))
    drawn = np.square(drawn_shares(cells, binned, seed) - binned.predicted) @ binned.mass
    return Brier(score, kept, resolved, unsure, score - kept + resolved - unsure, floor_of(drawn))
