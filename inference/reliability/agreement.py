"""How far people agree who judged the same items without sight of each other. Pure.

Every estimate has a 95 % interval. Items are drawn with replacement for it, since what two people say of one item is
not independent; the seed is fixed, so that the same decisions show the same figures.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import krippendorff
import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import cohen_kappa_score

from inference.reliability.curves import wilson
from inference.reliability.resampling import bootstrap_intervals

DRAWS = 400
LEAST = 10
"""Items below which nothing is said of agreement: the interval would be as wide as the scale."""


@dataclass(frozen=True)
class Estimate:
    """A figure on `n` items with its 95 % interval."""

    value: float
    low: float
    high: float
    n: int


def agreement(first: Sequence[str], second: Sequence[str], *, seed: int = 0, draws: int = DRAWS) -> dict[str, Estimate]:
    """Krippendorff's `alpha`, Cohen's `kappa` and the `share` of items on which first and second say the same.

    Empty below LEAST items; without alpha and kappa where everybody always says one and the same, since chance then
    explains all of it.
    """
    n = len(first)
    if n < LEAST:
        return {}
    values = sorted({*first, *second})
    index = {value: number for number, value in enumerate(values)}
    pairs = np.array([[index[a], index[b]] for a, b in zip(first, second, strict=True)])
    share = float(np.mean(pairs[:, 0] == pairs[:, 1]))
    found = {"share": _proportion(share, n)}
    if len(values) == 1:
        return found
    cells = pairs[:, 0] * len(values) + pairs[:, 1]

    def table(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        counts: NDArray[np.float64] = np.bincount(cells, weights, len(values) ** 2).astype(np.float64)
        return counts.reshape(len(values), len(values))

    known = {
        "alpha": float(krippendorff.alpha(pairs.T, level_of_measurement="nominal")),
        "kappa": float(cohen_kappa_score(pairs[:, 0], pairs[:, 1])),
    }
    # Of a draw only the table matters, and a table takes microseconds where the libraries take milliseconds.
    statistics = {"alpha": lambda weights: alpha_of(table(weights)), "kappa": lambda weights: kappa_of(table(weights))}
    intervals = bootstrap_intervals(statistics, np.ones(n), np.arange(n), draws=draws, seed=seed)
    for name, value in known.items():
        if interval := intervals[name]:
            found[name] = Estimate(value, *interval, n)
    return found


def alpha_of(table: NDArray[np.float64]) -> float:
    """Krippendorff's alpha of nominal values, from how often the first said the row and the second the column.

    NaN where only one value is there.
    """
    coincidences = table + table.T
    said, total = coincidences.sum(axis=1), coincidences.sum()
    by_chance = total**2 - (said**2).sum()
    return (
        float(1.0 - (total - 1.0) * (total - np.trace(coincidences)) / by_chance) if by_chance > 0.0 else float("nan")
    )


def kappa_of(table: NDArray[np.float64]) -> float:
    """Cohen's kappa from the same table; NaN where both always say one and the same."""
    total = table.sum()
    by_chance = float(table.sum(axis=1) @ table.sum(axis=0)) / total**2
    return float((np.trace(table) / total - by_chance) / (1.0 - by_chance)) if by_chance < 1.0 else float("nan")


def accuracy(right: int, n: int) -> Estimate | None:
    """The share of `n` known answers that was found, with Wilson's interval; None without any."""
    return _proportion(right / n, n) if n else None


def _proportion(share: float, n: int) -> Estimate:
    low, high = wilson(share, n)
    return Estimate(share, float(low), float(high), n)


def change(right: int, n: int, right_before: int, n_before: int) -> Estimate | None:
    """By how much a share differs from an earlier one of other items, in [-1, 1], with Newcombe's 95 % interval.

    `n` of the estimate is that of both. None where either has below LEAST items.
    """
    if min(n, n_before) < LEAST:
        return None
    now, before = right / n, right_before / n_before
    (low, high), (low_before, high_before) = wilson(now, n), wilson(before, n_before)
    down = float(np.hypot(now - low, high_before - before))
    up = float(np.hypot(high - now, before - low_before))
    return Estimate(now - before, now - before - down, now - before + up, n + n_before)
