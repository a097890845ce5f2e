"""Routing is pure: the cohort first, then what stops automatic action, then the ladder."""

from hypothesis import given
from hypothesis import strategies as st

from review.registry.ladder import SetupKey, parse
from review.verdicts.routing import Judgement, route

LADDERS = parse(
    {"default": [{"at": 0, "action": "allow"}, {"at": 0.2, "action": "review"}, {"at": 0.9, "action": "remove"}]}
)


SUPERVISED = parse(
    {
        "default": [
            {"at": 0, "action": "allow", "rate": 0.02},
            {"at": 0.2, "action": "review"},
            {"at": 0.9, "action": "remove", "supervised": True},
        ]
    }
)
PAIR = SetupKey("a" * 64, 1)


def go(probability, draw=0.99, audit_rate=0.1, ladders=LADDERS, **facts):
    return route([Judgement(probability, 0.0, "toxicity", draw, **facts)], [(ladders, audit_rate)], PAIR)[0]


def test_under_supervision_people_judge_everything_blind():
    way = go(0.95, ladders=SUPERVISED)
    assert (way.action, way.case_reason, way.blind, way.why) == ("review", "borderline", True, "supervised")
    assert (way.rate, way.cohort_rate) == (1.0, 1.0)


def test_a_rung_has_a_rate_of_its_own_or_the_policys():
    assert (go(0.1, ladders=SUPERVISED).rate, go(0.5, ladders=SUPERVISED).rate) == (0.02, 0.1)
    assert go(0.1, draw=0.05, ladders=SUPERVISED).cohort_rate is None
    assert go(0.1, draw=0.01, ladders=SUPERVISED).cohort_rate == 0.02


def test_a_clear_case_is_acted_on_without_people():
    way = go(0.95)
    assert (way.action, way.case_reason, way.blind, way.cohort_rate) == ("remove", None, False, None)


def test_a_borderline_case_goes_to_people():
    way = go(0.5)
    assert (way.action, way.case_reason, way.blind) == ("review", "borderline", False)


def test_a_drawn_message_is_acted_on_and_judged_blind():
    way = go(0.95, draw=0.05)
    assert (way.action, way.case_reason, way.blind, way.cohort_rate) == ("remove", "audit", True, 0.1)


def test_a_drawn_borderline_message_is_blind_too():
    way = go(0.5, draw=0.05)
    assert (way.action, way.case_reason, way.blind, way.cohort_rate) == ("review", "borderline", True, 0.1)


def test_without_a_calibrator_everything_goes_to_people():
    assert (go(None).action, go(None).case_reason, go(None).why) == ("review", "borderline", "uncalibrated")


def test_a_script_outside_the_model_card_is_never_acted_on_automatically():
    assert (go(0.99, covered=False).action, go(0.01, covered=False).action) == ("review", "review")
    assert go(0.99, covered=False).why == "language"


def test_what_is_no_plain_text_goes_to_people():
    assert (go(0.99, plain=False).action, go(0.01, plain=False).action) == ("review", "review")
    assert go(0.99, plain=False).why == "disguised"
    assert go(0.99, covered=False, plain=False).why == "language"
    assert go(0.01, plain=False, trigger="allow").action == "review"


@given(st.one_of(st.none(), st.floats(0, 1)), st.floats(0, 1, exclude_max=True), st.floats(0, 1), st.booleans())
def test_the_draw_alone_decides_on_the_cohort(probability, draw, rate, covered):
    way = go(probability, draw=draw, audit_rate=rate, covered=covered)
    assert (way.cohort_rate is not None) == way.blind == (draw < rate)


@given(st.floats(0, 1), st.floats(0, 1, exclude_max=True))
def test_the_draw_never_changes_what_happens_to_the_message(probability, draw):
    assert go(probability, draw=draw).action == go(probability, draw=0.99).action
