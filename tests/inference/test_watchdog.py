"""The e-detector: what it refuses, its two forms, false alarms and delays."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.guarantees.watchdog import expected_delays, tune, watch


def outcomes(n: int, risk: float, rate: float = 0.2, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Drawn, rate and wrong (NaN where not drawn) of n outcomes."""
    rng = np.random.default_rng(seed)
    drawn = rng.random(n) < rate
    return drawn, np.full(n, rate), np.where(drawn, (rng.random(n) < risk).astype(float), np.nan)


@pytest.mark.parametrize(("risk", "rate", "per_year"), [(0.0, 0.2, 10), (1.0, 0.2, 10), (0.1, 0.0, 10), (0.1, 0.2, 0)])
def test_it_refuses_what_is_no_promise(risk: float, rate: float, per_year: float) -> None:
    with pytest.raises(ValueError, match="watchdog needs"):
        tune(risk, rate, per_year)


def test_it_refuses_malformed_outcomes() -> None:
    with pytest.raises(ValueError, match="rates"):
        watch([True], [0.0], [0.0], risk=0.01, per_year=1000, planned=0.2)
    with pytest.raises(ValueError, match="wrong in 0 to 1"):
        watch([True], [0.2], [2.0], risk=0.01, per_year=1000)
    with pytest.raises(ValueError, match="one length"):
        watch([True], [0.2, 0.2], [0.0], risk=0.01, per_year=1000)


def test_one_step_is_the_formula() -> None:
    bets = tune(0.01, 0.5, 1000).lambdas

    def value(drawn: bool, wrong: float) -> float:
        return float(watch([drawn], [0.5], [wrong], risk=0.01, per_year=1000).values[0])

    assert value(True, 1.0) == pytest.approx(np.mean([1.0 + bet * (1.0 / 0.5 - 0.01) for bet in bets]))
    assert value(True, 0.0) == pytest.approx(np.mean([1.0 - bet * 0.01 for bet in bets]))
    assert value(True, 0.0) == value(False, math.nan) == value(True, math.nan)


def plainly(
    drawn: np.ndarray, rate: np.ndarray, wrong: np.ndarray, risk: float, bets: tuple[float, ...]
) -> list[float]:
    """The detector after each outcome, by the recurrence that defines it."""
    parts, values = np.zeros(len(bets)), []
    for each in range(len(drawn)):
        seen = wrong[each] / rate[each] if drawn[each] and not math.isnan(wrong[each]) else 0.0
        parts = (parts + 1.0) * (1.0 + np.array(bets) * (seen - risk))
        values.append(float(parts.mean()))
    return values


@settings(max_examples=15)
@given(seed=st.integers(0, 1000), risk=st.sampled_from([0.01, 0.05, 0.2]))
def test_outcome_by_outcome_equals_all_at_once(seed: int, risk: float) -> None:
    drawn, rate, wrong = outcomes(300, risk, seed=seed)
    found = watch(drawn, rate, wrong, risk=0.01, per_year=200)
    tuned = tune(0.01, 0.2, 200)
    values = plainly(drawn, rate, wrong, 0.01, tuned.lambdas)
    assert found.values == pytest.approx(values, rel=1e-9)
    assert found.alarm_at == next((index for index, value in enumerate(values) if value >= tuned.level), None)


def test_a_late_ruling_counts_at_its_place() -> None:
    drawn, rate, wrong = outcomes(200, 0.5)
    late = np.flatnonzero(wrong == 1.0)[3]
    before = watch(drawn, rate, np.where(np.arange(200) == late, np.nan, wrong), risk=0.01, per_year=1e9)
    after = watch(drawn, rate, wrong, risk=0.01, per_year=1e9)
    assert (before.values[:late] == after.values[:late]).all()
    assert (before.values[late:] < after.values[late:]).all()


def test_nothing_is_watched_before_the_first_outcome() -> None:
    assert watch([], [], [], risk=0.01, per_year=100).alarm_at is None


def test_a_kept_promise_hardly_ever_alarms_within_a_year() -> None:
    """At the promised risk itself: 5 % of years at the most."""
    alarms = sum(
        watch(*outcomes(4000, 0.02, 0.3, seed), risk=0.02, per_year=4000).alarm_at is not None for seed in range(300)
    )
    assert alarms <= 24


@pytest.mark.parametrize("times", [2, 5])
def test_delays_are_what_simulated_outcomes_show(times: int) -> None:
    found = expected_delays(0.02, 0.3, 4000, times=(times,), runs=300)[times]
    seen = [watch(*outcomes(12_000, 0.02 * times, 0.3, seed), risk=0.02, per_year=4000).alarm_at for seed in range(80)]
    assert found.mean == pytest.approx(np.mean([12_000 if each is None else each + 1 for each in seen]), rel=0.2)
    assert found.weeks == pytest.approx(found.mean / 4000 * 365.25 / 7)


def test_a_bigger_rise_is_noticed_sooner() -> None:
    found = expected_delays(0.01, 0.1, 50_000)
    assert found[5].mean < found[3].mean < found[2].mean
    assert expected_delays(0.01, 0.1, 50_000) == found
