"""Watches whether certified rungs keep their promise, raises an alarm where one does not, and steps back."""

from datetime import datetime

import numpy as np
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from inference.guarantees.watchdog import expected_delays, watch
from review.models import Action, Alarm, Derivation, Goal, Policy, User, Watch
from review.policy import certification, risk_targets
from review.policy.cohort import LEAST_RATE, Units, units
from review.records import audit
from review.registry.ladder import Pair, Rung, parse
from review.registry.model_versions import Judge
from review.registry.policies import policy_of
from review.verdicts.margin_counts import CENTRES, counts

TIMES = (2, 3, 5)
WEEKS = 52.18
WATCHED = (Goal.Kind.WRONG_REMOVALS, Goal.Kind.MISSES)
"""Goals that are a share of what is acted on, or allowed: of each outcome it can be said whether it was wrong."""


def go_round(goal: Goal, judge: Judge) -> Watch | None:
    """Compute how the watchdog stands, late rulings at their place, and bark if it must.

    None where there is nothing to watch: no certificate in force, or a goal that is a share of a whole class.
    """
    policy = policy_of(goal.source)
    now = certification.standing(goal, policy, judge.pair)
    if goal.kind not in WATCHED or now.rung is None or now.certified is None or now.derivation is None:
        Watch.objects.filter(goal=goal).delete()
        return None
    since = _since(goal, now.derivation, judge.pair)
    seen = _beyond(goal, judge, policy, now.certified.margin, since)
    rate = max(policy.audit_rate if now.rung.rate is None else now.rung.rate, LEAST_RATE)
    per_week = max(messages_a_week(goal, judge, policy, now.certified.margin), 1.0)
    wrong = 1.0 - seen.violation if risk_targets.wanted(goal).above else seen.violation
    found = watch(
        seen.drawn,
        np.maximum(seen.rate, LEAST_RATE),
        wrong,
        risk=goal.risk,
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
    if found.alarm_at is not None and _bark(
        goal, now.derivation, figures | {"value": float(found.values[found.alarm_at])}
    ):
        Watch.objects.filter(goal=goal).delete()
        return None
    delays = expected_delays(goal.risk, rate, per_week * WEEKS, TIMES)
    told = {str(times): [delay.median, delay.weeks] for times, delay in delays.items()}
    defaults = figures | {"since": since, "delays": told, "per_week": per_week, "at": Now()}
    Watch.objects.update_or_create(goal=goal, defaults=defaults)
    return Watch.objects.get(goal=goal)


def messages_a_week(goal: Goal, judge: Judge, policy: Policy, margin: float) -> float:
    """How many messages a week lie beyond the certified margin, on the goal's ladder."""
    counted = counts(goal.source, judge.model, judge.rubric)
    beyond = margin >= CENTRES if goal.action == Action.ALLOW else margin <= CENTRES
    names = risk_targets.categories_of(goal, parse(policy.ladders))
    return sum(int(counted.by_category[name][beyond].sum()) for name in names) * 7 / counted.days


@transaction.atomic
def answer(alarm: Alarm, by: User) -> bool:
    """Somebody has seen to it; False where somebody did before. The watchdog starts anew from here."""
    answered = Alarm.objects.filter(pk=alarm.pk, answered_at=None).update(answered_at=Now(), answered_by=by)
    if answered:
        audit.record(by, "answered alarm", alarm, alarm.goal.source)
    return bool(answered)


@transaction.atomic
def _bark(goal: Goal, derivation: Derivation, figures: dict[str, float]) -> bool:
    """Raise the alarm, once, and step back where that is switched on; whether it did."""
    alarm, raised = Alarm.objects.get_or_create(
        goal=goal,
        answered_at=None,
        defaults=figures | {"derivation": derivation, "stepped_back": goal.steps_back},
    )
    if not raised:
        return False
    audit.record(None, "raised alarm", alarm, goal.source, goal=goal.pk)
    why = f"{goal.action.capitalize()} is supervised again: the watchdog raised an alarm"
    return bool(goal.steps_back and certification.withdraw(goal, None, why))


def _since(goal: Goal, derivation: Derivation, pair: Pair) -> datetime:
    """When the certificate came in force, or the last alarm under it was answered."""
    versions = Policy.objects.filter(source=goal.source, created_at__gte=derivation.created_at).order_by("version")
    first = next(
        policy for policy in versions if _holds(risk_targets.rung_of(goal, parse(policy.ladders)), derivation, pair)
    )
    answered = goal.alarms.filter(answered_at__gte=first.created_at).order_by("-answered_at").first()
    return answered.answered_at if answered and answered.answered_at else first.created_at


def _holds(rung: Rung | None, derivation: Derivation, pair: Pair) -> bool:
    found = rung.in_force(pair) if rung else None
    return bool(found and found.derivation == derivation.pk)


def _beyond(goal: Goal, judge: Judge, policy: Policy, margin: float, since: datetime) -> Units:
    """What was done automatically under the certificate, in the order in which it came in."""
    beyond = (-np.inf, margin) if goal.action == Action.ALLOW else (margin, np.inf)
    seen = units(goal.source, judge, since, timezone.now(), beyond)
    return seen.of(risk_targets.categories_of(goal, parse(policy.ladders)))
