"""Triggers when a batch is routed: the strictest decides, self-harm goes to people, and so does what fails."""

import pytest
from django.utils import timezone

from review.desk import case_page
from review.enforcement import strikes
from review.judging.drain import drain
from review.models import Action, Case, Category, Message, Outcome, Reason, TriggerMatch, Verdict
from review.registry.scoring_setup import ScoringSetup
from review.registry.strike_ladder import parse_strikes
from review.triggers import applying, in_force
from review.verdicts import priority
from tests.judging.conftest import KeywordScorer
from tests.rows import make_judge, make_pending, make_source

pytestmark = pytest.mark.django_db


@pytest.fixture
def judge(source, scorer, setup):
    """`judge("a text")`: a message of the source, judged."""

    def send(text="get free nitro", **fields) -> Message:
        message = make_pending(source, text, **fields)
        list(drain(scorer, setup))
        return message

    return send


def outcome(message) -> str | None:
    return Outcome.objects.filter(message=message).values_list("action", flat=True).first()


def test_to_people_opens_a_case_with_that_reason(source, add, judge):
    trigger = add(source, "free nitro")
    message = judge()
    case = Case.objects.get()
    assert (case.reason, case.blind, case.messages.get()) == (Reason.TRIGGER, False, message)
    verdict = Verdict.objects.get()
    assert (verdict.route, verdict.why, verdict.trigger, verdict.rate) == ("review", "trigger", trigger, 0.1)
    assert outcome(message) is None


@pytest.mark.parametrize("effect", [Action.HIDE, Action.REMOVE])
def test_hiding_and_removing_are_outcomes_that_name_the_trigger(source, add, judge, effect):
    trigger = add(source, "free nitro", effect=effect)
    judge()
    done = Outcome.objects.get()
    assert (done.action, done.why, done.verdict.trigger) == (effect, f"trigger {trigger.pk}", trigger)
    assert not Case.objects.exists()


def test_a_strike_is_for_what_the_trigger_is_about(source, add, judge):
    add(source, "free nitro", effect=Action.REMOVE)
    message = judge()
    ladder = parse_strikes({"half_life": 30, "weights": {"remove": 1}, "steps": {"warn": 1}})
    active = strikes.active_strikes(source, message.author, ladder, timezone.now())
    assert [each.category for each in active] == ["spam"]


def test_what_is_allowed_passes_whatever_the_model_says(source, add, judge):
    add(source, "awful waterfall", effect=Action.ALLOW, category=Category.BENIGN)
    assert outcome(judge("the awful waterfall map")) == "allow"
    assert outcome(judge("awful")) == "remove"


def test_nothing_is_allowed_that_the_model_cannot_read(source, add, judge):
    add(source, "gg", effect=Action.ALLOW, category=Category.BENIGN)
    judge("всё это ужасно gg")
    assert (Verdict.objects.get().why, Verdict.objects.get().route) == ("language", "review")


def test_the_strictest_decides_and_all_are_on_record(source, add, judge):
    triggers = [add(source, "free"), add(source, "nitro", effect=Action.REMOVE), add(source, "get", effect=Action.HIDE)]
    message = judge()
    assert outcome(message) == "remove"
    assert set(TriggerMatch.objects.values_list("trigger", flat=True)) == {trigger.pk for trigger in triggers}


def test_what_is_allowed_excuses_only_what_lies_within_it(source, add, judge):
    add(source, "nitro", effect=Action.HIDE)
    add(source, "nitro glycerine", effect=Action.ALLOW, category=Category.BENIGN)
    assert outcome(judge("nitro glycerine is unstable")) == "allow"
    assert outcome(judge("nitro glycerine, and free nitro")) == "hide"


def test_self_harm_goes_to_people_before_everything(source, add, judge):
    add(source, "kill myself", category=Category.SELF_HARM)
    add(source, "i want to kill myself over nitro", effect=Action.ALLOW, category=Category.BENIGN)
    add(source, "nitro", effect=Action.REMOVE)
    message = judge("i want to kill myself over nitro")
    case = Case.objects.get()
    assert (case.reason, outcome(message)) == (Reason.TRIGGER, None)
    urgent = priority.priority(priority.harm(1.0, "violence"), case.opened_at)
    assert case.priority > urgent


def test_self_harm_comes_first_also_where_the_model_cannot_read_it(source, add, setup, alice):
    add(source, "kill myself", category=Category.SELF_HARM)
    make_pending(source, "poison, i will kill myself")
    list(drain(KeywordScorer(broken=lambda text: "poison" in text), setup))
    case = Case.objects.get()
    assert case.reason == Reason.FAILURE
    assert case.priority > priority.priority(priority.FAILURE_HARM, case.opened_at)
    page = case_page.build(case, alice)
    assert page.is_self_harm and page.spans == [(15, 26)]


def test_in_shadow_it_is_counted_and_does_nothing(source, add, judge):
    trigger = add(source, "free nitro", effect=Action.REMOVE, mode="shadow")
    add(source, "nitro", effect=Action.REMOVE, mode="off")
    assert outcome(judge()) == "allow"
    assert TriggerMatch.objects.get().trigger == trigger


def test_cohort_cases_stay_blind(source, add, judge):
    add(source, "free nitro", effect=Action.REMOVE)
    add(source, "look at this")
    acted = judge(draw=0.05)
    judge("look at this", draw=0.05)
    assert outcome(acted) == "remove"
    cases = Case.objects.order_by("pk").values_list("reason", "blind")
    assert list(cases) == [(Reason.AUDIT, True), (Reason.TRIGGER, True)]
    assert set(Verdict.objects.values_list("cohort_rate", flat=True)) == {0.1}


def test_without_a_calibrator_triggers_act_all_the_same(source, add, scorer):
    add(source, "free nitro", effect=Action.REMOVE)
    message = make_pending(source, "get free nitro")
    list(drain(scorer, ScoringSetup(*make_judge())))
    assert outcome(message) == "remove"


def test_a_raid_of_a_trigger_is_one_case(source, add, judge):
    add(source, "free nitro")
    for _ in range(3):
        judge()
    assert Case.objects.get().messages.count() == 3


def test_triggers_are_those_of_the_source(source, add, judge):
    add(make_source("forum"), "free nitro", effect=Action.REMOVE)
    assert outcome(judge()) == "allow"


def test_a_new_version_holds_at_once(source, add, judge):
    assert outcome(judge()) == "allow"
    add(source, "free nitro", effect=Action.REMOVE)
    assert outcome(judge("free nitro here")) == "remove"


def test_a_version_that_comes_while_a_batch_is_read_holds_for_it(source, add, judge, monkeypatch):
    read = applying.read

    def slowly(messages):
        reading = read(messages)
        add(source, "free nitro", effect=Action.REMOVE)
        monkeypatch.setattr(applying, "read", read)
        return reading

    monkeypatch.setattr(applying, "read", slowly)
    assert outcome(judge()) == "remove"


@pytest.mark.parametrize("broken", ["Matcher", "Trigger"])
def test_triggers_that_cannot_be_loaded_send_everything_to_people(source, add, judge, monkeypatch, broken):
    add(source, "free nitro", effect=Action.REMOVE)
    monkeypatch.setattr(in_force, broken, None)
    message = judge("well played")
    verdict = Verdict.objects.get()
    assert (verdict.route, verdict.why, outcome(message)) == ("review", "triggers_failed", None)
    assert Case.objects.get().reason == Reason.BORDERLINE


def test_a_text_that_cannot_be_matched_goes_to_people_alone_and_is_not_logged(source, add, judge, monkeypatch, caplog):
    add(source, "free nitro", effect=Action.REMOVE)
    find = in_force.Matcher.find

    def fails(self, text):
        if "poison" in text:
            raise ValueError(text)
        return find(self, text)

    monkeypatch.setattr(in_force.Matcher, "find", fails)
    assert outcome(judge("poison")) is None
    assert outcome(judge()) == "remove"
    assert Verdict.objects.order_by("pk").first().why == "triggers_failed"
    assert "could not be matched" in caplog.text
    assert "poison" not in caplog.text
