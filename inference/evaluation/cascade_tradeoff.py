"""What a cascade would do for bands of different widths, from the margins of both models on the same labels. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import logit

from inference.calibration.cascade_scale import fit_scale
from inference.calibration.fitting import CannotFit, fit_platt
from inference.reliability.curves import scaled_to_effective
from inference.reliability.labelled_rows import labelled_rows
from inference.reliability.resampling import Statistic, bootstrap_intervals, group_folds, mean_by_weights

Array = NDArray[np.float64]
Interval = tuple[float, float] | None
SHARES = (0.0, 0.05, 0.1, 0.2, 0.4, 0.7, 1.0)
"""Of messages that the second model reads: from the first alone to the second alone."""
FOLDS = 5


@dataclass(frozen=True)
class Point:
    """One band: `read` labelled texts, `share` of all (weighted), lie in it and are left to the second model.

    `people`: the share whose probability says neither that they are violations nor that they are benign at the risk.
    `fewer`: how much less that is than with the first alone, as a part of it. `error`: the share of wrong flags among
    the surest, as many as the first alone decides. Each with its 95 % interval, None where it is undefined.
    """

    low: float
    high: float
    slope: float
    offset: float
    read: int
    share: float
    people: float
    people_interval: Interval
    fewer: float | None
    fewer_interval: Interval
    error: float | None
    error_interval: Interval


@dataclass(frozen=True)
class TradeOff:
    """The points that could be fitted, the narrowest band first; on `labels` texts, at `risk`; and why others not."""

    points: tuple[Point, ...]
    labels: int
    risk: float
    left_out: str = ""


def trade_off(
    first: ArrayLike,
    second: ArrayLike,
    targets: ArrayLike,
    weights: ArrayLike,
    groups: ArrayLike,
    *,
    risk: float = 0.05,
    shares: Sequence[float] = SHARES,
    seed: int = 0,
) -> TradeOff:
    """A point for each share of messages that the second may read: those on which the first is least sure.

    Scale and calibrator (Platt's, for every band alike) are cross-fitted over `groups`: no text is read through what
    was fitted on it. Raises CannotFit where the labels fit no calibrator for the first alone.
    """
    z, y, w = labelled_rows(first, targets, weights)
    there = np.asarray(weights, dtype=float) > 0.0
    other, group = np.asarray(second, dtype=float)[there], np.asarray(groups)[there]
    rows = _Rows(z, other, y, w, group_folds(group, FOLDS, seed))
    doubt = np.abs(logit(fit_platt(z, y, scaled_to_effective(w)).predict(z)))
    found: list[tuple[NDArray[np.bool_], Array, tuple[float, float]]] = []
    left_out = ""
    for share in shares:
        deferred = _nearest(doubt, w, share)
        try:
            found.append((deferred, *rows.read(deferred)))
        except CannotFit as error:
            if not deferred.any():
                raise
            left_out = str(error)
    points = _points(rows, found, group, risk, seed)
    return TradeOff(points, len(z), risk, left_out)


@dataclass(frozen=True)
class _Rows:
    first: Array
    second: Array
    targets: Array
    weights: Array
    folds: NDArray[np.intp]

    def read(self, deferred: NDArray[np.bool_]) -> tuple[Array, tuple[float, float]]:
        """Cross-fitted probabilities of the cascade that defers these rows, and the scale that all rows give."""
        p = np.empty(len(self.first))
        for fold in np.unique(self.folds):
            here, rest = self.folds == fold, self.folds != fold
            margins = self._margins(deferred, self._scale(deferred, rest))
            calibrator = fit_platt(margins[rest], self.targets[rest], scaled_to_effective(self.weights[rest]))
            p[here] = calibrator.predict(margins[here])
        return p, self._scale(deferred, np.ones(len(p), dtype=bool))

    def _scale(self, deferred: NDArray[np.bool_], rows: NDArray[np.bool_]) -> tuple[float, float]:
        if not deferred.any():
            return 1.0, 0.0
        inside = rows & deferred
        w = self.weights
        return fit_scale(
            (self.first[rows], self.targets[rows], scaled_to_effective(w[rows])),
            (self.second[inside], self.targets[inside], scaled_to_effective(w[inside])),
        )

    def _margins(self, deferred: NDArray[np.bool_], scale: tuple[float, float]) -> Array:
        return np.where(deferred, scale[0] * self.second + scale[1], self.first)


def _nearest(doubt: Array, weights: Array, share: float) -> NDArray[np.bool_]:
    """The rows whose logit is nearest to even chances, at most `share` of all: what lies in a band of margins."""
    order = np.argsort(doubt, kind="stable")
    reached = np.cumsum(weights[order]) / weights.sum()
    number = int(np.searchsorted(reached, share + 1e-12, side="right"))
    return doubt <= doubt[order[number - 1]] if number else np.zeros(len(doubt), dtype=bool)


def _points(
    rows: _Rows,
    found: Sequence[tuple[NDArray[np.bool_], Array, tuple[float, float]]],
    groups: Array,
    risk: float,
    seed: int,
) -> tuple[Point, ...]:
    y, w = rows.targets, rows.weights
    undecided = [(p > risk) & (p < 1.0 - risk) for _, p, _ in found]
    covered = float(w @ ~undecided[0] / w.sum())
    statistics: dict[str, Statistic] = {}
    for number, (_, p, _) in enumerate(found):
        surest = _nearest(-np.abs(logit(p)), w, covered)
        statistics[f"people{number}"] = mean_by_weights(undecided[number])
        statistics[f"fewer{number}"] = _fewer(undecided[number], undecided[0])
        statistics[f"error{number}"] = _error(surest, np.where(p >= 0.5, 1.0 - y, y))
    values = {name: statistic(w) for name, statistic in statistics.items()}
    spans = bootstrap_intervals(statistics, w, groups, seed=seed)

    def both(name: str) -> tuple[float | None, Interval]:
        return (None, None) if np.isnan(values[name]) else (values[name], spans[name])

    return tuple(
        Point(
            *_ends(rows.first, deferred),
            *scale,
            int(deferred.sum()),
            float(w @ deferred / w.sum()),
            values[f"people{number}"],
            spans[f"people{number}"],
            *both(f"fewer{number}"),
            *both(f"error{number}"),
        )
        for number, (deferred, _, scale) in enumerate(found)
    )


def _ends(first: Array, deferred: NDArray[np.bool_]) -> tuple[float, float]:
    inside = first[deferred]
    return (float(inside.min()), float(inside.max())) if len(inside) else (0.0, 0.0)


def _fewer(now: NDArray[np.bool_], alone: NDArray[np.bool_]) -> Statistic:
    def found(weights: Array) -> float:
        before = float(weights @ alone)
        return 1.0 - float(weights @ now) / before if before else float("nan")

    return found


def _error(surest: NDArray[np.bool_], wrong: Array) -> Statistic:
    def found(weights: Array) -> float:
        total = float(weights @ surest)
        return float(weights @ (surest * wrong)) / total if total else float("nan")

    return found
