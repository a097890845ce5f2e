"""Seeded draws: labels as the probabilities themselves would give them, and samples of whole groups. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Statistic = Callable[[Array], float]


@dataclass(frozen=True)
class Pooled:
    """Rows alike in probability (to four places), weight and bin, counted; `drawn` simulates their violations."""

    probability: Array
    weight: Array
    count: NDArray[np.intp]
    bin: NDArray[np.intp]

    def drawn(self, draws: int, seed: int) -> NDArray[np.int64]:
        """Violations among each pool's rows, (draws, pools), as if the probabilities were true."""
        return np.random.default_rng(seed).binomial(self.count, self.probability, (draws, len(self.count)))


def pooled(probabilities: Array, weights: Array, bins: NDArray[np.intp]) -> Pooled:
    """Rows of one length, pooled where they are alike, so that a million rows simulate as fast as a few thousand."""
    rounded = np.round(probabilities, 4)
    order = np.lexsort((probabilities, weights, rounded, bins))
    p, w, b, r = probabilities[order], weights[order], bins[order], rounded[order]
    new = (np.diff(r) != 0.0) | (np.diff(w) != 0.0) | (np.diff(b) != 0)
    starts = np.flatnonzero(np.r_[True, new])
    count = np.diff(np.r_[starts, len(p)])
    return Pooled(np.add.reduceat(p, starts) / count, w[starts], count, b[starts])


def bootstrap_interval(
    statistic: Statistic, weights: Array, groups: Sequence[Any] | NDArray[Any], *, draws: int = 400, seed: int = 0
) -> tuple[float, float] | None:
    """The middle 95 % of `statistic(weights)` when whole groups are drawn with replacement.

    `groups` names each row's group (its author, or its text): rows of one group are not independent. A draw for
    which the statistic is undefined (NaN) is left out; None where fewer than half are left, or there is one group.
    """
    _, member = np.unique(np.asarray(groups), return_inverse=True)
    number = int(member.max()) + 1
    if number < 2:
        return None
    rng = np.random.default_rng(seed)
    chances = np.full(number, 1.0 / number)
    values = np.array([statistic(weights * rng.multinomial(number, chances)[member]) for _ in range(draws)])
    values = values[~np.isnan(values)]
    if len(values) * 2 < draws:
        return None
    low, high = np.quantile(values, [0.025, 0.975])
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
