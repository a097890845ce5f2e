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
    """A fold for each row, whole groups together, of about equal size whatever the order of the rows.

    The biggest groups first, each into the emptiest fold; groups of one row then fill up what is left.
    """
    _, member, size = np.unique(np.asarray(groups), return_inverse=True, return_counts=True)
    order = np.lexsort((np.random.default_rng(seed).permutation(len(size)), -size))
    load, fold_of = np.zeros(folds, dtype=np.intp), np.zeros(len(size), dtype=np.intp)
    bigger = int((size > 1).sum())
    for group in order[:bigger]:
        fold_of[group] = np.argmin(load)
        load[fold_of[group]] += size[group]
    fold_of[order[bigger:]] = _filled(load, len(size) - bigger)
    return fold_of[member]


def _filled(load: NDArray[np.intp], rows: int) -> NDArray[np.intp]:
    """Folds for single rows, always the emptiest (of equal ones the first): row by row, but all at once."""
    level = max(int(load.max()), -(-(int(load.sum()) + rows) // len(load)))
    free = np.concatenate([np.arange(taken, level) for taken in load])
    fold = np.repeat(np.arange(len(load)), level - load)
    return fold[np.lexsort((fold, free))][:rows]


def grouped_share(groups: ArrayLike, share: float, seed: int = 0) -> NDArray[np.bool_]:
    """About a `share` of the rows, whole groups together, in any order of the rows.

    The biggest groups first, each to the side that has more room left; the biggest of all is never among the chosen
    where the share is below a half.
    """
    _, member, size = np.unique(np.asarray(groups), return_inverse=True, return_counts=True)
    order = np.lexsort((np.random.default_rng(seed).permutation(len(size)), -size))
    room = np.array([1.0 - share, share]) * len(member)
    chosen = np.zeros(len(size), dtype=bool)
    for group in order:
        side = int(np.argmax(room))
        chosen[group] = side == 1
        room[side] -= size[group]
    taken: NDArray[np.bool_] = chosen[member]
    return taken
