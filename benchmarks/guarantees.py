"""Whether promises are kept: years of made-up sources with known truth, and the watchdog over their outcomes.

*Broken* is a source where the true risk of any rung in force on any night is above its risk target. One in five
sources is hopeless: no rung of it would keep the target, so that every certificate there is a false one. The naive way
takes, each night, the lowest rung beyond which at most the target's share of the labels was wrong. Nothing here is a
speed.
"""

import sys
from statistics import median

import numpy as np

from benchmarks.deployments import FLOOR, NIGHTS, RISK_TARGET, SUPERVISED, Source, Year, lived, made_source
from benchmarks.report import Figure, figure
from inference.guarantees.watchdog import Watch, expected_delays, watch

SIZES = {
    "tiny": (4, 1, 2),
    "small": (50, 10, 100),
    "full": (500, 60, 500),
}  # stationary years, worsening ones for each rise, exact ones
HOPELESS_EVERY = 5
WATCHED = 100  # of the stationary years
TURNS = 180  # night
RISES = (2, 3, 5)
EXACT_OUTCOMES, EXACT_RATE = 50_000, 0.05  # of the years at exactly the promised risk


def run(size: str) -> list[Figure]:
    """Stationary years, then years in which the risk rises, then the watchdog at exactly the promised risk."""
    stationary, worsening, exact = SIZES[size]
    return _stationary(stationary, size) + _worsening(worsening, size) + _exact(exact, size)


def _stationary(count: int, size: str) -> list[Figure]:
    years: list[tuple[Source, Year]] = []
    false_alarms, watched = 0, 0
    for seed in range(count):
        _say("stationary year", seed, count)
        rng = np.random.default_rng([1, seed])
        source = made_source(rng, hopeless=seed % HOPELESS_EVERY == 0)
        years.append((source, lived(source, rng)))
        if watched < WATCHED and years[-1][1].outcomes.sum() and not _broken(*years[-1]):
            watched += 1
            false_alarms += _watched(years[-1][1], rng).alarm_at is not None
    most = 33 * count / 500
    possible = [(source, year) for source, year in years if source.best <= RISK_TARGET.risk]
    found = [(source, year) for source, year in possible if year.rungs[-1] is not None]
    gained = [source.beyond(year.rungs[-1]) / source.beyond(source.lowest(RISK_TARGET.risk)) for source, year in found]
    first = [next(night for night, rung in enumerate(year.rungs) if rung is not None) for _, year in found]
    of = f"of {count} sources, {count - len(possible)} of them hopeless"
    return [
        _count("broken promises, on any night", size, sum(_broken(*each) for each in years), at_most=most, note=of),
        _count(
            "broken promises, on the last night",
            size,
            sum(_broken_at_end(*each) for each in years),
            at_most=most,
            note=of,
        ),
        _count("broken promises, naive way", size, sum(_broken(s, y, naive=True) for s, y in years), note=of),
        _share("sources that found a rung", size, len(found), len(possible), at_least=0.5),
        _share(
            "sources that found a rung, naive way",
            size,
            sum(y.naive[-1] is not None for _, y in possible),
            len(possible),
        ),
        figure(
            "guarantees", "removed, of what could be", size, "share", gained, note="of traffic, where a rung was found"
        ),
        figure("guarantees", "nights until the first rung", size, "nights", first, note="where one was found"),
        figure(
            "guarantees",
            "certification attempts in a year",
            size,
            "attempts",
            [year.attempts for _, year in years],
            note="at most one a night",
        ),
        _share("watchdog: kept promises that alarmed within a year", size, false_alarms, watched, at_most=0.05),
    ]


def _worsening(count: int, size: str) -> list[Figure]:
    figures = []
    for rise in RISES:
        delays, expected, missed, seed = [], [], 0, 0
        while len(delays) + missed < count:
            _say(f"risk times {rise}, year", len(delays) + missed, count)
            rng = np.random.default_rng([2, rise, seed])
            seed += 1
            source = made_source(rng, hopeless=False)
            year = lived(source, rng, source.worsened(rise * RISK_TARGET.risk), TURNS)
            if year.rungs[TURNS] is None:
                continue
            found, outcomes = _watched(year, rng), year.outcomes.sum(axis=(1, 2))
            night = NIGHTS if found.alarm_at is None else int(np.searchsorted(np.cumsum(outcomes), found.alarm_at + 1))
            delay = expected_delays(RISK_TARGET.risk, FLOOR, float(outcomes.sum()), times=(rise,), runs=100)[rise]
            expected.append(delay.mean / max(1.0, float(outcomes[TURNS:].mean())))
            missed += found.alarm_at is None
            delays += [] if found.alarm_at is None else [float(night - TURNS)]
        note = f"{missed} of {count} not noticed in the year; {median(expected):.0f} expected, at the median"
        figures.append(
            figure(
                "guarantees",
                f"watchdog: delay at {rise} times the target",
                size,
                "nights",
                delays or [NIGHTS],
                note=note,
            )
        )
    return figures


def _exact(count: int, size: str) -> list[Figure]:
    alarms = 0
    for seed in range(count):
        rng = np.random.default_rng([3, seed])
        drawn = rng.random(EXACT_OUTCOMES) < EXACT_RATE
        wrong = np.where(drawn, (rng.random(EXACT_OUTCOMES) < RISK_TARGET.risk).astype(float), np.nan)
        rate = np.full(EXACT_OUTCOMES, EXACT_RATE)
        alarms += watch(drawn, rate, wrong, risk=RISK_TARGET.risk, per_year=EXACT_OUTCOMES).alarm_at is not None
    return [_share("watchdog: years at exactly the risk target that alarmed", size, alarms, count, at_most=0.05)]


def _watched(year: Year, rng: np.random.Generator) -> Watch:
    """The watchdog over a year's outcomes, in a random order within each night."""
    counts = year.outcomes.ravel()
    night, rate, kind = (np.repeat(each.ravel(), counts) for each in np.indices(year.outcomes.shape))
    order = np.lexsort((rng.random(len(night)), night))
    rate = np.array([SUPERVISED, FLOOR])[rate[order]]
    wrong = np.array([np.nan, 0.0, 1.0])[kind[order]]
    return watch(kind[order] > 0, rate, wrong, risk=RISK_TARGET.risk, per_year=float(len(night)), planned=FLOOR)


def _broken(source: Source, year: Year, *, naive: bool = False) -> bool:
    return any(source.risk(rung) > RISK_TARGET.risk for rung in set(year.naive if naive else year.rungs))


def _broken_at_end(source: Source, year: Year) -> bool:
    return source.risk(year.rungs[-1]) > RISK_TARGET.risk


def _count(name: str, size: str, value: int, *, at_most: float | None = None, note: str = "") -> Figure:
    return figure("guarantees", name, size, "sources", [value], at_most=at_most, note=note)


def _share(
    name: str, size: str, part: int, whole: int, *, at_least: float | None = None, at_most: float | None = None
) -> Figure:
    samples = [part / max(1, whole)]
    return figure(
        "guarantees", name, size, "share", samples, at_least=at_least, at_most=at_most, note=f"{part} of {whole}"
    )


def _say(what: str, number: int, count: int) -> None:
    if number % 25 == 0:
        print(f"{what} {number + 1} of {count}", file=sys.stderr, flush=True)
