"""Bad ladders are refused in words; good ones give the highest rung that is reached."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review.policy.ladder import ACTIONS, InvalidLadder, parse

ALLOW = {"at": 0.0, "action": "allow"}
REVIEW = {"at": 0.2, "action": "review"}
HIDE = {"at": 0.9, "action": "hide"}


@pytest.mark.parametrize(
    ("rungs", "words"),
    [
        ([], "must start at 0"),
        ([REVIEW], "must start at 0"),
        ([ALLOW, {"at": 0.5, "action": "ban"}], "ban is not an action"),
        ([ALLOW, {"at": 1.2, "action": "hide"}], "between 0 and 1"),
        ([ALLOW, HIDE, {"at": 0.9, "action": "remove"}], "must begin above"),
        ([ALLOW, {"at": 0.3, "action": "hide"}, {"at": 0.6, "action": "review"}], "cannot stand above"),
    ],
)
def test_it_refuses_a_ladder_that_makes_no_sense(rungs, words):
    with pytest.raises(InvalidLadder, match=words):
        parse({"default": rungs})


def test_it_refuses_a_policy_without_a_default():
    with pytest.raises(InvalidLadder, match="no default"):
        parse({"violence": [ALLOW]})


@pytest.mark.parametrize(
    ("probability", "action"), [(0.0, "allow"), (0.1999, "allow"), (0.2, "review"), (0.9, "hide"), (1.0, "hide")]
)
def test_it_takes_the_highest_rung_that_is_reached(probability, action):
    assert parse({"default": [ALLOW, REVIEW, HIDE]}).default.rung(probability).action == action


def test_a_category_of_its_own_leaves_the_default():
    ladders = parse({"default": [ALLOW, REVIEW], "violence": [ALLOW, {"at": 0.05, "action": "review"}]})
    assert ladders.of("violence").rung(0.1).action == "review"
    assert ladders.of("toxicity").rung(0.1).action == "allow"


@given(st.lists(st.floats(0.001, 1), min_size=1, max_size=3, unique=True), st.floats(0, 1), st.floats(0, 1))
def test_a_higher_probability_is_never_treated_more_mildly(thresholds, one, other):
    rungs = [
        ALLOW,
        *({"at": at, "action": action} for at, action in zip(sorted(thresholds), ACTIONS[1:], strict=False)),
    ]
    ladder = parse({"default": rungs}).default
    low, high = sorted([one, other])
    assert ACTIONS.index(ladder.rung(low).action) <= ACTIONS.index(ladder.rung(high).action)
