"""The watchdog for shares of a class: false alarms are rare at the promised risk, a risen one is noticed."""

import numpy as np
import pytest

from inference.guarantees.class_watchdog import watch_class
from inference.guarantees.watchdog import YEARS, watch

RISK = 0.02
A_YEAR = 20_000


def traffic(rng, number, risk, rate_beyond=0.2, rate_else=0.05):
    """Drawn messages, half of them of the class, of which the share `risk` lies beyond the margin."""
    member = rng.random(number) < 0.5
    beyond = rng.random(number) < np.where(member, risk, 0.3)
    rate = np.where(beyond, rate_beyond, rate_else)
    drawn = rng.random(number) < rate
    return rate[drawn], beyond[drawn], member[drawn].astype(float)


def alarmed(rng, number, risk, per_year=A_YEAR):
    rate, beyond, member = traffic(rng, number, risk)
    found = watch_class(rate, np.full(len(rate), 0.05), beyond, member, risk=RISK, per_year=per_year)
    return found.alarm_at is not None


def test_it_keeps_still_at_exactly_the_promised_risk():
    rng = np.random.default_rng(0)
    assert sum(alarmed(rng, 400_000, RISK) for _ in range(20)) <= 1


def test_it_notices_a_risk_that_rose():
    rng = np.random.default_rng(1)
    assert sum(alarmed(rng, 400_000, 5 * RISK) for _ in range(10)) == 10


def test_what_is_not_decided_yet_raises_no_alarm():
    rate, beyond = np.full(2_000, 0.1), np.ones(2_000, dtype=bool)
    undecided = watch_class(rate, rate, beyond, np.full(2_000, np.nan), risk=RISK, per_year=1_000)
    decided = watch_class(rate, rate, beyond, np.ones(2_000), risk=RISK, per_year=1_000)
    assert (undecided.alarm_at, decided.alarm_at is None) == (None, False)
    assert undecided.level == YEARS * 1_000


def test_the_other_class_is_none_of_its_business():
    rate, beyond = np.full(50, 0.1), np.ones(50, dtype=bool)
    found = watch_class(rate, rate, beyond, np.zeros(50), risk=RISK, per_year=1_000)
    assert found.values.tolist() == pytest.approx(list(range(1, 51)))


def test_without_a_message_there_is_nothing_to_see():
    assert watch_class([], [], [], [], risk=RISK, per_year=10).alarm_at is None


@pytest.mark.parametrize(
    "changes", [{"risk": 0.0}, {"per_year": 0.0}, {"rate": [1.5]}, {"least_rate": [0.5]}, {"member": [1.0, 0.0]}]
)
def test_what_makes_no_sense_is_refused(changes):
    columns = {"rate": [0.2], "least_rate": [0.1], "beyond": [True], "member": [1.0], "risk": RISK, "per_year": 10.0}
    with pytest.raises(ValueError, match=r"a watchdog needs|rates lie|rows of one length"):
        watch_class(**{**columns, **changes})


def test_a_level_that_is_fixed_with_the_certificate_stays_quiet_when_traffic_falls():
    """26 weeks of heavy traffic, then 26 of a hundredth, at exactly the goal: a level of this week's volume is low."""
    rng, a_week, risk = np.random.default_rng(2), 4_000, 0.05
    number = 26 * a_week + 26 * a_week // 100
    false = {"fixed": 0, "of this week": 0}
    for _ in range(15):
        drawn, wrong = rng.random(number) < 0.2, (rng.random(number) < risk).astype(float)
        for name, volume in (("fixed", a_week), ("of this week", a_week / 100)):
            found = watch(drawn, np.full(number, 0.2), wrong, risk=risk, per_year=volume * 52, planned=0.2)
            false[name] += found.alarm_at is not None
    assert false["fixed"] <= 2
    assert false["of this week"] >= 8, "else this test shows nothing"
