"""Waiting cases follow a changed calibrator or policy; cohort cases, held ones and what is decided do not move."""

from datetime import timedelta

import pytest
from django.utils import timezone

from review.desk import claims
from review.desk.decisions import decide
from review.judging import rerouting, tasks
from review.judging.drain import drain
from review.models import Case, HeldCase, ModelVersion, Outcome, Policy, Rerouting, Verdict
from review.registry.policy_versions import new_version, replaced_by
from review.registry.rerouting import start
from tests.judging.conftest import KeywordScorer
from tests.rows import make_calibrator, make_pending, make_source

pytestmark = pytest.mark.django_db

ASK = [{"at": 0, "action": "review"}]
REMOVE = [{"at": 0, "action": "allow"}, {"at": 0.9, "action": "remove"}]
STERN = {"kind": "platt", "slopes": [1.0], "intercept": 2.0, "n": 1_000_000}


def put_in_force(source, ladder, audit_rate=0.1):
    new_version(source, None, replaced_by({"default": ladder}, audit_rate))


@pytest.fixture
def source(setup):
    source = make_source()
    put_in_force(source, ASK)
    return source


def wait(source, setup, *texts, **fields):
    """Cases that wait under a policy which sends everything to people."""
    for text in texts:
        make_pending(source, text, **fields)
    list(drain(KeywordScorer(), setup))
    return list(Case.objects.order_by("-pk")[: len(texts)])[::-1]


def run(source=None):
    row = start(source, "for a test", None)
    while rerouting.step():
        pass
    rerouting.follow()
    row.refresh_from_db()
    return row


def test_what_the_policy_now_acts_on_is_acted_on_and_closed(source, setup):
    bad, good = wait(source, setup, "you are awful", "well played")
    put_in_force(source, REMOVE)
    row = run(source)
    assert (row.examined, row.changed, row.closed) == (2, 2, 2)
    assert row.finished_at
    assert not row.overtaken
    assert {case.state for case in (bad, good) if case.refresh_from_db() is None} == {"closed"}
    assert dict(Outcome.objects.values_list("message__text", "action")) == {
        "you are awful": "remove",
        "well played": "allow",
    }
    assert bad.verdict.policy.version == 3
    assert Verdict.objects.count() == 4


def test_a_promotion_changes_what_is_shown_and_the_place_in_the_queue(source, setup):
    (case,) = wait(source, setup, "you are awful")
    before = case.priority
    make_calibrator(STERN)
    row = run()
    case.refresh_from_db()
    assert (row.changed, row.closed, case.state) == (1, 0, "open")
    assert case.verdict.probability == pytest.approx(0.9933, abs=1e-4)
    assert case.verdict.calibrator.version == 2
    assert case.priority > before


def test_nothing_is_written_where_nothing_changes(source, setup):
    wait(source, setup, "you are awful", "well played")
    row = run()
    assert (row.examined, row.changed) == (2, 0)
    assert Verdict.objects.count() == 2


def test_a_cohort_case_keeps_its_place_whatever_changes(source, setup):
    (case,) = wait(source, setup, "you are awful", draw=0.05)
    assert case.blind
    was = Case.objects.values().get()
    put_in_force(source, REMOVE)
    make_calibrator(STERN)
    assert run().examined == 0
    assert Case.objects.values().get() == was
    assert not Outcome.objects.exists()


def test_a_higher_rate_draws_nobody_afterwards(source, setup):
    wait(source, setup, "you are awful", draw=0.3)
    put_in_force(source, REMOVE, audit_rate=0.5)
    run()
    assert Verdict.objects.latest("pk").cohort_rate is None
    assert not Case.objects.filter(state="open").exists()


def test_a_held_case_follows_once_it_is_released(source, setup, alice):
    (case,) = wait(source, setup, "you are awful")
    claims.take_next(alice)
    put_in_force(source, REMOVE)
    row = run(source)
    case.refresh_from_db()
    assert (row.examined, row.closed, case.state) == (1, 0, "open")
    assert HeldCase.objects.get().rerouting == row
    claims.release(alice, case.pk, case.claim_token)
    assert rerouting.follow() == 1
    case.refresh_from_db()
    assert case.state == "closed"
    assert not HeldCase.objects.exists()


def test_a_hold_that_ran_out_is_no_hold(source, setup, alice):
    (case,) = wait(source, setup, "you are awful")
    claims.take_next(alice)
    Case.objects.update(claim_expires_at=timezone.now() - timedelta(seconds=1))
    put_in_force(source, REMOVE)
    assert run(source).closed == 1
    assert claims.renew(alice, case.pk, case.claim_token) is None


def test_a_held_case_that_is_decided_stays_decided(source, setup, alice):
    wait(source, setup, "you are awful")
    held = claims.take_next(alice)
    put_in_force(source, REMOVE)
    run(source)
    decide(alice, held.pk, held.claim_token, "benign")
    assert rerouting.follow() == 1
    assert Case.objects.get().state == "decided"
    assert [outcome.action for outcome in Outcome.objects.all()] == ["allow"]


def test_it_goes_on_where_it_stopped_in_chunks(source, setup, monkeypatch):
    wait(source, setup, *(f"you are awful {number}" for number in range(5)))
    put_in_force(source, REMOVE)
    monkeypatch.setattr(rerouting, "CHUNK", 2)
    row = start(source, "for a test", None)
    assert rerouting.step()
    row.refresh_from_db()
    assert (row.examined, row.finished_at) == (2, None)
    tasks.reroute()
    row.refresh_from_db()
    assert (row.examined, row.closed) == (5, 5)
    assert row.finished_at
    assert not rerouting.step()


def test_copies_share_the_outcome_and_the_largest_raids_stay_with_people(source, setup, monkeypatch):
    wait(source, setup, "you are awful", "you are awful", "you are awful")
    wait(source, setup, "so awful")
    put_in_force(source, REMOVE)
    monkeypatch.setattr(rerouting, "MOST_MESSAGES", 2)
    assert run(source).closed == 1
    assert Outcome.objects.get().message.text == "so awful"
    monkeypatch.setattr(rerouting, "MOST_MESSAGES", 3)
    assert run(source).closed == 1
    assert Outcome.objects.count() == 4
    assert Verdict.objects.count() == 8


def test_other_sources_are_left_alone(source, setup):
    other = make_source("forum")
    put_in_force(other, ASK)
    wait(other, setup, "you are awful")
    put_in_force(other, REMOVE)
    assert run(source).examined == 0
    run(other)
    assert Case.objects.get(source=other).state == "closed"


def test_a_newer_pass_ends_an_older_one(source, setup):
    older = start(source, "older", None)
    newer = start(None, "newer", None)
    older.refresh_from_db()
    assert older.overtaken
    assert list(Rerouting.objects.filter(finished_at=None)) == [newer]


def test_margins_of_another_model_are_not_read_with_this_ones_map(source, setup):
    wait(source, setup, "you are awful")
    ModelVersion.objects.update(is_active=False)
    ModelVersion.objects.create(name="other", location="x", weights_hash="0" * 64, fingerprint="0" * 64, is_active=True)
    put_in_force(source, REMOVE)
    row = run(source)
    assert (row.examined, row.changed) == (1, 0)


def test_what_becomes_supervised_stays_with_people(source, setup):
    put_in_force(source, ASK)
    wait(source, setup, "you are awful")
    supervised = [
        {"at": 0, "action": "allow"},
        {"at": 0.6, "action": "hide"},
        {"at": 0.9, "action": "remove", "supervised": True},
    ]
    put_in_force(source, supervised)
    run(source)
    assert Case.objects.get().state == "open"
    assert Outcome.objects.get().action == "hide"
    assert Verdict.objects.latest("pk").why == "supervised"
    make_calibrator(STERN)
    run(source)
    assert Verdict.objects.count() == 3
    assert Outcome.objects.count() == 1


def test_a_pass_that_fails_costs_no_other_its_turn(source, setup):
    broken = make_source("forum")
    put_in_force(broken, ASK)
    wait(broken, setup, "awful")
    wait(source, setup, "awful")
    ladders = {"default": [{"at": 0.5, "action": "hide"}]}
    values = {"source": broken, "audit_rate": 0.1, "default_actions": {"default": "hide"}}
    Policy.objects.create(version=9, ladders=ladders, **values)
    Rerouting.objects.all().update(finished_at=timezone.now())
    failed, done = start(broken, "for a test", None), run(source)
    failed.refresh_from_db()
    assert (failed.finished_at, failed.failed_at is None) == (None, False)
    assert done.finished_at is not None
    Policy.objects.create(version=10, ladders={"default": ASK}, **values)
    Rerouting.objects.filter(pk=failed.pk).update(failed_at=timezone.now() - rerouting.AFTER_FAILURE)
    while rerouting.step():
        pass
    failed.refresh_from_db()
    assert failed.finished_at is not None
