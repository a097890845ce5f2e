"""The calibration error without bins: smooth ECE (Blasiok and Nakkiran 2023). Pure.

The residuals `y - p` are smoothed along p with a Gaussian kernel reflected at 0 and 1; the error at a bandwidth is the
mean absolute smoothed residual, which falls as the bandwidth grows, and smooth ECE is where it equals the bandwidth.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.fft import dct, idct

from inference.reliability.binned_rows import BinnedRows, binned_rows
from inference.reliability.curves import Floor, floor_of

Array = NDArray[np.float64]
POINTS = 1024
HALVINGS = 16
DRAWS = 200


def smooth_ece(probabilities: ArrayLike, targets: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Smooth ECE of weighted rows, 0 to 1. Raises ValueError as `reliability` does."""
    return smooth_ece_of(binned_rows(probabilities, targets, weights))


def smooth_ece_of(rows: BinnedRows) -> float:
    """`smooth_ece` of rows that are binned already."""
    residuals = (rows.violations - rows.probability * rows.weight) / rows.total
    return float(_fixed_points(_on_grid(rows.probability, residuals)[None])[0])


def smooth_ece_floor(probabilities: ArrayLike, weights: ArrayLike | None = None, *, seed: int = 0) -> Floor:
    """What smooth ECE shows of labels drawn from the probabilities themselves."""
    return smooth_ece_floor_of(binned_rows(probabilities, np.zeros(np.shape(probabilities)), weights), seed=seed)


def smooth_ece_floor_of(rows: BinnedRows, *, seed: int = 0) -> Floor:
    """`smooth_ece_floor` of rows that are binned already."""
    coarse = rows.coarser(POINTS)
    excess = (coarse.drawn(DRAWS, seed) - coarse.probability * coarse.weight) / coarse.total
    return floor_of(_fixed_points(np.array([_on_grid(coarse.probability, row) for row in excess])))


def _on_grid(p: Array, residuals: Array) -> Array:
    """Residual mass on a grid of `POINTS` points in 0 to 1, each row split between its two nearest points."""
    at = np.clip(p * POINTS - 0.5, 0.0, POINTS - 1.0)
    left = np.minimum(at.astype(int), POINTS - 2)
    part = at - left
    grid = np.zeros(POINTS) + np.bincount(left, residuals * (1.0 - part), POINTS)
    return grid + np.bincount(left + 1, residuals * part, POINTS)


def _fixed_points(grid: Array) -> Array:
    """For each row of the grid the bandwidth at which its smoothed error equals the bandwidth, by bisection.

    Reflected at both ends, the Gaussian kernel is diagonal in the cosine basis: wave k fades by
    `exp(-(pi k bandwidth)^2 / 2)`.
    """
    waves = dct(grid, type=2, axis=1)
    falloff = np.square(np.pi * np.arange(POINTS)) / 2.0
    low, high = np.zeros(len(grid)), np.ones(len(grid))
    for _ in range(HALVINGS):
        middle = (low + high) / 2.0
        smoothed = idct(waves * np.exp(-falloff * np.square(middle)[:, None]), type=2, axis=1)
        below = np.abs(smoothed).sum(axis=1) < middle
        low, high = np.where(below, low, middle), np.where(below, middle, high)
    return (low + high) / 2.0
