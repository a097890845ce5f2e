"""A copy of a text that people decided lately follows their decision, with an outcome of its own and no second case."""

from datetime import timedelta

import pytest
from django.utils import timezone

from review.desk import claims, decisions, undoing
from review.judging.drain import drain
from review.models import Case, Category, Decision, Label, Outcome, Reason, Rule, RuleVersion
from review.registry.policy_versions import new_version, policy_of, replaced_by
from review.registry.scoring_setup import ScoringSetup
from tests.rows import make_judge, make_pending, make_source
from tests.triggers.conftest import LADDER

pytestmark = pytest.mark.django_db


@pytest.fixture
def uncalibrated():
    """Everything goes to people."""
    return ScoringSetup(*make_judge())


@pytest.fixture
def judge(scorer, uncalibrated):
    def send(source, text="join my server", setup=uncalibrated, **fields):
        message = make_pending(source, text, **fields)
        list(drain(scorer, setup))
        return message

    return send


@pytest.fixture
def decided(source, judge, alice):
    """A message of the source that alice removed as spam, a minute ago: in effect."""
    policy_of(source)
    judge(source)
    case = claims.take_next(alice)
    decision = decisions.decide(alice, case.pk, case.claim_token, Category.SPAM)
    moment = timezone.now()
    Decision.objects.filter(pk=decision.pk).update(effective_at=moment)
    return Decision.objects.get(pk=decision.pk)


def test_a_copy_follows_with_an_outcome_of_its_own(source, judge, decided):
    copy = judge(source)
    outcome = Outcome.objects.select_related("verdict").get(message=copy)
    assert (outcome.action, outcome.decision, outcome.by, outcome.seq) == ("remove", decided, None, 1)
    assert outcome.why == f"follows case {decided.case_id}, decided spam"
    assert outcome.verdict.message == copy
    assert Case.objects.get().messages.count() == 2
    assert Label.objects.count() == 1


def test_a_copy_is_by_the_rule_of_the_decision(source, judge, decided):
    rule = Rule.objects.create(source=source, position=1)
    wording = {"en": {"name": "No advertising", "text": "Sell elsewhere."}}
    version = RuleVersion.objects.create(rule=rule, version=1, wording=wording, category="spam", action="remove")
    Decision.objects.update(rule=version)
    assert Outcome.objects.get(message=judge(source)).rule == version


def test_many_copies_of_one_batch_follow(source, scorer, uncalibrated, decided):
    copies = [make_pending(source, "join my server") for _ in range(5)]
    other = make_pending(source, "well played")
    list(drain(scorer, uncalibrated))
    assert set(Outcome.objects.exclude(verdict=None).values_list("message", flat=True)) == {each.pk for each in copies}
    assert Case.objects.get(state="open").messages.get() == other


def test_what_the_model_would_do_by_itself_gives_way(source, judge, alice, setup):
    judge(source, "you are awful", draw=0.05, setup=setup)
    case = claims.take_next(alice)
    decisions.decide(alice, case.pk, case.claim_token, Category.BENIGN)
    copy = judge(source, "you are awful", draw=0.99, setup=setup)
    assert Outcome.objects.get(message=copy).action == "allow"


def test_an_undo_takes_the_copies_along(source, judge, alice):
    judge(source)
    case = claims.take_next(alice)
    decision = decisions.decide(alice, case.pk, case.claim_token, Category.SPAM)
    copy = judge(source)
    assert Outcome.objects.get(message=copy).effective_at == decision.effective_at
    assert undoing.undo(alice, decision.pk)
    assert Outcome.objects.get(message=copy).withdrawn_at
    reopened = Case.objects.get()
    assert (reopened.state, reopened.messages.count()) == ("open", 2)


def test_a_cohort_case_is_judged_for_itself(source, judge, decided):
    judge(source, draw=0.05)
    assert Case.objects.get(state="open").blind


def test_after_a_day_people_look_again(source, judge, decided):
    Decision.objects.update(created_at=timezone.now() - timedelta(hours=24, seconds=1))
    judge(source)
    assert Case.objects.filter(state="open").exists()


@pytest.mark.parametrize("changed", ["policy", "triggers"])
def test_under_another_policy_or_other_triggers_people_look_again(source, judge, decided, add, changed):
    if changed == "policy":
        new_version(source, None, replaced_by({"default": LADDER}, 0.1))
    else:
        add(source, "something else")
    judge(source)
    assert Case.objects.filter(state="open").exists()


def test_what_was_imported_or_undone_or_elsewhere_is_not_followed(source, judge, decided, alice):
    judge(make_source("forum"))
    assert Case.objects.filter(state="open", source__slug="forum").exists()
    Case.objects.filter(pk=decided.case_id).update(reason=Reason.IMPORT)
    judge(source)
    assert Case.objects.filter(state="open", source=source).exists()


def test_whoever_may_harm_themselves_is_looked_after_each_time(source, judge, add, alice):
    add(source, "kill myself", category=Category.SELF_HARM)
    judge(source, "i will kill myself")
    case = claims.take_next(alice)
    decisions.decide(alice, case.pk, case.claim_token, Category.SELF_HARM)
    judge(source, "i will kill myself")
    assert Case.objects.filter(state="open", reason=Reason.TRIGGER).exists()


def test_the_last_decision_is_followed(source, judge, decided, alice):
    Decision.objects.update(created_at=timezone.now() - timedelta(hours=24, seconds=1))
    judge(source)
    case = claims.take_next(alice)
    later = decisions.decide(alice, case.pk, case.claim_token, Category.BENIGN)
    Decision.objects.filter(pk=decided.pk).update(created_at=timezone.now() - timedelta(minutes=1))
    copy = judge(source)
    assert Outcome.objects.get(message=copy).decision == later
