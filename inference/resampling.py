"""Seeded draws of whole groups: bootstrap samples and folds. Pure."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Statistic = Callable[[Array], float]


def mean_by_weights(values: ArrayLike) -> Statistic:
    """The mean of n values as a function of their weights."""
    numbers = np.asarray(values, dtype=float)
    return lambda weights: float(weights @ numbers / weights.sum())


def bootstrap_intervals(
    statistics: Mapping[str, Statistic], weights: Array, groups: ArrayLike, *, draws: int = 400, seed: int = 0
) -> dict[str, tuple[float, float] | None]:
    """The middle 95 % of each `statistic(weights)` when whole groups are drawn with replacement.

    `groups` names each row's group (its author, or its text): rows of one group are not independent. Draws for which
    a statistic is undefined (NaN) are left out; None where fewer than half are left, or there is one group.
    """
    _, member = np.unique(np.asarray(groups), return_inverse=True)
    number = int(member.max()) + 1
    if number < 2:
        return dict.fromkeys(statistics)
    rng = np.random.default_rng(seed)
    values: dict[str, list[float]] = {name: [] for name in statistics}
    for _ in range(draws):
        drawn = weights * np.bincount(rng.integers(number, size=number), minlength=number)[member]
        for name, statistic in statistics.items():
            values[name].append(statistic(drawn))
    return {name: _middle(np.array(found)) for name, found in values.items()}


def _middle(values: Array) -> tuple[float, float] | None:
    defined = values[~np.isnan(values)]
    if len(defined) * 2 < len(values):
        return None
    low, high = np.quantile(defined, [0.025, 0.975])
    return float(low), float(high)


def group_folds(groups: ArrayLike, folds: int, seed: int = 0) -> NDArray[np.intp]:
    """A fold for each row, whole groups together, of about equal size whatever the order of the rows."""
    _, member, size = np.unique(np.asarray(groups), return_inverse=True, return_counts=True)
    tiebreak = np.random.default_rng(seed).permutation(len(size))
    load, fold_of = np.zeros(folds), np.zeros(len(size), dtype=np.intp)
    for group in np.lexsort((tiebreak, -size)):
        fold_of[group] = np.argmin(load)
        load[fold_of[group]] += size[group]
    return fold_of[member]
