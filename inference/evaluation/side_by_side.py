"""Models compared on the same labelled texts: figures of each, and the intervals of their paired differences. Pure."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.evaluation.evaluate import Divided, Scored, divided
from inference.guarantees.certify import certify
from inference.guarantees.risk_targets import RiskTarget
from inference.guarantees.traffic import Traffic, drawn_at_rates
from inference.reliability.curves import log_losses
from inference.reliability.ranking import auroc_by_weights
from inference.reliability.resampling import Statistic, bootstrap_intervals, mean_by_weights

Array = NDArray[np.float64]
Figures = dict[str, Any]

NAMES = ("auroc", "log_loss", "coverage", "to_people")
"""The figures of each model; `to_people` is the share that the certified thresholds leave, `coverage` the rest."""


def side_by_side(
    scored: Sequence[Scored],
    *,
    rates: Array | None = None,
    risk: float = 0.05,
    fraction: float = 0.5,
    seed: int = 0,
) -> list[Figures]:
    """Figures of each model, and for all but the first, which is the baseline, `differences` from it.

    `scored` are of the same rows in the same order. The rows that fit and the rows that measure are the same for all,
    as in `evaluate`. `risk` is the most that may be wrong among what is removed, and among what is allowed. The same
    draws of whole texts give every model its value, so that an interval is that of the difference and not of two models
    apart. `fewer_cases` is the share of the baseline's cases for people that a model would have saved at the same risk:
    negative where it sends more. A figure is None where nothing can be fitted. `rates` are those, in (0, 1], at which
    the rows were drawn from the traffic that figures are meant for; None where they are all of it. Raises ValueError as
    `evaluate` does.
    """
    rates = np.ones(len(scored[0].flags)) if rates is None else rates
    parts = [divided(each, fraction=fraction, seed=seed, weights=1.0 / rates) for each in scored]
    statistics = [_statistics(each, part, rates, risk) for each, part in zip(scored, parts, strict=True)]
    first = parts[0]
    weights, group = 1.0 / rates[~first.fitted], first.group[~first.fitted]
    compared = [_compared(weights, group, statistics[0], each, seed) for each in statistics]
    for figures in compared:
        figures.update(n=len(weights), n_calibrate=int(first.fitted.sum()))
    return compared


def _statistics(scored: Scored, part: Divided, rates: Array, risk: float) -> dict[str, Statistic]:
    """Each figure of one model as a function of the measured rows' weights."""
    on = part.on
    found: dict[str, Statistic] = {"auroc": auroc_by_weights(on.margins, on.flags)}
    if on.probabilities is not None:
        found["log_loss"] = mean_by_weights(log_losses(on.probabilities, on.flags))
    fitted = part.fitted
    traffic = drawn_at_rates(scored.margins[fitted], scored.flags[fitted], rates[fitted])
    people = _to_people(traffic, on.margins, risk)
    found["to_people"] = mean_by_weights(people)
    found["coverage"] = mean_by_weights(~people)
    return found


def _to_people(labelled: Traffic, judged: Array, risk: float) -> NDArray[np.bool_]:
    """Which texts go to people, between the thresholds that the fitted part certifies for both risks."""
    remove = certify(labelled, RiskTarget("wrong_removals", risk), attempt=None).margin
    allow = certify(labelled, RiskTarget("misses_per_allowed", risk), above=False, attempt=None).margin
    above = judged >= remove if remove is not None else np.zeros(len(judged), dtype=bool)
    below = judged <= allow if allow is not None else np.zeros(len(judged), dtype=bool)
    return np.asarray(~(above | below))


def _compared(
    weights: Array, group: NDArray[np.intp], base: dict[str, Statistic], model: dict[str, Statistic], seed: int
) -> Figures:
    values: Figures = {name: model[name](weights) if name in model else None for name in NAMES}
    if base is model:
        return {**values, "differences": {}}
    both = [name for name in NAMES if name in base and name in model]
    differences = {name: _difference(model[name], base[name]) for name in both}
    differences["fewer_cases"] = _saved(model["to_people"], base["to_people"])
    intervals = bootstrap_intervals(differences, weights, group, seed=seed)
    return {
        **values,
        "differences": {
            name: {
                "value": _or_none(difference(weights)),
                "interval": list(found) if (found := intervals[name]) else None,
            }
            for name, difference in differences.items()
        },
    }


def _difference(model: Statistic, base: Statistic) -> Callable[[Array], float]:
    return lambda weights: model(weights) - base(weights)


def _saved(model: Statistic, base: Statistic) -> Callable[[Array], float]:
    """The share of the baseline's cases that the model would not have sent; NaN where the baseline sends none."""

    def share(weights: Array) -> float:
        cases = base(weights)
        return 1.0 - model(weights) / cases if cases else float("nan")

    return share


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else value
