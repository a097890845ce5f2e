"""The what-if counts what a policy would do, and says how wrong it would be only where people judged blind."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.reliability.curves import wilson
from review.policy.whatif import LabelHistogram, Sample, Scale, effect
from review.registry.ladder import SetupKey, parse

PAIR = SetupKey("a" * 64, 1)
MARGINS = np.linspace(-3.95, 3.95, 80)
PROBABILITIES = 1 / (1 + np.exp(-MARGINS))
SCALE = Scale(MARGINS, {"toxicity": PROBABILITIES}, PROBABILITIES, PAIR)
NONE = np.zeros(80)
UNJUDGED = LabelHistogram(NONE, NONE, NONE, NONE)


def ladders(hide=0.9, **hiding):
    rungs = [{"at": 0, "action": "allow"}, {"at": 0.2, "action": "review"}, {"at": hide, "action": "hide", **hiding}]
    return parse({"default": rungs})


def sample(counts, label_histograms=None, unrouted=0):
    return Sample({"toxicity": counts}, unrouted, {"toxicity": label_histograms or UNJUDGED})


def at(probability, number):
    bins = np.zeros(80, dtype=np.int64)
    bins[int(np.searchsorted(PROBABILITIES, probability))] = number
    return bins


def ruled(probability, labels, violations, rate=1.0):
    where = at(probability, 1)
    return LabelHistogram(where * labels, where * labels / rate, where * labels / rate**2, where * violations / rate)


def test_it_counts_by_action_and_what_people_see():
    found = effect(sample(at(0.05, 100) + at(0.5, 10) + at(0.95, 4), unrouted=3), ladders(), SCALE, 0.1)
    assert found.actions == {"allow": 100, "review": 13, "hide": 4, "remove": 0}
    assert found.seen == pytest.approx(3 + 10 + 0.1 * 104)
    assert found.share("allow") == pytest.approx(100 / 117)


def test_people_see_all_that_is_supervised():
    found = effect(sample(at(0.95, 40)), ladders(supervised=True), SCALE, 0.1)
    assert (found.actions["review"], found.seen, found.supervised) == (40, 40, 40)


def test_it_says_how_doubtful_what_people_look_at_first_is():
    found = effect(sample(at(0.95, 40), ruled(0.95, 20, 15)), ladders(supervised=True), SCALE, 0.1)
    assert (found.wrong, found.doubtful.share) == (None, pytest.approx(0.25))


def test_a_rung_has_its_own_rate():
    assert effect(sample(at(0.95, 40)), ladders(rate=0.5), SCALE, 0.1).seen == 20


def test_what_nobody_judged_blind_is_unknown():
    found = effect(sample(at(0.95, 40)), ladders(), SCALE, 0.1)
    assert (found.wrong, found.missed, found.unknown) == (None, None, 1.0)


def test_none_wrong_still_has_an_upper_bound():
    found = effect(sample(at(0.95, 40), ruled(0.95, 20, 20)), ladders(), SCALE, 0.1)
    assert (found.wrong.share, found.wrong.labels) == (0.0, 20)
    assert found.wrong.high == pytest.approx(wilson(0.0, 20)[1])
    assert found.unknown == 0.0


def test_rulings_weigh_as_much_as_they_stand_for():
    sure, seldom = ruled(0.92, 10, 10), ruled(0.97, 10, 0, rate=0.1)
    both = LabelHistogram(
        *(getattr(sure, name) + getattr(seldom, name) for name in LabelHistogram.__dataclass_fields__)
    )
    found = effect(sample(at(0.92, 10), both), ladders(), SCALE, 0.1)
    assert found.wrong.share == pytest.approx(100 / 110)
    assert found.wrong.high - found.wrong.low > np.diff(wilson(100 / 110, 20))[0]


def test_misses_are_the_violations_among_what_is_allowed():
    found = effect(sample(at(0.05, 100), ruled(0.05, 50, 5)), ladders(), SCALE, 0.1)
    assert found.missed.share == pytest.approx(0.1)
    assert found.wrong is None


@given(st.lists(st.integers(0, 50), min_size=80, max_size=80), st.floats(0.3, 1), st.booleans())
def test_every_message_is_counted_once(counts, hide, supervised):
    found = effect(sample(np.array(counts)), ladders(hide, supervised=supervised), SCALE, 0.1)
    assert found.total == sum(counts)
    assert 0 <= found.seen <= sum(counts) + 1e-6
