"""Thresholds from goals: looks at whether one can be promised, and putting what certifies in force."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from django.core.cache import cache
from django.db import transaction
from django.db.models import Max
from django.db.models.functions import Now
from django.utils import timezone

from inference.guarantees.bounds import delta_of_attempt, labels_needed
from inference.guarantees.certify import Certificate, attempt_is_due, certify
from review.broker import DEFAULT_QUEUE, nudge
from review.models import Action, Derivation, Goal, Policy, User
from review.policy import risk_targets
from review.policy.cohort import Units, units
from review.records import audit
from review.registry.ladder import Certified, Pair, Rung, parse
from review.registry.model_versions import Judge
from review.registry.policies import new_version, policy_of, supervised, with_rung
from review.verdicts.margin_counts import PER_UNIT

LOOK = "review.policy.tasks.look_at_goals"
NIGHT = timedelta(hours=20)
LEAST_STEP = 1 / PER_UNIT  # of margin


@dataclass(frozen=True)
class Standing:
    """What a goal's rung rests on now: its certificate in force and the look behind it, None under supervision."""

    rung: Rung | None
    certified: Certified | None = None
    derivation: Derivation | None = None


def standing(goal: Goal, policy: Policy, pair: Pair) -> Standing:
    """How the goal's rung stands under the policy, for a model and a rubric."""
    rung = risk_targets.rung_of(goal, parse(policy.ladders))
    found = rung.in_force(pair) if rung else None
    derivation = Derivation.objects.filter(pk=found.derivation, goal=goal).first() if found else None
    return Standing(rung, found, derivation) if derivation else Standing(rung)


def last_look(goal: Goal, judge: Judge) -> Derivation | None:
    """The newest look at the goal under the pair."""
    return Derivation.objects.filter(goal=goal, model=judge.model, rubric=judge.rubric).order_by("-look", "-pk").first()


def look(goal: Goal, judge: Judge, by: User | None = None) -> Derivation:
    """Look whether the goal can be promised now; put what certifies in force where the admin has switched that on.

    A look that could not have certified anything, whatever the labels say, is no look: it is told and spends nothing.
    Of two at once only one counts, and both answer with it.
    """
    seen, number = _units(goal, judge, policy_of(goal.source)), _next_look(goal)
    found = _certificate(goal, seen, number)
    with transaction.atomic():
        goal = Goal.objects.select_for_update(of=("self",)).select_related("source").get(pk=goal.pk)
        last = last_look(goal, judge)
        if last and _next_look(goal) != number:
            return last
        Goal.objects.filter(pk=goal.pk).update(asked_by=None, asked_at=None)
        derivation = _record(goal, judge, seen, found, number, by=by)
        if goal.applies_itself and _may_apply(goal, derivation, judge):
            put_in_force(derivation, None)
    return derivation


def is_due(goal: Goal, judge: Judge) -> bool:
    """Whether another look may find more than the last one did, or none was made yet; at most one a night by itself.

    Depends on how many texts were drawn, never on what was ruled.
    """
    last = last_look(goal, judge)
    if last is None:
        return True
    if timezone.now() - last.created_at < NIGHT or not cache.add(f"goal-night:{goal.pk}", True, NIGHT.total_seconds()):
        return False
    return attempt_is_due(last.cohort, _drawn(goal, _units(goal, judge, policy_of(goal.source))))


def improves(derivation: Derivation, now: Standing) -> bool:
    """Whether putting the margin in force would change anything for the better: it certifies, and reaches further.

    A hair's breadth is not worth another version of the policy.
    """
    if derivation.margin is None or now.rung is None or outlived(derivation):
        return False
    if now.certified is None:
        return True
    further = derivation.margin - now.certified.margin
    return (further if derivation.goal.action == Action.ALLOW else -further) > LEAST_STEP


@transaction.atomic
def put_in_force(derivation: Derivation, by: User | None) -> Policy:
    """A new policy version whose rung acts beyond the certified margin. Raises ValueError where none was certified."""
    goal = derivation.goal
    if derivation.margin is None:
        raise ValueError("this look certified nothing")
    pair = Pair(derivation.model.weights_hash, derivation.rubric.version)
    certified = Certified(derivation.margin, pair, derivation.pk)
    return _with(goal, by, lambda rung: replace(rung, supervised=True, certified=certified), _words(derivation))


def ask(goal: Goal, by: User) -> None:
    """Note that somebody wants a look now: the next sweep makes it, even if no worker could be woken."""
    if Goal.objects.filter(pk=goal.pk, asked_at=None, ended_at=None).update(asked_by=by, asked_at=Now()):
        audit.record(by, "asked for a look", goal, goal.source)
        transaction.on_commit(lambda: nudge(LOOK, DEFAULT_QUEUE))


def outlived(derivation: Derivation) -> bool:
    """Whether an alarm was raised since the look: what it rests on no longer holds."""
    return derivation.goal.alarms.filter(raised_at__gt=derivation.created_at).exists()


def still_holds(certified: Certified) -> bool:
    """Whether a certificate may be put in force again: its goal stands, and no alarm was raised since."""
    derivation = Derivation.objects.filter(pk=certified.derivation, goal__ended_at=None).first()
    return bool(derivation and not outlived(derivation))


@transaction.atomic
def withdraw(goal: Goal, by: User | None, why: str) -> Policy | None:
    """A new policy version in which people supervise the goal's rung again; None where it has no certificate.

    The allowing rung goes back to acting by probability: else every harmless message would wait for people.
    """
    rung = risk_targets.rung_of(goal, parse(policy_of(goal.source).ladders))
    if rung is None or rung.certified is None:
        return None
    if goal.action == Action.ALLOW and by is not None:
        return _with(goal, by, lambda rung: replace(rung, supervised=False, certified=None), why)
    return _with(goal, by, supervised, why)


def _with(goal: Goal, by: User | None, change: Callable[[Rung], Rung], why: str) -> Policy:
    before = policy_of(goal.source)
    ladders = with_rung(before, risk_targets.ladder_name(goal), goal.action, change)
    return new_version(goal.source, by, ladders=ladders, audit_rate=before.audit_rate, note=why)


def _units(goal: Goal, judge: Judge, policy: Policy) -> Units:
    """The messages that the goal is about. After an alarm the world is another: what came in before counts no more."""
    since = goal.alarms.aggregate(last=Max("raised_at"))["last"]
    return units(goal.source, judge, since).of(risk_targets.categories_of(goal, parse(policy.ladders)))


def _drawn(goal: Goal, seen: Units) -> int:
    """How many texts of the cohort a look can use: those on its side, or all where the risk is a share of a class."""
    aim = risk_targets.wanted(goal)
    side = seen.margin >= 0 if aim.above else seen.margin <= 0
    return int((seen.drawn & (side | aim.of_class)).sum())


def _certificate(goal: Goal, seen: Units, number: int) -> Certificate:
    aim = risk_targets.wanted(goal)
    if not len(seen):
        needed = labels_needed(aim.risk, delta_of_attempt(aim.delta, number))
        reason = f"No message has come in yet that people had a day to rule on; {needed} cohort labels are needed."
        return Certificate(None, aim, 0, 0.0, 1.0, 0.0, "binomial", None, needed, reason, attempted=False)
    return certify(seen.traffic, aim, above=aim.above, attempt=number)


def _may_apply(goal: Goal, derivation: Derivation, judge: Judge) -> bool:
    """Never once the goal has ended, nor while an alarm waits for somebody to see to it."""
    alarmed = goal.alarms.filter(answered_at=None).exists()
    return (
        goal.ended_at is None
        and not alarmed
        and improves(derivation, standing(goal, policy_of(goal.source), judge.pair))
    )


def _next_look(goal: Goal) -> int:
    return (Derivation.objects.filter(goal=goal).aggregate(last=Max("look"))["last"] or 0) + 1


def _record(goal: Goal, judge: Judge, seen: Units, found: Certificate, number: int, *, by: User | None) -> Derivation:
    derivation = Derivation.objects.create(
        goal=goal,
        model=judge.model,
        rubric=judge.rubric,
        look=number if found.attempted else 0,
        delta=delta_of_attempt(goal.delta, number),
        margin=found.margin,
        messages=len(seen),
        cohort=_drawn(goal, seen),
        labels=found.labels,
        errors=found.errors if found.attempted else 0.0,
        bound=found.bound if found.attempted else None,
        share=found.share,
        method=found.method,
        check_bound=found.check,
        missing=found.missing,
        reason=found.reason,
        asked_by=by,
    )
    audit.record(by, "looked at goal", goal, goal.source, derivation=derivation.pk, look=derivation.look)
    return derivation


def _words(derivation: Derivation) -> str:
    return (
        f"{derivation.goal.action.capitalize()} certified by look {derivation.look}: {derivation.errors:g} errors in "
        f"{derivation.labels:,} cohort labels"
    )
