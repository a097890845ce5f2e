"""The score scale: monotone, and above the client's threshold exactly where the policy's rung begins."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review.intake.dropin.scale import InvalidAnchors, Scale, anchored, check, starts
from review.registry.ladder import SetupKey, parse

PAIR = SetupKey("f" * 64, 1)
COMMON = [{"at": 0.0, "action": "allow"}, {"at": 0.2, "action": "review"}, {"at": 0.9, "action": "remove"}]


def ladder(*rungs):
    return parse({"default": list(rungs) or COMMON}).default


def certified(at, action, margin):
    found = {"margin": margin, "model": PAIR.model, "rubric": PAIR.rubric, "attempt": 1}
    return {"at": at, "action": action, "supervised": True, "certified": found}


@pytest.mark.parametrize(
    "thresholds",
    [{}, {"allow": 0.5}, {"review": 0.0}, {"review": 1.0}, {"review": 0.8, "hide": 0.8}, {"hide": 0.5, "remove": 0.4}],
)
def test_thresholds_that_make_no_sense_are_refused(thresholds):
    with pytest.raises(InvalidAnchors):
        check(thresholds)


def test_the_calibrated_scale_is_the_probability():
    assert [Scale()(p) for p in (0.0, 0.3, 1.0)] == [0.0, 0.3, 1.0]


def test_a_rung_stands_at_the_clients_threshold():
    scale = anchored(starts(ladder(), PAIR), {"review": 0.8})
    assert scale(0.0) == 0.0
    assert scale(0.1) == pytest.approx(0.4)
    assert scale(0.1999) < 0.8 < scale(0.2) < 0.80001
    assert scale(0.6) == pytest.approx(0.9, abs=1e-5)
    assert scale(1.0) == 1.0


def test_several_rungs_stand_at_several_thresholds():
    scale = anchored(starts(ladder(), PAIR), {"review": 0.5, "remove": 0.95})
    assert scale(0.1999) < 0.5 < scale(0.2)
    assert scale(0.8999) < 0.95 < scale(0.9)


def test_an_action_that_the_policy_never_takes_has_no_place():
    assert starts(ladder(), PAIR) == {"review": 0.2, "remove": 0.9}
    assert anchored(starts(ladder(), PAIR), {"review": 0.5, "hide": 0.9}) == anchored({"review": 0.2}, {"review": 0.5})


def test_people_look_from_where_allowing_is_certified_no_more():
    rungs = ladder(certified(0.0, "allow", 0.05), *COMMON[1:])
    assert starts(rungs, PAIR)["review"] == 0.05
    assert starts(rungs, SetupKey("another", 1))["review"] == 0.0


def test_a_certified_rung_begins_at_its_margin():
    begins = starts(ladder(COMMON[0], COMMON[1], certified(0.9, "hide", 0.6)), PAIR)
    assert begins == {"review": 0.2, "hide": 0.6}


def test_what_is_acted_on_early_is_looked_at_no_later():
    begins = starts(ladder(COMMON[0], COMMON[1], certified(0.9, "hide", 0.1)), PAIR)
    assert begins == {"review": 0.1, "hide": 0.1}
    scale = anchored(begins, {"review": 0.5, "hide": 0.9})
    assert scale(0.0999) < 0.5
    assert scale(0.1) > 0.9


def test_a_policy_that_sends_everything_to_people_withholds_everything():
    scale = anchored(starts(ladder({"at": 0.0, "action": "allow", "supervised": True}), PAIR), {"review": 0.8})
    assert scale(0.0) > 0.8
    assert scale(1.0) == 1.0


positions = st.lists(st.floats(0, 1), min_size=3, max_size=3).map(sorted)
levels = st.lists(st.integers(1, 999), min_size=3, max_size=3, unique=True).map(
    lambda each: [n / 1000 for n in sorted(each)]
)


@given(positions, levels, st.floats(0, 1), st.floats(0, 1))
def test_it_never_falls_and_stays_in_the_unit_interval(begins, thresholds, one, other):
    actions = ("review", "hide", "remove")
    scale = anchored(dict(zip(actions, begins, strict=True)), dict(zip(actions, thresholds, strict=True)))
    low, high = scale(min(one, other)), scale(max(one, other))
    assert 0 <= low <= high <= 1


@given(positions, levels, st.floats(0, 1))
def test_a_score_is_above_a_threshold_exactly_from_the_rung_on(begins, thresholds, probability):
    actions = ("review", "hide", "remove")
    scale = anchored(dict(zip(actions, begins, strict=True)), dict(zip(actions, thresholds, strict=True)))
    for begin, threshold in zip(begins, thresholds, strict=True):
        assert (scale(probability) > threshold) == (probability >= begin)
