"""The Brier score, taken apart: how much of it is miscalibration. Pure."""

from dataclasses import dataclass

import numpy as np

from inference.reliability.binned_rows import BinnedRows
from inference.reliability.curves import Floor, curve_bins, drawn_shares, floor_of


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


def brier_parts_of(rows: BinnedRows, *, seed: int = 0) -> Brier:
    """The Brier score and its parts of counted rows, in the bins of `reliability`. Each is 0 to 1."""
    binned, p = curve_bins(rows), rows.probability
    overall = rows.violations.sum() / rows.total
    squares = p * p * rows.weight - 2.0 * p * rows.violations + rows.violations_square
    score = float(squares.sum()) / rows.total
    kept = float(np.square(binned.observed - binned.predicted) @ binned.mass)
    resolved = float(np.square(binned.observed - overall) @ binned.mass)
    unsure = float(overall * (1.0 - overall))
    drawn = np.square(drawn_shares(rows, binned, seed) - binned.predicted) @ binned.mass
    return Brier(score, kept, resolved, unsure, score - kept + resolved - unsure, floor_of(drawn))
