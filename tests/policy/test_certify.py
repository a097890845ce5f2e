"""Margins from risk targets: certified from blind labels alone, attempts on record, in force as a policy version."""

from datetime import timedelta

import numpy as np
import pytest
from django.core.cache import cache
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from inference.guarantees.bounds import delta_of_attempt
from review.models import (
    Alarm,
    CertificationAttempt,
    Message,
    ModelVersion,
    Reason,
    RiskTarget,
)
from review.policy import certification, tasks
from review.policy.certification import attempt_certification, improves, put_in_force, withdraw
from review.registry.certificates import certificate_status
from review.registry.ladder import parse
from review.registry.policy_versions import new_version, policy_of, replaced_by, with_rung
from review.registry.scoring_setup import ScoringSetup
from tests.policy.cohorts import judged
from tests.rows import make_calibrator, make_case, make_source
from tests.verdicts.plain_ladder import taken

pytestmark = pytest.mark.django_db


def spread(number, low=1.0, high=5.0, ruling=True):
    return [(float(margin), ruling) for margin in np.linspace(low, high, number)]


def test_enough_blind_labels_without_an_error_certify_a_margin(source, setup, target):
    judged(source, setup, spread(200))
    found = attempt_certification(target, setup)
    assert 1.0 <= found.margin < 1.2
    assert (found.number, found.errors, found.method) == (1, 0.0, "binomial")
    assert 190 <= found.labels <= 200
    assert 0 < found.bound <= target.risk
    assert found.delta == pytest.approx(delta_of_attempt(0.05, 1))
    assert policy_of(source).version == 1


def test_too_few_labels_are_no_attempt_and_what_is_missing_is_said(source, setup, target):
    judged(source, setup, spread(10))
    found = attempt_certification(target, setup)
    assert (found.margin, found.number) == (None, 0)
    assert found.missing > 0
    assert "at least" in found.reason
    assert attempt_certification(target, setup).number == 0


def test_without_any_message_it_says_so(setup, target):
    assert "No message has come in yet" in attempt_certification(target, setup).reason


def test_what_is_undecided_counts_as_an_error(source, setup, target):
    judged(source, setup, spread(100))
    judged(source, setup, spread(40, low=5.1, high=6.0, ruling=None))
    found = attempt_certification(target, setup)
    assert found.margin is None
    assert found.errors > 0


def test_people_have_a_day_to_decide_before_a_message_counts(source, setup, target):
    judged(source, setup, spread(100))
    judged(source, setup, spread(40, low=5.1, high=6.0, ruling=None), ago=timedelta(hours=23))
    assert attempt_certification(target, setup).margin is not None


def test_copies_of_a_text_on_a_day_are_one_label(source, setup, target):
    judged(source, setup, spread(200), texts=["the same"] * 200)
    found = attempt_certification(target, setup)
    assert (found.messages, found.margin) == (1, None)


def test_an_imported_message_is_nobodys_traffic(source, setup, target):
    for message in judged(source, setup, spread(5), drawn=False):
        make_case(source, message, state="decided", reason=Reason.IMPORT)
    assert attempt_certification(target, setup).messages == 0


def test_a_category_with_its_own_ladder_leaves_the_pool(source, setup, target):
    judged(source, setup, spread(60))
    ladders = policy_of(source).ladders | {"toxicity": [{"at": 0.0, "action": "allow"}]}
    new_version(source, None, replaced_by(ladders, 0.1))
    assert attempt_certification(target, setup).messages == 0


def test_every_attempt_spends_and_stays_on_record(source, setup, target):
    judged(source, setup, spread(200))
    first, second = attempt_certification(target, setup), attempt_certification(target, setup)
    assert (first.number, second.number) == (1, 2)
    assert second.delta == pytest.approx(first.delta / 4)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        CertificationAttempt.objects.update(margin=0.0)


def test_in_force_it_acts_from_its_margin_on_and_no_calibrator_moves_it(source, setup, target, dana):
    judged(source, setup, spread(200))
    policy = put_in_force(attempt_certification(target, setup), dana)
    assert (policy.version, policy.created_by) == (2, dana)
    assert "0 errors in" in policy.note
    ladder = parse(policy.ladders).default
    assert taken(ladder, 0.99, 1.2, setup.key).action == "hide"
    assert taken(ladder, 0.99, 0.99, setup.key).supervised
    make_calibrator({"kind": "platt", "slopes": [0.1], "intercept": -3.0, "n": 1_000_000})
    assert taken(parse(policy_of(source).ladders).default, 0.01, 1.2, setup.key).action == "hide"
    assert certificate_status(target, policy_of(source), setup.key).attempt == CertificationAttempt.objects.get()


def test_under_another_model_people_look_again(source, setup, target):
    judged(source, setup, spread(200))
    policy = put_in_force(attempt_certification(target, setup), None)
    other = ScoringSetup(
        ModelVersion.objects.create(name="x", location="x", weights_hash="e" * 64, fingerprint="e" * 64), setup.rubric
    )
    assert certificate_status(target, policy, other.key).certified is None
    assert taken(parse(policy.ladders).default, 0.99, 5.0, other.key).supervised
    assert attempt_certification(target, other).messages == 0


def test_it_applies_what_it_finds_only_where_that_is_switched_on(source, setup, target):
    judged(source, setup, spread(200))
    RiskTarget.objects.filter(pk=target.pk).update(applies_itself=True)
    target.refresh_from_db()
    attempt_certification(target, setup)
    policy = policy_of(source)
    assert (policy.version, policy.created_by) == (2, None)
    assert not improves(CertificationAttempt.objects.get(), certificate_status(target, policy, setup.key))


def test_it_applies_nothing_while_an_alarm_waits(source, setup, target):
    judged(source, setup, spread(200))
    found = attempt_certification(target, setup)
    figures = {"outcomes": 9, "judged": 9, "wrong": 9, "value": 9, "level": 9}
    Alarm.objects.create(target=target, attempt=found, stepped_back=True, **figures)
    RiskTarget.objects.filter(pk=target.pk).update(applies_itself=True)
    target.refresh_from_db()
    assert attempt_certification(target, setup).messages == 0
    assert policy_of(source).version == 1
    with pytest.raises(ValueError, match="alarm"):
        put_in_force(found, None)


def test_withdrawn_it_is_supervised_again(source, setup, target, dana):
    judged(source, setup, spread(200))
    put_in_force(attempt_certification(target, setup), dana)
    assert withdraw(target, dana, "not yet").version == 3
    assert parse(policy_of(source).ladders).default.of("hide").certified is None
    assert parse(policy_of(source).ladders).default.of("hide").supervised
    assert withdraw(target, dana, "again") is None


def test_an_allowance_is_certified_up_to_a_margin(source, setup):
    target = RiskTarget.objects.create(source=source, kind=RiskTarget.Kind.MISSES, action="allow", risk=0.1)
    judged(source, setup, spread(200, -5.0, -1.0, ruling=False))
    policy = put_in_force(attempt_certification(target, setup), None)
    ladder = parse(policy.ladders).default
    assert taken(ladder, 0.1, -1.2, setup.key).action == "allow"
    assert taken(ladder, 0.1, -0.99, setup.key).supervised


def test_the_night_attempts_again_only_once_labels_have_grown(source, setup, target):
    judged(source, setup, spread(200))
    tasks.attempt_certifications()
    assert CertificationAttempt.objects.count() == 1
    tasks.attempt_certifications()
    assert CertificationAttempt.objects.count() == 1
    with transaction.atomic():
        _age(hours=21)
    tasks.attempt_certifications()
    assert CertificationAttempt.objects.count() == 1
    judged(source, setup, spread(55))
    tasks.attempt_certifications()
    assert CertificationAttempt.objects.count() == 1, "one night, one count"
    cache.clear()
    tasks.attempt_certifications()
    assert CertificationAttempt.objects.count() == 2


def test_what_was_supervised_keeps_its_weight_when_the_rate_falls(source, setup, target):
    judged(source, setup, spread(200))
    new_version(source, None, replaced_by(policy_of(source).ladders, 0.02))
    judged(source, setup, spread(3), rate=0.02)
    judged(source, setup, spread(150), rate=0.02, drawn=False)
    found = attempt_certification(target, setup)
    assert (found.method, found.errors) == ("betting", 0.0)
    assert found.margin is not None


def test_somebody_may_ask_for_an_attempt(source, setup, target, dana):
    judged(source, setup, spread(200))
    attempt_certification(target, setup)
    certification.ask(target, dana)
    tasks.attempt_certifications()
    assert CertificationAttempt.objects.latest("pk").asked_by == dana
    target.refresh_from_db()
    assert target.asked_at is None


def test_other_sources_labels_count_for_nothing(setup, target):
    judged(make_source("forum"), setup, spread(60))
    assert attempt_certification(target, setup).messages == 0
    assert Message.objects.count() == 60


def test_a_rung_can_be_changed_alone(source, target):
    ladders = with_rung(policy_of(source), "default", "hide", lambda rung: rung)
    assert ladders == policy_of(source).ladders


def _age(hours):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL moddog.purge = 'on'")
        cursor.execute(
            "UPDATE review_certificationattempt SET created_at = %s", [timezone.now() - timedelta(hours=hours)]
        )
        cursor.execute("SET LOCAL moddog.purge = 'off'")
