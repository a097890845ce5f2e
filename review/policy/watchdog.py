"""Watches whether certified rungs keep their promise, raises an alarm where one does not, and steps back."""

from datetime import datetime

import numpy as np
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from inference.guarantees.watchdog import expected_delays, watch
from review.models import Action, Alarm, CertificationAttempt, Policy, RiskTarget, User, Watch
from review.policy import certification, risk_targets
from review.policy.cohort import LEAST_RATE, Units, units
from review.records import audit
from review.registry import certificates
from review.registry.ladder import Rung, SetupKey, parse
from review.registry.policies import policy_of
from review.registry.scoring_setup import ScoringSetup
from review.verdicts.margin_counts import CENTRES, counts

TIMES = (2, 3, 5)
WEEKS = 52.18
WATCHED = (RiskTarget.Kind.WRONG_REMOVALS, RiskTarget.Kind.MISSES)
"""Targets that are a share of what is acted on, or allowed: of each outcome it can be said whether it was wrong."""


def check(target: RiskTarget, setup: ScoringSetup) -> Watch | None:
    """Compute how the watchdog stands, late rulings at their place, and bark if it must.

    None where there is nothing to watch: no certificate in force, or a risk target that is a share of a whole class.
    """
    policy = policy_of(target.source)
    now = certificates.certificate_status(target, policy, setup.key)
    if target.kind not in WATCHED or now.rung is None or now.certified is None or now.attempt is None:
        Watch.objects.filter(target=target).delete()
        return None
    since = _since(target, now.attempt, setup.key)
    seen = _beyond(target, setup, policy, now.certified.margin, since)
    rate = max(policy.audit_rate if now.rung.rate is None else now.rung.rate, LEAST_RATE)
    per_week = max(messages_a_week(target, setup, policy, now.certified.margin), 1.0)
    wrong = 1.0 - seen.violation if risk_targets.statistical(target).above else seen.violation
    found = watch(
        seen.drawn,
        np.maximum(seen.rate, LEAST_RATE),
        wrong,
        risk=target.risk,
        per_year=per_week * WEEKS,
        planned=rate,
    )
    figures = {
        "outcomes": len(seen),
        "judged": int((~np.isnan(wrong)).sum()),
        "wrong": float(np.nansum(wrong)),
        "value": float(found.values[-1]) if len(seen) else 0.0,
        "level": found.level,
    }
    if found.alarm_at is not None and _raise_alarm(
        target, now.attempt, figures | {"value": float(found.values[found.alarm_at])}
    ):
        Watch.objects.filter(target=target).delete()
        return None
    delays = expected_delays(target.risk, rate, per_week * WEEKS, TIMES)
    told = {str(times): [delay.median, delay.weeks] for times, delay in delays.items()}
    defaults = figures | {"since": since, "delays": told, "per_week": per_week, "at": Now()}
    Watch.objects.update_or_create(target=target, defaults=defaults)
    return Watch.objects.get(target=target)


def messages_a_week(target: RiskTarget, setup: ScoringSetup, policy: Policy, margin: float) -> float:
    """How many messages a week lie beyond the certified margin, on the risk target's ladder."""
    counted = counts(target.source, setup.model, setup.rubric)
    beyond = margin >= CENTRES if target.action == Action.ALLOW else margin <= CENTRES
    names = certificates.categories_of(target, parse(policy.ladders))
    return sum(int(counted.by_category[name][beyond].sum()) for name in names) * 7 / counted.days


@transaction.atomic
def answer(alarm: Alarm, by: User) -> bool:
    """Somebody has seen to it; False where somebody did before. The watchdog starts anew from here."""
    answered = Alarm.objects.filter(pk=alarm.pk, answered_at=None).update(answered_at=Now(), answered_by=by)
    if answered:
        audit.record(by, "answered alarm", alarm, alarm.target.source)
    return bool(answered)


@transaction.atomic
def _raise_alarm(target: RiskTarget, attempt: CertificationAttempt, figures: dict[str, float]) -> bool:
    """Raise the alarm, once, and step back where that is switched on; whether it did."""
    alarm, raised = Alarm.objects.get_or_create(
        target=target,
        answered_at=None,
        defaults=figures | {"attempt": attempt, "stepped_back": target.steps_back},
    )
    if not raised:
        return False
    audit.record(None, "raised alarm", alarm, target.source, risk_target=target.pk)
    why = f"{target.action.capitalize()} is supervised again: the watchdog raised an alarm"
    return bool(target.steps_back and certification.withdraw(target, None, why))


def _since(target: RiskTarget, attempt: CertificationAttempt, setup_key: SetupKey) -> datetime:
    """When the certificate came in force, or the last alarm under it was answered."""
    versions = Policy.objects.filter(source=target.source, created_at__gte=attempt.created_at).order_by("version")
    first = next(
        policy for policy in versions if _holds(certificates.rung_of(target, parse(policy.ladders)), attempt, setup_key)
    )
    answered = target.alarms.filter(answered_at__gte=first.created_at).order_by("-answered_at").first()
    return answered.answered_at if answered and answered.answered_at else first.created_at


def _holds(rung: Rung | None, attempt: CertificationAttempt, setup_key: SetupKey) -> bool:
    found = rung.in_force(setup_key) if rung else None
    return bool(found and found.attempt == attempt.pk)


def _beyond(target: RiskTarget, setup: ScoringSetup, policy: Policy, margin: float, since: datetime) -> Units:
    """What was done automatically under the certificate, in the order in which it came in."""
    beyond = (-np.inf, margin) if target.action == Action.ALLOW else (margin, np.inf)
    seen = units(target.source, setup, since, timezone.now(), beyond)
    return seen.of(certificates.categories_of(target, parse(policy.ladders)))
