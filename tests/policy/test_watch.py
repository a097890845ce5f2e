"""The watchdog goes over all automatic outcomes, raises one alarm, and steps back where it may."""

from datetime import timedelta

import numpy as np
import pytest

from review.models import Alarm, CertificationAttempt, RiskTarget, Watch
from review.policy import tasks, watchdog
from review.policy.certification import attempt_certification, improves, put_in_force
from review.registry.certificates import certificate_status
from review.registry.ladder import parse
from review.registry.policies import policy_of
from tests.policy.cohorts import judged

pytestmark = pytest.mark.django_db


def spread(number, ruling, low=2.0):
    return [(float(margin), ruling) for margin in np.linspace(low, 5.0, number)]


@pytest.fixture
def certified(source, setup, target):
    judged(source, setup, spread(100, True, low=1.0))
    put_in_force(attempt_certification(target, setup), None)
    return target


def judged_now(source, setup, number, ruling, **fields):
    """What came in since the certificate is in force."""
    judged(source, setup, spread(number, ruling), ago=timedelta(0), **fields)


def test_without_a_certificate_there_is_nothing_to_watch(setup, target):
    assert watchdog.check(target, setup) is None


def test_it_says_how_it_stands_and_how_soon_it_would_notice(source, setup, certified):
    judged_now(source, setup, 40, True)
    found = watchdog.check(certified, setup)
    assert (found.outcomes, found.judged, found.wrong) == (40, 40, 0.0)
    assert found.value < found.level
    assert found.delays["5"][0] < found.delays["3"][0] < found.delays["2"][0]
    assert not Alarm.objects.exists()


def test_what_lies_beneath_the_margin_is_none_of_its_business(source, setup, certified):
    judged(source, setup, [(0.2, False)] * 40, ago=timedelta(0))
    assert watchdog.check(certified, setup).outcomes == 0


def test_it_barks_once_and_steps_back(source, setup, certified):
    judged_now(source, setup, 40, False)
    watchdog.check(certified, setup)
    alarm = Alarm.objects.get()
    assert (alarm.stepped_back, alarm.judged, alarm.wrong) == (True, 40, 40.0)
    policy = policy_of(source)
    assert (policy.version, policy.created_by) == (3, None)
    assert "watchdog" in policy.note
    assert parse(policy.ladders).default.of("hide").certified is None
    assert not Watch.objects.exists()
    watchdog.check(certified, setup)
    assert Alarm.objects.count() == 1
    assert not improves(CertificationAttempt.objects.get(), certificate_status(certified, policy, setup.key)), (
        "its ground is gone"
    )


def test_it_only_barks_where_stepping_back_is_switched_off(source, setup, certified):
    RiskTarget.objects.filter(pk=certified.pk).update(steps_back=False)
    judged_now(source, setup, 40, False)
    tasks.check_risk_targets()
    assert not Alarm.objects.get().stepped_back
    assert policy_of(source).version == 2


def test_a_ruling_that_comes_late_is_filled_in_at_its_place(source, setup, certified):
    judged_now(source, setup, 40, None)
    found = watchdog.check(certified, setup)
    assert (found.outcomes, found.judged) == (40, 0)


def test_answered_it_starts_anew(source, setup, certified, dana):
    RiskTarget.objects.filter(pk=certified.pk).update(steps_back=False)
    certified.refresh_from_db()
    judged_now(source, setup, 40, False)
    watchdog.check(certified, setup)
    alarm = Alarm.objects.get()
    assert watchdog.answer(alarm, dana)
    assert not watchdog.answer(alarm, dana)
    assert watchdog.check(certified, setup).outcomes == 0
    assert Alarm.objects.count() == 1
