"""Bad ladders are refused in words; good ones give the highest rung that is reached."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review.registry.ladder import ACTIONS, REVIEW, InvalidLadder, SetupKey, parse, to_json
from review.verdicts import rung_choice as fast
from tests.verdicts.plain_ladder import plainly_taken, taken

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
        ([ALLOW, {"at": "soon", "action": "hide"}], "default 1 at: input should be a valid number"),
        ([ALLOW, {"action": "hide"}], "default 1 at: field required"),
        ([certified(0.0, "allow", -1.0) | {"certified": {"margin": 1.0}}], "default 0 certified model: field required"),
    ],
)
def test_it_refuses_a_ladder_that_makes_no_sense(rungs, words):
    with pytest.raises(InvalidLadder, match=words):
        parse({"default": rungs})


def test_it_refuses_a_policy_without_a_default():
    with pytest.raises(InvalidLadder, match="no default"):
        parse({"violence": [ALLOW]})


def take(rungs, probability, margin=0.0, setup_key=PAIR):
    return taken(parse({"default": rungs}).default, probability, margin, setup_key)


@pytest.mark.parametrize(
    ("probability", "action"), [(0.0, "allow"), (0.1999, "allow"), (0.2, "review"), (0.9, "hide"), (1.0, "hide")]
)
def test_it_takes_the_highest_rung_that_is_reached(probability, action):
    taken = take([ALLOW, ASK, HIDE], probability)
    assert (taken.action, taken.supervised) == (action, False)


def test_a_category_of_its_own_leaves_the_default():
    ladders = parse({"default": [ALLOW, ASK], "violence": [ALLOW, {"at": 0.05, "action": "review"}]})
    assert taken(ladders.of("violence"), 0.1, 0.0, PAIR).action == "review"
    assert taken(ladders.of("toxicity"), 0.1, 0.0, PAIR).action == "allow"


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
    assert taken(drawn, 0.25, 0.25, PAIR).action == "hide"
    assert taken(drawn, 0.24, 0.24, PAIR).action == "review"


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


CASES = json.loads(Path(__file__).with_name("ladder_cases.json").read_text())
"""What the page's ladder is held against, too: see tests/browser/test_policy.py."""


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_the_table_of_cases(case):
    rungs = [
        certified(rung["at"], rung["action"], rung["margin"]) | {"supervised": rung.get("supervised", False)}
        if "margin" in rung
        else rung
        for rung in case["rungs"]
    ]
    found = fast.take(
        parse({"default": rungs}).default,
        [each["p"] for each in case["messages"]],
        [each["z"] for each in case["messages"]],
        PAIR,
    )
    assert found.actions == [each["action"] for each in case["messages"]]
    assert found.supervised.tolist() == [each.get("supervised", False) for each in case["messages"]]


RUNG = st.fixed_dictionaries(
    {"supervised": st.booleans(), "rate": st.sampled_from([None, 0.5])}, optional={"certified": st.floats(-4, 4)}
)
MESSAGES = st.lists(st.tuples(st.floats(0, 1), st.floats(-5, 5)), min_size=1, max_size=8)


@given(st.tuples(RUNG, RUNG, RUNG, RUNG), st.sets(st.floats(0.01, 1), min_size=3, max_size=3), MESSAGES)
def test_all_at_once_it_takes_what_it_takes_one_by_one(kinds, starts, messages):
    rungs = [
        {"at": at, "action": action, **kind, "supervised": kind["supervised"] and action != REVIEW}
        | ({"certified": certified(at, action, kind["certified"])["certified"]} if "certified" in kind else {})
        for at, action, kind in zip([0.0, *sorted(starts)], ACTIONS, kinds, strict=True)
    ]
    ladder = parse({"default": rungs}).default
    found = fast.take(ladder, *zip(*messages, strict=True), PAIR)
    plain = [plainly_taken(ladder, p, z, PAIR) for p, z in messages]
    assert found.actions == [one.action for one in plain]
    assert found.supervised.tolist() == [one.supervised for one in plain]
    own = [0.1 if one.rung.rate is None else one.rung.rate for one in plain]
    assert found.rates(0.1).tolist() == [1.0 if one.supervised else rate for one, rate in zip(plain, own, strict=True)]
