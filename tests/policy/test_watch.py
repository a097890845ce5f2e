"""The watchdog goes over all automatic outcomes, raises one alarm, and steps back where it may."""

from datetime import timedelta

import numpy as np
import pytest
from django.urls import reverse
from django.utils import timezone

from review.enforcement.webhooks.bodies import bodies
from review.models import (
    Alarm,
    Certificate,
    CertificationAttempt,
    Delivery,
    Endpoint,
    MarginCount,
    MarginDelta,
    Policy,
    Rerouting,
    RiskTarget,
    Watch,
)
from review.policy import tasks, watchdog
from review.policy.certification import attempt_certification, improves, put_in_force
from review.policy.forms import PolicyForm
from review.records.sweeps import FAILURES
from review.registry.certificates import UNWATCHED_AFTER, certificate_status
from review.registry.ladder import parse
from review.registry.policy_versions import new_version, policy_of, replaced_by
from review.verdicts.context import load_context
from tests.policy.cohorts import judged
from tests.rows import make_message, make_source
from tests.verdicts.plain_ladder import taken

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


def hiding(source):
    return parse(policy_of(source).ladders).default.of("hide")


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


def test_it_raises_one_alarm_and_steps_back(source, setup, certified):
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


def test_the_platform_is_told_of_an_alarm_once(source, setup, certified):
    Endpoint.objects.create(source=source, url="https://platform.example/", events=["alarm"])
    judged_now(source, setup, 40, False)
    watchdog.check(certified, setup)
    watchdog.check(certified, setup)
    [told] = bodies([Delivery.objects.get()])
    assert told["event"] == "alarm"
    alarm = {name: told["alarm"][name] for name in ("id", "action", "judged", "wrong", "stepped_back")}
    found = Alarm.objects.get()
    assert alarm == {"id": found.pk, "action": "hide", "judged": 40, "wrong": 40.0, "stepped_back": True}


def test_what_goes_wrong_with_one_target_is_its_own(source, setup, certified, sign_in, dana):
    broken = make_source("forum")
    ladders = {"default": [{"at": 0.5, "action": "hide"}]}
    Policy.objects.create(
        source=broken, version=1, ladders=ladders, audit_rate=0.1, default_actions={"default": "hide"}
    )
    failing = RiskTarget.objects.create(source=broken, kind=RiskTarget.Kind.WRONG_REMOVALS, action="hide", risk=0.2)
    last = RiskTarget.objects.create(source=source, kind=RiskTarget.Kind.MISSES, action="allow", risk=0.2)
    RiskTarget.objects.update(watched_at=None)
    before = FAILURES.labels("watchdog")._value.get()
    tasks.check_risk_targets()
    tasks.attempt_certifications()
    assert FAILURES.labels("watchdog")._value.get() == before + 1
    failing.refresh_from_db()
    assert (failing.watched_at, failing.failure) == (None, "certification: InvalidLadder")
    assert not RiskTarget.objects.filter(pk__in=[certified.pk, last.pk], watched_at=None).exists()
    assert last.attempts.exists()
    RiskTarget.objects.filter(pk=certified.pk).update(failed_at=timezone.now(), failure="watchdog: KeyError")
    assert "watchdog: KeyError" in page(sign_in(dana), source)
    tasks.check_risk_targets()
    assert "KeyError" not in page(sign_in(dana), source)


def page(client, source):
    return " ".join(client.get(f"/policy/?source={source.slug}").content.decode().split())


def test_a_rung_that_was_not_watched_in_time_is_supervised_until_it_is(source, setup, certified, sign_in, dana):
    message = make_message(source)
    assert done_to(setup, message) == ("hide", False)
    assert "Last watched" in page(sign_in(dana), source)
    RiskTarget.objects.update(watched_at=timezone.now() - UNWATCHED_AFTER - timedelta(minutes=1))
    assert done_to(setup, message) == ("review", True)
    assert "has not gone over this certificate within 6 hours" in page(sign_in(dana), source)
    tasks.check_risk_targets()
    assert done_to(setup, message) == ("hide", False)
    assert Rerouting.objects.filter(why="hide is watched again").exists()


def test_under_an_unanswered_alarm_it_is_supervised_whatever_the_policy_says(source, setup, certified):
    figures = {"outcomes": 9, "judged": 9, "wrong": 9, "value": 9, "level": 9}
    Alarm.objects.create(target=certified, attempt=CertificationAttempt.objects.get(), stepped_back=True, **figures)
    assert hiding(source).certified
    assert done_to(setup, make_message(source)) == ("review", True)


def done_to(setup, message):
    """What routing does to a message far beyond the certified margin."""
    _, ladders = load_context(setup, [message]).policies[message.source_id]
    found = taken(ladders.default, 0.95, 5.0, setup.key)
    return found.action, found.supervised


def test_its_level_is_fixed_with_the_certificate_whatever_traffic_does(source, setup, certified):
    judged_now(source, setup, 10, True)
    level = watchdog.check(certified, setup).level
    assert level == pytest.approx(20 * Certificate.objects.get().per_year)
    MarginDelta.objects.all().delete()
    MarginCount.objects.all().delete()
    assert watchdog.check(certified, setup).level == level
    judged(source, setup, spread(500, True), drawn=False, ago=timedelta(days=1))
    assert watchdog.check(certified, setup).level == level


@pytest.mark.parametrize(
    "case", [(RiskTarget.Kind.FALSE_POSITIVES, "hide", 3.0, False), (RiskTarget.Kind.VIOLATIONS, "allow", -3.0, True)]
)
def test_shares_of_a_class_are_watched_too(source, setup, case):
    kind, action, margin, wrong = case
    target = RiskTarget.objects.create(source=source, kind=kind, action=action, risk=0.1)
    judged(source, setup, [(margin + number / 100, not wrong) for number in range(60)])
    judged(source, setup, [(-margin + number / 100, wrong) for number in range(200)])
    put_in_force(attempt_certification(target, setup), None)
    judged_at = {"ago": timedelta(0)}
    judged(source, setup, [(-margin, wrong)] * 30 + [(margin, not wrong)] * 30, **judged_at)
    found = watchdog.check(target, setup)
    assert (found.outcomes, found.judged, found.wrong) == (60, 60, 0.0)
    assert not Alarm.objects.exists()
    judged(source, setup, [(2 * margin, wrong)] * 60, **judged_at)
    watchdog.check(target, setup)
    assert Alarm.objects.get().stepped_back


def test_a_withdrawn_certificate_does_not_come_back(source, setup, certified, dana):
    certified_version = policy_of(source)
    judged_now(source, setup, 40, False)
    watchdog.check(certified, setup)
    new_version(source, dana, replaced_by(certified_version.ladders, 0.1))
    assert hiding(source).certified is None
    assert hiding(source).supervised
    watchdog.answer(Alarm.objects.get(), dana)
    new_version(source, dana, replaced_by(certified_version.ladders, 0.1))
    assert hiding(source).certified is None, "the alarm was raised after the attempt that it rests on"


def test_saved_between_the_alarm_and_the_withdrawal_it_is_withdrawn_again(source, setup, certified):
    """As when a worker is lost in between, or a policy was written past `new_version`."""
    judged_now(source, setup, 40, False)
    ladders = policy_of(source).ladders
    watchdog.check(certified, setup)
    Policy.objects.create(
        source=source, version=9, ladders=ladders, audit_rate=0.1, default_actions={"default": "hide"}
    )
    assert hiding(source).certified
    watchdog.check(certified, setup)
    assert hiding(source).certified is None
    assert Alarm.objects.count() == 1


def test_a_change_is_made_from_what_is_in_force_under_the_lock(source, setup, certified, dana):
    form = PolicyForm(policy_of(source), PolicyForm.showing(policy_of(source)).data)
    assert form.is_valid()
    judged_now(source, setup, 40, False)
    watchdog.check(certified, setup)
    new_version(source, dana, form.terms)
    assert hiding(source).certified is None


def test_it_only_raises_the_alarm_where_stepping_back_is_switched_off(source, setup, certified):
    RiskTarget.objects.filter(pk=certified.pk).update(steps_back=False)
    judged_now(source, setup, 40, False)
    tasks.check_risk_targets()
    assert not Alarm.objects.get().stepped_back
    assert policy_of(source).version == 2


def test_switched_on_under_an_unanswered_alarm_it_steps_back_at_once(source, setup, certified, sign_in, dana):
    RiskTarget.objects.filter(pk=certified.pk).update(steps_back=False)
    judged_now(source, setup, 40, False)
    tasks.check_risk_targets()
    client = sign_in(dana)
    switch(client, certified, applies_itself="on")
    assert hiding(source).certified, "only applying was switched"
    switch(client, certified, steps_back="on")
    policy = policy_of(source)
    assert (hiding(source).certified, hiding(source).supervised, policy.created_by) == (None, True, None)
    assert "watchdog" in policy.note
    assert Alarm.objects.get().stepped_back
    assert "moddog has put the rung under supervision" in page(client, source)
    switch(client, certified, steps_back="on")
    assert policy_of(source) == policy


def test_switched_on_after_the_alarm_was_answered_the_certificate_stands(source, setup, certified, sign_in, dana):
    RiskTarget.objects.filter(pk=certified.pk).update(steps_back=False)
    judged_now(source, setup, 40, False)
    tasks.check_risk_targets()
    watchdog.answer(Alarm.objects.get(), dana)
    switch(sign_in(dana), certified, steps_back="on")
    assert hiding(source).certified
    assert not Alarm.objects.get().stepped_back


def test_switched_on_while_a_check_is_under_way_it_steps_back(source, setup, certified):
    """The check has read the target before that."""
    RiskTarget.objects.filter(pk=certified.pk).update(steps_back=False)
    read_before = RiskTarget.objects.get(pk=certified.pk)
    RiskTarget.objects.filter(pk=certified.pk).update(steps_back=True)
    judged_now(source, setup, 40, False)
    watchdog.check(read_before, setup)
    assert Alarm.objects.get().stepped_back
    assert hiding(source).certified is None


def switch(client, target, **switches):
    client.post(reverse("policy-target-change", args=[target.source.slug, target.pk]), switches)


def test_a_label_that_comes_late_is_filled_in_at_its_place(source, setup, certified):
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
