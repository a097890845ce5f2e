"""Bad ladders are refused in words; good ones give the highest rung that is reached."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review.registry.ladder import ACTIONS, REVIEW, InvalidLadder, SetupKey, parse, to_json

ALLOW = {"at": 0.0, "action": "allow"}
ASK = {"at": 0.2, "action": "review"}
HIDE = {"at": 0.9, "action": "hide"}
PAIR, OTHER = SetupKey("a" * 64, 1), SetupKey("b" * 64, 1)


def certified(at, action, margin, setup_key=PAIR):
    found = {"margin": margin, "model": setup_key.model, "rubric": setup_key.rubric, "attempt": 7}
    return {"at": at, "action": action, "supervised": True, "certified": found}


@pytest.mark.parametrize(
    ("rungs", "words"),
    [
        ([], "must start at 0"),
        ([ASK], "must start at 0"),
        ([ALLOW, {"at": 0.5, "action": "ban"}], "ban is not an action"),
        ([ALLOW, {"at": 1.2, "action": "hide"}], "between 0 and 1"),
        ([ALLOW, HIDE, {"at": 0.9, "action": "remove"}], "must begin above"),
        ([ALLOW, {"at": 0.3, "action": "hide"}, {"at": 0.6, "action": "review"}], "cannot stand above"),
        ([ALLOW, {"at": 0.3, "action": "hide", "rate": 1.5}], "rate of hide for default is 1.5"),
        ([ALLOW, {"at": 0.3, "action": "review", "supervised": True}], "cannot be supervised"),
    ],
)
def test_it_refuses_a_ladder_that_makes_no_sense(rungs, words):
    with pytest.raises(InvalidLadder, match=words):
        parse({"default": rungs})


def test_it_refuses_a_policy_without_a_default():
    with pytest.raises(InvalidLadder, match="no default"):
        parse({"violence": [ALLOW]})


def take(rungs, probability, margin=0.0, setup_key=PAIR):
    return parse({"default": rungs}).default.take(probability, margin, setup_key)


@pytest.mark.parametrize(
    ("probability", "action"), [(0.0, "allow"), (0.1999, "allow"), (0.2, "review"), (0.9, "hide"), (1.0, "hide")]
)
def test_it_takes_the_highest_rung_that_is_reached(probability, action):
    taken = take([ALLOW, ASK, HIDE], probability)
    assert (taken.action, taken.supervised) == (action, False)


def test_a_category_of_its_own_leaves_the_default():
    ladders = parse({"default": [ALLOW, ASK], "violence": [ALLOW, {"at": 0.05, "action": "review"}]})
    assert ladders.of("violence").take(0.1, 0.0, PAIR).action == "review"
    assert ladders.of("toxicity").take(0.1, 0.0, PAIR).action == "allow"


def test_people_see_first_what_a_supervised_rung_would_act_on():
    taken = take([ALLOW, ASK, HIDE | {"supervised": True}], 0.95)
    assert (taken.action, taken.supervised, taken.rung.action) == ("review", True, "hide")
    assert take([ALLOW, HIDE | {"supervised": True}], 0.95).action == REVIEW
    assert take([ALLOW, HIDE | {"supervised": True}], 0.5).action == "allow"


def test_what_is_milder_is_done_while_people_look():
    taken = take([ALLOW, ASK, HIDE, {"at": 0.95, "action": "remove", "supervised": True}], 0.97)
    assert (taken.action, taken.supervised) == ("hide", True)


def test_a_certified_rung_acts_by_its_margin_whatever_the_probability():
    rungs = [ALLOW, ASK, certified(0.9, "hide", 2.5)]
    assert take(rungs, 0.1, 2.5).action == "hide"
    beneath = take(rungs, 0.99, 2.4)
    assert (beneath.action, beneath.supervised) == ("review", True)


def test_under_another_model_or_rubric_people_decide_again():
    rungs = [ALLOW, ASK, certified(0.9, "hide", 2.5)]
    taken = take(rungs, 0.95, 9.0, OTHER)
    assert (taken.action, taken.supervised) == ("review", True)
    assert take(rungs, 0.1, 9.0, OTHER).action == "allow"


def test_a_certified_allowance_lets_pass_what_lies_beneath_it_and_nothing_else():
    rungs = [certified(0.0, "allow", -1.5), ASK]
    assert take(rungs, 0.1, -1.5).action == "allow"
    above = take(rungs, 0.1, -1.4)
    assert (above.action, above.supervised) == ("review", True)
    assert take(rungs, 0.1, -9.0, OTHER).action == "review"


def test_drawn_on_probabilities_it_takes_the_same():
    ladder = parse({"default": [ALLOW, ASK, certified(0.9, "hide", 2.5)]}).default
    drawn = ladder.drawn(PAIR, lambda margin: margin / 10)
    assert drawn.take(0.25, 0.25, PAIR).action == "hide"
    assert drawn.take(0.24, 0.24, PAIR).action == "review"


def test_it_reads_what_it_writes():
    rungs = [ALLOW, ASK | {"rate": 0.5}, certified(0.9, "hide", 2.5)]
    assert [to_json(rung) for rung in parse({"default": rungs}).default.rungs] == rungs


@given(
    st.lists(st.floats(0.001, 1), min_size=1, max_size=3, unique=True),
    st.lists(st.sampled_from(["manual", "supervised", "certified"]), min_size=3, max_size=3),
    st.floats(0, 1),
    st.floats(0, 1),
)
def test_a_higher_probability_is_never_treated_more_mildly(thresholds, kinds, one, other):
    rungs = [ALLOW]
    for at, action, kind in zip(sorted(thresholds), ACTIONS[1:], kinds, strict=False):
        rung = {"at": at, "action": action}
        if action != REVIEW and kind == "supervised":
            rung |= {"supervised": True}
        if action != REVIEW and kind == "certified":
            rung |= certified(at, action, 4 * at - 2)
        rungs.append(rung)
    low, high = sorted([one, other])
    mild, harsh = (take(rungs, p, 4 * p - 2) for p in (low, high))
    assert ACTIONS.index(mild.action) <= ACTIONS.index(harsh.action)
