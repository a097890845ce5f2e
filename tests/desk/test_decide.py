"""Decisions: one decision in force a case, its outcomes and labels, and taking it back."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from review.desk import claims, decisions, undoing
from review.enforcement import outcomes
from review.models import AuditEntry, Case, CaseMember, Decision, Label, Outcome
from tests.rows import make_case, make_message, make_source, make_verdict

pytestmark = pytest.mark.django_db


def hold(user, **fields):
    case = make_case(make_source(), **fields)
    return claims.open_case(user, case.pk)


def test_a_decision_gives_an_outcome_that_is_not_effective_yet(alice, settings):
    case = hold(alice)
    decision = decisions.decide(alice, case.pk, case.claim_token, "harassment")
    outcome = Outcome.objects.get(decision=decision)
    assert (outcome.action, outcome.by, outcome.seq) == ("remove", alice, 1)
    window = timedelta(seconds=settings.MODDOG_UNDO_SECONDS)
    assert abs(outcome.effective_at - timezone.now() - window) < timedelta(seconds=5)
    assert outcomes.in_force(outcome.message) is None


def test_it_becomes_effective_once_the_window_is_over(alice, settings):
    settings.MODDOG_UNDO_SECONDS = 0
    case = hold(alice)
    decisions.decide(alice, case.pk, case.claim_token, "harassment")
    assert outcomes.in_force(case.messages.get()).action == "remove"


def test_the_policy_says_which_action_a_ruling_takes(alice):
    case = hold(alice)
    assert decisions.decide(alice, case.pk, case.claim_token, "self_harm").action == "allow"
    case = hold(alice)
    assert decisions.decide(alice, case.pk, case.claim_token, "self_harm", action="hide").action == "hide"


def test_a_lost_claim_decides_nothing(alice, bob):
    case = hold(alice)
    Case.objects.update(claim_expires_at=timezone.now() - timedelta(seconds=1))
    taken = claims.open_case(bob, case.pk)
    assert decisions.decide(alice, case.pk, case.claim_token, "harassment") is None
    assert not Decision.objects.exists()
    assert decisions.decide(bob, case.pk, taken.claim_token, "benign") is not None


def test_it_cannot_be_decided_twice(alice):
    case = hold(alice)
    assert decisions.decide(alice, case.pk, case.claim_token, "benign")
    assert decisions.decide(alice, case.pk, case.claim_token, "harassment") is None
    assert Decision.objects.count() == 1


def test_a_guessed_token_decides_nothing(alice):
    case = hold(alice)
    assert decisions.decide(alice, case.pk, uuid4(), "benign") is None


def test_every_member_gets_an_outcome_and_the_shared_text_one_label(alice):
    source = make_source()
    first, second = make_message(source, "same words"), make_message(source, "same words")
    case = make_case(source, first)
    CaseMember.objects.create(case=case, message=second)
    held = claims.open_case(alice, case.pk)
    decisions.decide(alice, case.pk, held.claim_token, "toxicity")
    assert set(Outcome.objects.values_list("message", flat=True)) == {first.pk, second.pk}
    assert Label.objects.get().message == first


def test_a_blind_cohort_case_teaches_with_its_rate(alice):
    message = make_message(make_source())
    make_verdict(message, cohort_rate=0.1)
    case = make_case(message.source, message, blind=True)
    decisions.decide(alice, case.pk, claims.open_case(alice, case.pk).claim_token, "benign")
    label = Label.objects.get()
    assert (label.blind, label.cohort_rate, label.violation) == (True, 0.1, False)


def test_a_case_that_policy_chose_teaches_without_a_rate(alice):
    case = hold(alice)
    decisions.decide(alice, case.pk, case.claim_token, "violence")
    label = Label.objects.get()
    assert (label.blind, label.cohort_rate, label.violation) == (False, None, True)


def test_undo_withdraws_and_gives_the_case_back(alice):
    case = hold(alice)
    decision = decisions.decide(alice, case.pk, case.claim_token, "harassment")
    assert undoing.last_undoable(alice) == decision
    assert undoing.undo(alice, decision.pk)
    assert claims.held_by(alice) == case
    assert Outcome.objects.get().withdrawn_at is not None
    assert undoing.last_undoable(alice) is None
    assert not undoing.undo(alice, decision.pk)
    held = claims.held_by(alice)
    assert decisions.decide(alice, held.pk, held.claim_token, "benign")
    assert list(AuditEntry.objects.order_by("pk").values_list("verb", flat=True)) == ["decided", "undid", "decided"]


def test_undo_returns_the_case_in_hand_to_the_queue(alice, bob):
    case = hold(alice)
    decision = decisions.decide(alice, case.pk, case.claim_token, "harassment")
    following = hold(alice)
    assert undoing.undo(alice, decision.pk)
    assert claims.held_by(alice) == case
    assert claims.take_next(bob) == following


def test_nobody_undoes_the_decision_of_another(alice, bob):
    case = hold(alice)
    decision = decisions.decide(alice, case.pk, case.claim_token, "harassment")
    assert not undoing.undo(bob, decision.pk)


def test_undo_is_refused_once_it_is_effective(alice, settings):
    settings.MODDOG_UNDO_SECONDS = 0
    case = hold(alice)
    decision = decisions.decide(alice, case.pk, case.claim_token, "harassment")
    assert not undoing.undo(alice, decision.pk)
    assert Outcome.objects.get().withdrawn_at is None


@pytest.mark.parametrize("change", [{"action": "allow"}, {"seq": 9}, {"why": "other"}])
def test_the_database_refuses_to_edit_an_outcome(alice, change):
    case = hold(alice)
    decisions.decide(alice, case.pk, case.claim_token, "harassment")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Outcome.objects.update(**change)


def test_undo_takes_in_the_copies_that_came_meanwhile(alice):
    source = make_source()
    case = claims.open_case(alice, make_case(source, make_message(source, "join my server")).pk)
    decision = decisions.decide(alice, case.pk, case.claim_token, "spam")
    copy = make_message(source, "join my server")
    twin = make_case(source, copy)
    assert undoing.undo(alice, decision.pk)
    assert copy in case.messages.all()
    assert Case.objects.get(pk=twin.pk).state == Case.State.CLOSED
    assert claims.held_by(alice) == case


def test_a_raid_takes_as_many_statements_as_one_message(alice, django_assert_max_num_queries):
    source = make_source()
    case = make_case(source, make_message(source, "same words"))
    CaseMember.objects.bulk_create(
        CaseMember(case=case, message=make_message(source, "same words")) for _ in range(200)
    )
    held = claims.open_case(alice, case.pk)
    with django_assert_max_num_queries(20):
        decisions.decide(alice, case.pk, held.claim_token, "spam")
    assert Outcome.objects.count() == 201
    assert Label.objects.count() == 1
