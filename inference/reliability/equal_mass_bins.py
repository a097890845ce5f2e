"""Bins of about equal weight along sorted rows: how many, and where each starts. Pure."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def bin_count(n: float) -> int:
    """How many equal-mass bins n labels carry: n / 50, at least 5, at most 15."""
    return int(np.clip(n / 50.0, 5, 15))


def equal_mass_starts(weights: Array, bins: int) -> NDArray[np.intp]:
    """Where each of at most `bins` bins of about equal weight starts in sorted rows; none is empty."""
    middle = np.cumsum(weights) - weights / 2.0
    number = np.minimum((middle / weights.sum() * bins).astype(int), bins - 1)
    return np.flatnonzero(np.r_[True, number[1:] > number[:-1]])
