"""Whether probabilities hold: the reliability curve with its bands, and the figures read off it. Pure.

Rows are (probability, target, weight): targets 0 or 1, or shares in between; weights as sampling gives them (1/rate),
of any scale. Counts behind an interval are Kish's effective sizes.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr
from scipy.stats import norm

from inference.reliability.binned_rows import BinnedRows, binned_rows
from inference.reliability.equal_mass_bins import bin_count, equal_mass_starts
from inference.reliability.labelled_rows import labelled_probabilities

Array = NDArray[np.float64]
DRAWS = 400
FINE_BINS = 1024  # that draws are made in


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
    """A curve, its expected calibration error, that error without the part that noise adds, and the floors of both."""

    bins: tuple[Bin, ...]
    ece: float
    ece_debiased: float
    floor: Floor
    debiased_floor: Floor


def reliability(
    probabilities: ArrayLike, targets: ArrayLike, weights: ArrayLike | None = None, *, seed: int = 0
) -> Reliability:
    """The curve in clamp(n/50, 5, 15) bins of equal weight, n the effective size; equal probabilities share a bin.

    Raises ValueError for rows of unequal length, probabilities or targets outside 0 to 1, or no weight at all.
    """
    return reliability_of(binned_rows(probabilities, targets, weights), seed=seed)


def reliability_of(rows: BinnedRows, *, seed: int = 0) -> Reliability:
    """`reliability` of rows that are binned already."""
    binned = curve_bins(rows)
    shares = drawn_shares(rows, binned, seed)
    bands = np.quantile(shares, [0.025, 0.975], axis=0).T
    bins = tuple(
        Bin(
            low=float(binned.low[index]),
            high=float(binned.high[index]),
            predicted=float(binned.predicted[index]),
            observed=float(binned.observed[index]),
            count=int(binned.count[index]),
            effective=float(binned.effective[index]),
            mass=float(binned.mass[index]),
            interval=wilson(float(binned.observed[index]), float(binned.effective[index])),
            band=(float(bands[index, 0]), float(bands[index, 1])),
        )
        for index in range(len(binned.mass))
    )
    return Reliability(
        bins,
        float(np.abs(binned.observed - binned.predicted) @ binned.mass),
        float(_debiased(binned, binned.observed)),
        floor_of(np.abs(shares - binned.predicted) @ binned.mass),
        floor_of(_debiased(binned, shares)),
    )


@dataclass(frozen=True)
class RiskCoveragePoint:
    """How often acting alone on the most confident share `coverage` of rows is wrong, those at or above `confidence`.

    `risk` is a weighted share of what is covered, with Wilson's 95 % interval at `effective` labels.
    """

    confidence: float
    coverage: float
    risk: float
    low: float
    high: float
    effective: float


def risk_coverage(
    probabilities: ArrayLike, targets: ArrayLike, weights: ArrayLike | None = None, *, points: int = 50
) -> tuple[RiskCoveragePoint, ...]:
    """The risk-coverage curve of the flag `p >= 0.5` under falling confidence `max(p, 1 - p)`, at most `points` long.

    Equal confidences come together; the last point covers everything (El-Yaniv and Wiener 2010). Raises ValueError as
    `reliability`.
    """
    return risk_coverage_of(binned_rows(probabilities, targets, weights), points=points)


def risk_coverage_of(rows: BinnedRows, *, points: int = 50) -> tuple[RiskCoveragePoint, ...]:
    """`risk_coverage` of rows that are binned already."""
    p = rows.probability
    confidence = np.maximum(p, 1.0 - p)
    wrong = np.where(p >= 0.5, rows.weight - rows.violations, rows.violations)
    order = np.lexsort((p, -confidence))
    weight, square, missed = (np.cumsum(column[order]) for column in (rows.weight, rows.square, wrong))
    last = np.flatnonzero(np.r_[np.diff(confidence[order]) < 0.0, True])
    wanted = np.searchsorted(weight[last], rows.total * np.arange(1, points + 1) / points * (1.0 - 1e-12))
    found = []
    for at in last[np.unique(wanted)]:
        n, risk = float(weight[at] ** 2 / square[at]), float(np.clip(missed[at] / weight[at], 0.0, 1.0))
        low, high = wilson(risk, n)
        found.append(
            RiskCoveragePoint(float(confidence[order[at]]), float(weight[at] / rows.total), risk, low, high, n)
        )
    return tuple(found)


def log_losses(probabilities: ArrayLike, targets: ArrayLike) -> Array:
    """`-y log p - (1-y) log(1-p)` of each row, in nats; a probability of exactly 0 or 1 counts as 1e-12 from it."""
    p, y, _ = labelled_probabilities(probabilities, targets, None)
    p = np.clip(p, 1e-12, 1.0 - 1e-12)
    return -y * np.log(p) - (1.0 - y) * np.log1p(-p)


def effective_size(weights: ArrayLike) -> float:
    """Kish's `(sum w)^2 / sum w^2`: as many equally weighted rows would say as much. 0 without weight."""
    w = np.asarray(weights, dtype=float)
    squares = float(np.square(w).sum())
    return float(w.sum()) ** 2 / squares if squares > 0.0 else 0.0


def scaled_to_effective(weights: ArrayLike) -> Array:
    """The same weights scaled so that their sum is their effective size: what `fitting.fit` counts as labels."""
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


@dataclass(frozen=True)
class CurveBins:
    """The bins of a curve as columns; `of` is the bin of each of the binned rows."""

    of: NDArray[np.intp]
    low: Array
    high: Array
    predicted: Array
    observed: Array
    count: Array
    effective: Array
    mass: Array


def curve_bins(rows: BinnedRows) -> CurveBins:
    """Bins of about equal weight; rows, and with them equal probabilities, stay whole."""
    n = float(rows.total**2 / rows.square.sum())
    starts = equal_mass_starts(rows.weight, bin_count(n))
    weight, square, violations, count, mass = (
        np.add.reduceat(column, starts)
        for column in (rows.weight, rows.square, rows.violations, rows.count, rows.weight * rows.probability)
    )
    return CurveBins(
        of=np.searchsorted(starts, np.arange(len(rows.weight)), side="right") - 1,
        low=rows.probability[starts],
        high=rows.probability[np.r_[starts[1:], len(rows.weight)] - 1],
        predicted=np.clip(mass / weight, 0.0, 1.0),
        observed=np.clip(violations / weight, 0.0, 1.0),
        count=count,
        effective=weight**2 / square,
        mass=weight / rows.total,
    )


def drawn_shares(rows: BinnedRows, binned: CurveBins, seed: int) -> Array:
    """(draws, bins): the observed share of each bin under labels drawn from the probabilities."""
    coarse = rows.coarser(FINE_BINS, within=binned.of)
    starts = np.searchsorted(coarse.probability, binned.low)
    return np.add.reduceat(coarse.drawn(DRAWS, seed), starts, axis=1) / (binned.mass * rows.total)


def _debiased(binned: CurveBins, observed: Array) -> Array:
    """The error minus what sampling noise adds to it (Kumar, Liang and Ma 2019, for the absolute error).

    `observed` is (..., bins). A bin's gap d, measured with standard error s, comes out as E|N(d, s)| on average, which
    is above |d|.
    """
    n = binned.effective
    gap = np.abs(observed - binned.predicted)
    share = (observed * n + 0.5) / (n + 1.0)
    s = np.sqrt(share * (1.0 - share) / n)
    folded = s * np.sqrt(2.0 / np.pi) * np.exp(-np.square(gap / s) / 2.0) + gap * (1.0 - 2.0 * ndtr(-gap / s))
    error: Array = np.maximum(0.0, (2.0 * gap - folded) @ binned.mass)
    return error
