"""Whether automatic actions got worse than promised: an e-detector over every outcome, in the order of selection. Pure.

Shiryaev-Roberts (Shin, Ramdas and Rinaldo 2023): `R <- (R + 1) (1 + lambda (S L / pi - alpha))`, S whether the
outcome's message was drawn into the cohort, L whether it was wrong, pi its rate, alpha the promised risk. While the
risk is at most alpha, R grows by at most 1 an outcome on average, so that an alarm at 20 times the outcomes of a year
is false at most once in 20 years. Unlike an e-process it has no wealth to spend while all is well. Several lambdas,
fixed beforehand, are mixed: one for each rise of the risk that is to be noticed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
YEARS = 20.0  # between false alarms, at the least
RISES = (1.5, 2.0, 3.0, 5.0, 10.0)  # of the risk, each with its best lambda
LARGEST = 1e100  # what R is held at: beyond any alarm, and far from overflow


@dataclass(frozen=True)
class Watchdog:
    """The promised `risk`, the alarm `level` of the detector, and its bets."""

    risk: float
    level: float
    lambdas: tuple[float, ...]


@dataclass(frozen=True)
class Watch:
    """The detector's value after each outcome, the first that alarmed (its index, or None), and the alarm level."""

    values: Array
    alarm_at: int | None
    level: float


@dataclass(frozen=True)
class Delay:
    """Outcomes from a rise of the risk to the alarm: mean and median over `runs` simulated ones.

    `weeks` is the mean at the given outcomes a year. A run that has not alarmed after outcomes that hold a thousand
    wrong ones in the cohort counts as that long.
    """

    mean: float
    median: float
    weeks: float
    runs: int


def tune(risk: float, rate: float, per_year: float) -> Watchdog:
    """A watchdog of the promised `risk`, tuned for the planned cohort rate and the automatic outcomes of a year.

    The rate only tunes the lambdas: the detector holds whatever the rates come to be. Raises ValueError unless risk and
    rate lie in 0 to 1 and the outcomes above 0.
    """
    if not (0.0 < risk < 1.0 and 0.0 < rate <= 1.0 and per_year > 0.0):
        raise ValueError("a watchdog needs a risk and a rate in 0 to 1, and some outcomes a year")
    return Watchdog(risk, YEARS * per_year, _lambdas(risk, rate))


def watch(
    drawn: ArrayLike, rate: ArrayLike, wrong: ArrayLike, *, risk: float, per_year: float, planned: float | None = None
) -> Watch:
    """The detector over n stored outcomes in the order of selection, late labels at their place.

    `wrong` is NaN where there is no label (which counts as right until there is one). `planned` is the rate that the
    lambdas were tuned for (that of the first outcome, where not given). Raises ValueError for columns of unequal
    length, rates outside (0, 1] and shares outside 0 to 1.
    """
    d, r, w = np.asarray(drawn, dtype=bool), np.asarray(rate, dtype=float), np.asarray(wrong, dtype=float)
    if d.ndim != 1 or d.shape != r.shape or d.shape != w.shape:
        raise ValueError(f"drawn, rate and wrong are rows of one length, not {d.shape}, {r.shape}, {w.shape}")
    if not len(d):
        return Watch(np.zeros(0), None, YEARS * per_year)
    tuned = tune(risk, float(r[0]) if planned is None else planned, per_year)
    excess = _excess(d, r, w, risk)
    values = np.zeros(len(d))
    for each in tuned.lambdas:
        values += _detector(np.log1p(each * excess)) / len(tuned.lambdas)
    over = np.flatnonzero(values >= tuned.level)
    return Watch(values, int(over[0]) if len(over) else None, tuned.level)


def expected_delays(
    risk: float, rate: float, per_year: float, times: Sequence[int] = (2, 3, 5), *, seed: int = 0, runs: int = 400
) -> dict[int, Delay]:
    """How long until a risk that rises to so many times the promised one is noticed, simulated from a fresh start.

    Jumps from one wrong cohort outcome to the next, since in between the detector only drifts towards its resting
    value.
    """
    tuned = tune(risk, rate, per_year)
    rng = np.random.default_rng(seed)
    return {each: _delay(_simulated(tuned, rate, min(1.0, each * risk), rng, runs), per_year) for each in times}


def _lambdas(risk: float, rate: float) -> tuple[float, ...]:
    """For each rise the bet that grows fastest: Kelly's, on a draw that is wrong with the chance rate * rise * risk."""
    won = np.minimum(rate * np.array(RISES) * risk, 0.9)
    kelly = won / risk - (1.0 - won) / (1.0 / rate - risk)
    return tuple(np.minimum(kelly, 0.5 / risk).tolist())


def _excess(drawn: NDArray[np.bool_], rate: Array, wrong: Array, risk: float) -> Array:
    """`S L / pi - alpha` of each outcome. Raises ValueError for rates or shares that are none."""
    if not ((rate > 0.0) & (rate <= 1.0)).all() or ((wrong < 0.0) | (wrong > 1.0)).any():
        raise ValueError("rates lie above 0 and at most at 1, and wrong in 0 to 1")
    return np.where(drawn & ~np.isnan(wrong), np.nan_to_num(wrong), 0.0) / rate - risk


def _detector(log_factors: Array) -> Array:
    """R after each outcome: `R_n = F_n sum_{k<=n} 1 / F_{k-1}`, F the running product of the factors."""
    along = np.cumsum(log_factors)
    log_values = along + np.logaddexp.accumulate(np.r_[0.0, -along[:-1]])
    return np.exp(np.minimum(log_values, np.log(LARGEST)))


def _simulated(tuned: Watchdog, rate: float, risk: float, rng: np.random.Generator, runs: int) -> Array:
    """Outcomes until the alarm in each run, at most `_longest`."""
    lambdas = np.array(tuned.lambdas)
    rest, hit = 1.0 - lambdas * tuned.risk, 1.0 + lambdas * (1.0 / rate - tuned.risk)
    parts, taken = np.zeros((runs, len(lambdas))), np.zeros(runs)
    going = np.ones(runs, dtype=bool)
    longest = _longest(tuned, rate, risk)
    while going.any():
        gap = rng.geometric(rate * risk, int(going.sum())).astype(float) - 1.0
        faded = rest ** gap[:, None]
        before = faded * parts[going] + rest * (1.0 - faded) / (1.0 - rest)
        parts[going] = (before + 1.0) * hit
        taken[going] += gap + 1.0
        going[going] = (parts[going].mean(axis=1) < tuned.level) & (taken[going] < longest)
    return np.minimum(taken, longest)


def _longest(tuned: Watchdog, rate: float, risk: float) -> float:
    """Outcomes beyond which a simulation gives up: those that hold a thousand wrong ones in the cohort."""
    return 1000.0 / (rate * risk)


def _delay(taken: Array, per_year: float) -> Delay:
    mean, weeks = float(taken.mean()), float(taken.mean() / per_year * 365.25 / 7.0)
    return Delay(mean, float(np.median(taken)), weeks, len(taken))
