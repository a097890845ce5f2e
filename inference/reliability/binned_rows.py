"""Labelled probabilities in fine bins, rows alike counted: what every figure on reliability is read off. Pure.

A million rows become at most 65,537 bins, by one pass each for a few sums, and the rest does not depend on their
number.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from inference.reliability.labelled_rows import labelled_probabilities

Array = NDArray[np.float64]
EXACT = 20_000  # rows up to which only equal probabilities share a bin
RESOLUTION = 2**16  # bins of 0 to 1 beyond


@dataclass(frozen=True)
class BinnedRows:
    """Bins in rising order of probability.

    `probability`: mean of the rows in the bin. Sums over them: `count` rows, `weight` w, `square` w^2, `violations`
    w y, and `violations_square` w y^2 (with whole labels the same).
    """

    probability: Array
    count: Array
    weight: Array
    square: Array
    violations: Array
    violations_square: Array

    @property
    def total(self) -> float:
        return float(self.weight.sum())

    def drawn(self, draws: int, seed: int) -> Array:
        """Weight of violations in each bin, (draws, bins), as if the probabilities were true.

        A bin of unequal weights draws as many equal ones as it is worth (Kish).
        """
        effective = np.maximum(1, np.round(self.weight**2 / self.square)).astype(np.int64)
        rng = np.random.default_rng(seed)
        return rng.binomial(effective, self.probability, (draws, len(effective))) * (self.weight / effective)

    def coarser(self, bins: int, within: NDArray[np.intp] | None = None) -> "BinnedRows":
        """The same rows in at most `bins` equal bins of 0 to 1, each within one of the given (rising) groups."""
        at = np.minimum((self.probability * bins).astype(np.intp), bins - 1)
        starts = np.flatnonzero(np.r_[True, (np.diff(at) > 0) | (np.diff(at if within is None else within) > 0)])
        sums = (self.count, self.weight, self.square, self.violations, self.violations_square)
        mass, *summed = (np.add.reduceat(column, starts) for column in (self.probability * self.weight, *sums))
        return BinnedRows(np.clip(mass / summed[1], 0.0, 1.0), *summed)


def binned_rows(probabilities: ArrayLike, targets: ArrayLike, weights: ArrayLike | None = None) -> BinnedRows:
    """Rows of positive weight in bins. Raises ValueError as `labelled_probabilities`."""
    p, y, w = labelled_probabilities(probabilities, targets, weights)
    if len(p) <= EXACT:
        values, at = np.unique(p, return_inverse=True)
        bins = len(values)
    else:
        at, bins = np.round(p * RESOLUTION).astype(np.intp), RESOLUTION + 1
    sums = [np.bincount(at, column, bins).astype(float) for column in (None, w, w * w, w * y, w * y * y, w * p)]
    count, weight, square, violations, violations_square, mass = (each[sums[0] > 0.0] for each in sums)
    return BinnedRows(np.clip(mass / weight, 0.0, 1.0), count, weight, square, violations, violations_square)
