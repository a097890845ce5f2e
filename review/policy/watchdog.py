"""Watches whether certified rungs keep their promise, raises an alarm where one does not, and steps back."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from inference.guarantees import watchdog as detector
from inference.guarantees.class_watchdog import watch_class
from review.enforcement import alarms
from review.models import Action, Alarm, Certificate, CertificationAttempt, Policy, RiskTarget, User, Watch
from review.policy import certification, risk_targets
from review.policy.cohort_evidence import LEAST_RATE, Array, CohortSample, cohort_sample
from review.policy.watched_volume import WEEKS, outcomes_a_year
from review.records import audit
from review.registry import certificates, rerouting
from review.registry.ladder import Ladder, parse
from review.registry.policy_versions import policy_of
from review.registry.scoring_setup import ScoringSetup

TIMES = (2, 3, 5)


@dataclass(frozen=True)
class CertifiedRung:
    """What a watch goes over: the target, its certificate in force, and the policy that holds it."""

    target: RiskTarget
    setup: ScoringSetup
    policy: Policy
    attempt: CertificationAttempt
    margin: float
    rate: float
    certificate: Certificate


def check(target: RiskTarget, setup: ScoringSetup) -> Watch | None:
    """Compute how the watchdog stands, late labels at their place, and raise an alarm if it must.

    Notes that the target was watched. None where there is nothing to watch: no certificate is in force.
    """
    rung = _certified_rung(target, setup)
    if rung is None:
        Watch.objects.filter(target=target).delete()
        found = None
    elif target.alarms.filter(answered_at=None, stepped_back=True).exists():
        _step_back(target)
        found = None
    else:
        found = _watched(rung)
    _note(target, rung)
    return found


@transaction.atomic
def change(target: RiskTarget, by: User, **switches: bool) -> None:
    """Change the target's switches. Stepping back, switched on while an alarm waits for an answer, happens at once."""
    risk_targets.change(target, by, **switches)
    waiting = target.alarms.filter(answered_at=None, stepped_back=False)
    if target.steps_back and waiting.exists() and _step_back(target):
        waiting.update(stepped_back=True)


@transaction.atomic
def answer(alarm: Alarm, by: User) -> bool:
    """Somebody has seen to it; False where somebody did before. The watchdog starts anew from here."""
    answered = Alarm.objects.filter(pk=alarm.pk, answered_at=None).update(answered_at=Now(), answered_by=by)
    if answered:
        audit.record(by, "answered alarm", alarm, alarm.target.source)
    return bool(answered)


def _certified_rung(target: RiskTarget, setup: ScoringSetup) -> CertifiedRung | None:
    policy = policy_of(target.source)
    now = certificates.certificate_status(target, policy, setup.key)
    if now.rung is None or now.certified is None or now.attempt is None:
        return None
    rate = max(policy.audit_rate if now.rung.rate is None else now.rung.rate, LEAST_RATE)
    per_year = outcomes_a_year(target, setup, policy, now.certified.margin)
    certificate, _ = Certificate.objects.get_or_create(attempt=now.attempt, defaults={"per_year": per_year})
    return CertifiedRung(target, setup, policy, now.attempt, now.certified.margin, rate, certificate)


def _watched(rung: CertifiedRung) -> Watch | None:
    target, since = rung.target, _since(rung)
    of_class = risk_targets.pure_target(target).of_class
    found, figures = (_of_class if of_class else _of_outcomes)(rung, since)
    figures |= {"value": float(found.values[-1]) if len(found.values) else 0.0, "level": found.level}
    if found.alarm_at is not None:
        raised = figures | {"value": float(found.values[found.alarm_at])}
        if _raise_alarm(target, rung.attempt, raised):
            return None
    defaults = figures | {
        "since": since,
        "delays": {} if of_class else _delays(rung),
        "per_week": rung.certificate.per_year / WEEKS,
        "at": Now(),
    }
    Watch.objects.update_or_create(target=target, defaults=defaults)
    return Watch.objects.get(target=target)


def _of_outcomes(rung: CertifiedRung, since: datetime) -> tuple[detector.Watch, dict[str, float]]:
    """Over every outcome beyond the margin, drawn or not: what is wrong among them is the risk."""
    beyond = (-np.inf, rung.margin) if rung.target.action == Action.ALLOW else (rung.margin, np.inf)
    seen = _sample(rung, since, beyond)
    drawn, rate, wrong = (np.full(len(seen), value) for value in (0.0, 1.0, np.nan))
    places = seen.place - 1
    drawn[places], rate[places] = 1.0, np.maximum(seen.rate, LEAST_RATE)
    wrong[places] = _in_wrong_class(rung.target, seen)
    found = detector.watch(
        drawn, rate, wrong, risk=rung.target.risk, per_year=rung.certificate.per_year, planned=rung.rate
    )
    return found, _figures(len(seen), wrong)


def _of_class(rung: CertifiedRung, since: datetime) -> tuple[detector.Watch, dict[str, float]]:
    """Over the drawn messages of the ladder: what lies beyond the margin, of those in the class, is the risk."""
    seen = _sample(rung, since, (-np.inf, np.inf))
    rate, least = np.maximum(seen.rate, LEAST_RATE), _least_rates(rung.target, seen)
    beyond = seen.margin <= rung.margin if rung.target.action == Action.ALLOW else seen.margin >= rung.margin
    member = _in_wrong_class(rung.target, seen)
    found = watch_class(
        rate,
        np.minimum(rate, least),
        beyond,
        member,
        risk=rung.target.risk,
        per_year=rung.certificate.per_year,
    )
    return found, _figures(len(seen), np.where(beyond, member, np.where(np.isnan(member), np.nan, 0.0)))


def _figures(outcomes: int, wrong: Array) -> dict[str, float]:
    return {"outcomes": outcomes, "judged": int((~np.isnan(wrong)).sum()), "wrong": float(np.nansum(wrong))}


def _sample(rung: CertifiedRung, since: datetime, within: tuple[float, float]) -> CohortSample:
    """What came in since, in order; labels may still be missing."""
    above = risk_targets.pure_target(rung.target).above
    categories = certificates.categories_of(rung.target, parse(rung.policy.ladders))
    source = rung.target.source
    return cohort_sample(source, rung.setup, categories, above=above, since=since, before=timezone.now(), within=within)


def _in_wrong_class(target: RiskTarget, seen: CohortSample) -> Array:
    return 1.0 - seen.violation if risk_targets.pure_target(target).above else seen.violation


def _least_rates(target: RiskTarget, seen: CohortSample) -> Array:
    """For each text the least rate above 0 of the target's ladder, in the policy under which it came in."""
    policies = Policy.objects.in_bulk(set(seen.policy.tolist()))
    least = {pk: _least_rate(target, policy) for pk, policy in policies.items()}
    return np.array([least[pk] for pk in seen.policy.tolist()], dtype=float)


def _least_rate(target: RiskTarget, policy: Policy) -> float:
    ladders = parse(policy.ladders)
    ladder: Ladder = ladders.named.get(certificates.ladder_name(target), ladders.default)
    rates = [policy.audit_rate if rung.rate is None else rung.rate for rung in ladder.rungs]
    return min([rate for rate in (*rates, policy.audit_rate) if rate > 0.0], default=1.0)


def _delays(rung: CertifiedRung) -> dict[str, list[float]]:
    found = detector.expected_delays(rung.target.risk, rung.rate, rung.certificate.per_year, TIMES)
    return {str(times): [delay.median, delay.weeks] for times, delay in found.items()}


@transaction.atomic
def _raise_alarm(target: RiskTarget, attempt: CertificationAttempt, figures: dict[str, float]) -> bool:
    """Raise the alarm, once, and step back where that is switched on; whether it did."""
    # Whoever switches it at this moment comes before, and is read here, or after, and finds the alarm.
    target = RiskTarget.objects.select_for_update(of=("self",), no_key=True).select_related("source").get(pk=target.pk)
    alarm, raised = Alarm.objects.get_or_create(
        target=target,
        answered_at=None,
        defaults=figures | {"attempt": attempt, "stepped_back": target.steps_back},
    )
    if not raised:
        return False
    audit.record(None, "raised alarm", alarm, target.source, risk_target=target.pk)
    alarms.tell(alarm)
    return bool(target.steps_back and _step_back(target))


def _step_back(target: RiskTarget) -> Policy | None:
    Watch.objects.filter(target=target).delete()
    why = f"{target.action.capitalize()} is supervised again: the watchdog raised an alarm"
    return certification.withdraw(target, None, why)


@transaction.atomic
def _note(target: RiskTarget, rung: CertifiedRung | None) -> None:
    """That the target was watched. Where its rung was supervised because it was not, waiting cases follow it again."""
    late = rung is not None and not certificates.is_watched(target)
    RiskTarget.objects.filter(pk=target.pk).update(watched_at=Now())
    risk_targets.clear_failure(target, "watchdog")
    if late:
        rerouting.start(target.source, f"{target.action} is watched again", None)


def _since(rung: CertifiedRung) -> datetime:
    """When the certificate came in force, or the last alarm under it was answered."""
    begun = rung.certificate.created_at
    answered = rung.target.alarms.filter(answered_at__gte=begun).order_by("-answered_at").first()
    return answered.answered_at if answered and answered.answered_at else begun
