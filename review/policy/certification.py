"""Thresholds from risk targets: attempts to certify one, and putting what certifies in force."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from django.core.cache import cache
from django.db import transaction
from django.db.models import Max
from django.db.models.functions import Now
from django.utils import timezone

from inference.guarantees.bounds import delta_of_attempt, labels_needed
from inference.guarantees.certify import Certificate as Finding
from inference.guarantees.certify import attempt_is_due, certify
from review.broker import DEFAULT_QUEUE, nudge
from review.models import Action, Certificate, CertificationAttempt, Policy, RiskTarget, User
from review.policy import risk_targets
from review.policy.cohort_evidence import CohortSample, cohort_sample
from review.policy.watched_volume import outcomes_a_year
from review.records import audit
from review.registry import certificates
from review.registry.ladder import Certified, Rung, parse, supervised
from review.registry.policy_versions import changed_rung, locked_policy, new_version, policy_of
from review.registry.scoring_setup import ScoringSetup
from review.verdicts.margin_counts import PER_UNIT

TASK = "review.policy.tasks.attempt_certifications"
NIGHT = timedelta(hours=20)
LEAST_STEP = 1 / PER_UNIT  # of margin


def last_attempt(target: RiskTarget, setup: ScoringSetup) -> CertificationAttempt | None:
    """The newest attempt for the risk target under the setup."""
    return (
        CertificationAttempt.objects.filter(target=target, model=setup.model, rubric=setup.rubric)
        .order_by("-number", "-pk")
        .first()
    )


def attempt_certification(target: RiskTarget, setup: ScoringSetup, by: User | None = None) -> CertificationAttempt:
    """Find out whether the target can be promised now; put what certifies in force where the admin has said so.

    An attempt that could not have certified anything, whatever the labels say, is recorded and spends nothing.
    Of two at once only one counts, and both answer with it.
    """
    seen, number = _sample(target, setup), _next_number(target)
    found = _certificate(target, seen, number)
    with transaction.atomic():
        target = RiskTarget.objects.select_for_update(of=("self",)).select_related("source").get(pk=target.pk)
        last = last_attempt(target, setup)
        if last and _next_number(target) != number:
            return last
        RiskTarget.objects.filter(pk=target.pk).update(asked_by=None, asked_at=None)
        attempt = _record(target, setup, seen, found, number, by=by)
        if target.applies_itself and _may_apply(target, attempt, setup):
            put_in_force(attempt, None)
    return attempt


def is_due(target: RiskTarget, setup: ScoringSetup) -> bool:
    """Whether another attempt may find more than the last one did, or none was made yet; at most one a night by itself.

    Depends on how many texts were drawn, never on what was decided.
    """
    last = last_attempt(target, setup)
    if last is None:
        return True
    if timezone.now() - last.created_at < NIGHT or not cache.add(
        f"target-night:{target.pk}", True, NIGHT.total_seconds()
    ):
        return False
    return attempt_is_due(last.cohort, _drawn(target, _sample(target, setup)))


def improves(attempt: CertificationAttempt, now: certificates.CertificateStatus) -> bool:
    """Whether putting the margin in force would change anything for the better: it certifies, and reaches further.

    A hair's breadth is not worth another version of the policy.
    """
    if attempt.margin is None or now.rung is None or certificates.outlived(attempt):
        return False
    if now.certified is None:
        return True
    further = attempt.margin - now.certified.margin
    return (further if attempt.target.action == Action.ALLOW else -further) > LEAST_STEP


@transaction.atomic
def put_in_force(attempt: CertificationAttempt, by: User | None) -> Policy:
    """A new policy version whose rung acts beyond the certified margin.

    Raises ValueError where none was certified, or where an alarm was raised since: that is looked up under the lock.
    """
    target = attempt.target
    if attempt.margin is None:
        raise ValueError("this attempt certified nothing")
    locked_policy(target.source)
    if certificates.outlived(attempt):
        raise ValueError("an alarm was raised since that attempt")
    certified = Certified(attempt.margin, ScoringSetup(attempt.model, attempt.rubric).key, attempt.pk)
    policy = _with(target, by, lambda rung: replace(rung, supervised=True, certified=certified), _words(attempt))
    _begin_watch(attempt, policy)
    return policy


def _begin_watch(attempt: CertificationAttempt, policy: Policy) -> None:
    """Fix what the watchdog goes by when the certificate first comes in force: later traffic changes it no more."""
    setup = ScoringSetup(attempt.model, attempt.rubric)
    per_year = outcomes_a_year(attempt.target, setup, policy, float(attempt.margin or 0.0))
    Certificate.objects.get_or_create(attempt=attempt, defaults={"per_year": per_year})
    RiskTarget.objects.filter(pk=attempt.target_id).update(watched_at=Now())


def ask(target: RiskTarget, by: User) -> None:
    """Note that somebody wants an attempt now: the next sweep makes it, even if no worker could be woken."""
    if RiskTarget.objects.filter(pk=target.pk, asked_at=None, ended_at=None).update(asked_by=by, asked_at=Now()):
        audit.record(by, "asked for certification", target, target.source)
        transaction.on_commit(lambda: nudge(TASK, DEFAULT_QUEUE))


@transaction.atomic
def withdraw(target: RiskTarget, by: User | None, why: str) -> Policy | None:
    """A new policy version in which people supervise the risk target's rung again; None where it has no certificate.

    The allowing rung goes back to acting by probability: else every harmless message would wait for people.
    """
    rung = certificates.rung_of(target, parse(locked_policy(target.source).ladders))
    if rung is None or rung.certified is None:
        return None
    if target.action == Action.ALLOW and by is not None:
        return _with(target, by, lambda rung: replace(rung, supervised=False, certified=None), why)
    return _with(target, by, supervised, why)


def _with(target: RiskTarget, by: User | None, change: Callable[[Rung], Rung], why: str) -> Policy:
    changed = changed_rung(certificates.ladder_name(target), target.action, change)
    return new_version(target.source, by, changed, note=why)


def _sample(target: RiskTarget, setup: ScoringSetup) -> CohortSample:
    """The messages that the target is about. After an alarm the world is another: what came before counts no more."""
    since = target.alarms.aggregate(last=Max("raised_at"))["last"]
    categories = certificates.categories_of(target, parse(policy_of(target.source).ladders))
    return cohort_sample(target.source, setup, categories, above=risk_targets.pure_target(target).above, since=since)


def _drawn(target: RiskTarget, seen: CohortSample) -> int:
    """How many drawn texts an attempt can use: those on its side, or all where the risk is a share of a class."""
    pure = risk_targets.pure_target(target)
    side = seen.margin >= 0 if pure.above else seen.margin <= 0
    return int((side | pure.of_class).sum())


def _certificate(target: RiskTarget, seen: CohortSample, number: int) -> Finding:
    pure = risk_targets.pure_target(target)
    if not len(seen):
        needed = labels_needed(pure.risk, delta_of_attempt(pure.delta, number))
        reason = f"No message has come in yet that people had a day to decide; {needed} cohort labels are needed."
        return Finding(None, pure, 0, 0.0, 1.0, 0.0, "binomial", None, needed, reason, attempted=False)
    return certify(seen.traffic, pure, above=pure.above, attempt=number)


def _may_apply(target: RiskTarget, attempt: CertificationAttempt, setup: ScoringSetup) -> bool:
    """Never once the risk target has ended, nor while an alarm waits for somebody to see to it."""
    alarmed = target.alarms.filter(answered_at=None).exists()
    return (
        target.ended_at is None
        and not alarmed
        and improves(attempt, certificates.certificate_status(target, policy_of(target.source), setup.key))
    )


def _next_number(target: RiskTarget) -> int:
    return (CertificationAttempt.objects.filter(target=target).aggregate(last=Max("number"))["last"] or 0) + 1


def _record(
    target: RiskTarget, setup: ScoringSetup, seen: CohortSample, found: Finding, number: int, *, by: User | None
) -> CertificationAttempt:
    attempt = CertificationAttempt.objects.create(
        target=target,
        model=setup.model,
        rubric=setup.rubric,
        number=number if found.attempted else 0,
        delta=delta_of_attempt(target.delta, number),
        margin=found.margin,
        messages=len(seen),
        cohort=_drawn(target, seen),
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
    audit.record(by, "attempted certification", target, target.source, attempt=attempt.pk, number=attempt.number)
    return attempt


def _words(attempt: CertificationAttempt) -> str:
    errors = "1 error" if attempt.errors == 1 else f"{attempt.errors:g} errors"
    return (
        f"{attempt.target.action.capitalize()} certified by attempt {attempt.number}: {errors} in "
        f"{attempt.labels:,} cohort labels"
    )
