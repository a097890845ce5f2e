"""Whether probabilities are kept: the reliability curve with its bands, and the figures read off it. Pure.

Rows are (probability, target, weight): targets 0 or 1, or shares in between; weights as sampling gives them (1/rate),
of any scale. Counts behind an interval are Kish's effective sizes.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import norm

from inference.calibrators import bin_count, labelled
from inference.resampling import Pooled, pooled
from inference.steps import equal_mass_starts

Array = NDArray[np.float64]
DRAWS = 400


@dataclass(frozen=True)
class Bin:
    """One point of a reliability curve.

    `predicted` and `observed` are weighted means; `interval` is Wilson's 95 % at `effective` labels; `band` is where
    95 % of the observed shares would lie if the probabilities were true.
    """

    low: float
    high: float
    predicted: float
    observed: float
    count: int
    effective: float
    mass: float
    interval: tuple[float, float]
    band: tuple[float, float]


@dataclass(frozen=True)
class Floor:
    """What a figure shows of perfect probabilities: mean, 5 % and 95 % point over labels drawn from them."""

    mean: float
    q05: float
    q95: float


def floor_of(drawn: Array) -> Floor:
    """The floor of a figure from its values on drawn labels."""
    q05, q95 = np.quantile(drawn, [0.05, 0.95])
    return Floor(float(drawn.mean()), float(q05), float(q95))


@dataclass(frozen=True)
class Reliability:
    """A curve, its expected calibration error, that error without the part that noise adds, and its floor."""

    bins: tuple[Bin, ...]
    ece: float
    ece_debiased: float
    floor: Floor


def reliability(
    probabilities: ArrayLike, targets: ArrayLike, weights: ArrayLike | None = None, *, seed: int = 0
) -> Reliability:
    """The curve in clamp(n/50, 5, 15) bins of equal weight, n the effective size; equal probabilities share a bin.

    Raises ValueError for rows of unequal length, probabilities or targets outside 0 to 1, or no weight at all.
    """
    p, y, w = checked(probabilities, targets, weights)
    number = _bin_of(p, w)
    mass = np.bincount(number, w) / w.sum()
    predicted, observed = _means(number, p, w), _means(number, y, w)
    shares = _drawn_shares(pooled(p, w, number), len(mass), seed)
    bands = np.quantile(shares, [0.025, 0.975], axis=0).T
    bins = []
    for index in range(len(mass)):
        inside = number == index
        n = effective_size(w[inside])
        bins.append(
            Bin(
                low=float(p[inside].min()),
                high=float(p[inside].max()),
                predicted=float(predicted[index]),
                observed=float(observed[index]),
                count=int(inside.sum()),
                effective=n,
                mass=float(mass[index]),
                interval=wilson(float(observed[index]), n),
                band=(float(bands[index, 0]), float(bands[index, 1])),
            )
        )
    floor = floor_of(np.abs(shares - predicted) @ mass)
    return Reliability(tuple(bins), float(np.abs(observed - predicted) @ mass), _debiased(bins), floor)


def brier(probabilities: ArrayLike, targets: ArrayLike, weights: ArrayLike | None = None) -> float:
    """The weighted mean of `(p - y)^2`."""
    p, y, w = checked(probabilities, targets, weights)
    return float(np.average(np.square(p - y), weights=w))


def log_losses(probabilities: ArrayLike, targets: ArrayLike) -> Array:
    """`-y log p - (1-y) log(1-p)` of each row, in nats; a probability of exactly 0 or 1 counts as 1e-12 from it."""
    p, y, _ = checked(probabilities, targets, None)
    p = np.clip(p, 1e-12, 1.0 - 1e-12)
    return -y * np.log(p) - (1.0 - y) * np.log1p(-p)


def log_loss(probabilities: ArrayLike, targets: ArrayLike, weights: ArrayLike | None = None) -> float:
    """The weighted mean of `log_losses`, in nats."""
    losses = log_losses(probabilities, targets)
    return float(np.average(losses, weights=None if weights is None else np.asarray(weights, dtype=float)))


def effective_size(weights: ArrayLike) -> float:
    """Kish's `(sum w)^2 / sum w^2`: as many equally weighted rows would say as much. 0 without weight."""
    w = np.asarray(weights, dtype=float)
    squares = float(np.square(w).sum())
    return float(w.sum()) ** 2 / squares if squares > 0.0 else 0.0


def scaled_to_effective(weights: ArrayLike) -> Array:
    """The same weights scaled so that their sum is their effective size: what `calibrators.fit` counts as labels."""
    w = np.asarray(weights, dtype=float)
    return w * effective_size(w) / w.sum() if w.any() else w


def wilson(share: float, n: float, level: float = 0.95) -> tuple[float, float]:
    """Wilson's interval of a share seen in n labels (n need not be whole); all of 0 to 1 where n is 0."""
    if n <= 0.0:
        return 0.0, 1.0
    z2 = float(norm.ppf(0.5 + level / 2.0)) ** 2
    middle = (share + z2 / (2.0 * n)) / (1.0 + z2 / n)
    half = np.sqrt(z2 * (share * (1.0 - share) / n + z2 / (4.0 * n * n))) / (1.0 + z2 / n)
    return float(max(0.0, middle - half)), float(min(1.0, middle + half))


def checked(probabilities: ArrayLike, targets: ArrayLike, weights: ArrayLike | None) -> tuple[Array, Array, Array]:
    """Rows of positive weight. Raises ValueError as `calibrators.labelled`, and for p outside 0 to 1."""
    p, y, w = labelled(probabilities, targets, weights)
    if ((p < 0.0) | (p > 1.0)).any():
        raise ValueError("probabilities must lie in 0 to 1")
    return p, y, w


def _bin_of(p: Array, w: Array) -> NDArray[np.intp]:
    """Each row's bin: about equal weight in each, equal probabilities together."""
    values, at = np.unique(p, return_inverse=True)
    starts = equal_mass_starts(np.bincount(at, w).astype(float), bin_count(effective_size(w)))
    return (np.searchsorted(starts, np.arange(len(values)), side="right") - 1)[at]


def _means(number: NDArray[np.intp], values: Array, w: Array) -> Array:
    means: Array = np.bincount(number, w * values) / np.bincount(number, w)
    return np.clip(means, 0.0, 1.0)


def _drawn_shares(pools: Pooled, bins: int, seed: int) -> Array:
    """(draws, bins): the observed share of each bin under labels drawn from the probabilities."""
    member = (pools.bin[:, None] == np.arange(bins)) * pools.weight[:, None]
    total = pools.count @ member
    shares: Array = pools.drawn(DRAWS, seed) @ (member / total)
    return shares


def _debiased(bins: list[Bin]) -> float:
    """The error minus what sampling noise adds to it (Kumar, Liang and Ma 2019, for the absolute error).

    A bin's gap d, measured with standard error s, comes out as E|N(d, s)| on average, which is above |d|.
    """
    mass = np.array([bin.mass for bin in bins])
    n = np.array([bin.effective for bin in bins])
    gap = np.abs([bin.observed - bin.predicted for bin in bins])
    share = (np.array([bin.observed for bin in bins]) * n + 0.5) / (n + 1.0)
    s = np.sqrt(share * (1.0 - share) / n)
    folded = s * np.sqrt(2.0 / np.pi) * np.exp(-np.square(gap / s) / 2.0) + gap * (1.0 - 2.0 * norm.cdf(-gap / s))
    return float(max(0.0, (2.0 * gap - folded) @ mass))
