"""The risk targets that hold, and the certificates that are in force for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from inference.categories import CATEGORIES
from review.models import Alarm, CertificationAttempt, Policy, RiskTarget, Source
from review.registry.ladder import DEFAULT, Certified, Ladders, Rung, SetupKey, parse, supervised

UNWATCHED_AFTER = timedelta(hours=6)
"""How long a certified rung acts by itself after the watchdog last went over it, which it does every ten minutes."""


@dataclass(frozen=True)
class CertificateStatus:
    """What a target's rung rests on: its certificate in force and the attempt behind it, None under supervision."""

    rung: Rung | None
    certified: Certified | None = None
    attempt: CertificationAttempt | None = None


def active_targets(source: Source) -> QuerySet[RiskTarget]:
    """The risk targets that hold, in a fixed order, each with its watch's row at hand."""
    holding = RiskTarget.objects.filter(source=source, ended_at=None)
    return holding.select_related("watch", "source").order_by("category", "pk")


def certificate_status(target: RiskTarget, policy: Policy, setup_key: SetupKey) -> CertificateStatus:
    """How the target's rung stands under the policy, for a scoring setup."""
    rung = rung_of(target, parse(policy.ladders))
    found = rung.in_force(setup_key) if rung else None
    attempt = CertificationAttempt.objects.filter(pk=found.attempt, target=target).first() if found else None
    return CertificateStatus(rung, found, attempt) if attempt else CertificateStatus(rung)


def ladders_in_force(policy: Policy) -> Ladders:
    """The policy's ladders as they hold now, by what is stored."""
    return as_held([parse(policy.ladders)])[0]


def as_held(policies: Sequence[Ladders]) -> list[Ladders]:
    """The ladders of policies as they hold now. One query; none where no rung is certified.

    A certified rung is supervised as long as the watchdog has not gone over its target in time, or an alarm that put
    it under supervision is unanswered.
    """
    attempts = {attempt for ladders in policies for attempt in _attempts(ladders)}
    if not attempts:
        return list(policies)
    holding = _holding(attempts)
    return [
        ladders.each_rung(
            lambda rung: rung if rung.certified is None or rung.certified.attempt in holding else supervised(rung)
        )
        for ladders in policies
    ]


def _attempts(ladders: Ladders) -> set[int]:
    return {rung.certified.attempt for each in ladders.named.values() for rung in each.rungs if rung.certified}


def is_watched(target: RiskTarget) -> bool:
    """Whether the watchdog went over the target in time."""
    return RiskTarget.objects.filter(_watched(), pk=target.pk).exists()


def _watched(prefix: str = "") -> Q:
    return Q(**{f"{prefix}watched_at__gt": Now() - UNWATCHED_AFTER})


def _holding(attempts: set[int]) -> set[int]:
    alarmed = Alarm.objects.filter(target=OuterRef("target"), answered_at=None, stepped_back=True)
    watched = CertificationAttempt.objects.filter(_watched("target__"), ~Exists(alarmed), pk__in=attempts)
    return set(watched.filter(target__ended_at=None).values_list("pk", flat=True))


def outlived(attempt: CertificationAttempt) -> bool:
    """Whether an alarm was raised since the attempt: what it rests on no longer holds."""
    return attempt.target.alarms.filter(raised_at__gt=attempt.created_at).exists()


def withdrawn(certified: Certified, *, in_force: bool) -> bool:
    """Whether a certificate may not stand in the next policy.

    One that is in force stands until an unanswered alarm has put its rung under supervision, so that somebody who
    decided against stepping back keeps it. One that is not may come in force as long as its target has not ended and
    no alarm was raised since.
    """
    attempt = CertificationAttempt.objects.select_related("target").filter(pk=certified.attempt).first()
    if attempt is None or attempt.target.ended_at is not None:
        return True
    if in_force:
        return attempt.target.alarms.filter(answered_at=None, stepped_back=True).exists()
    return outlived(attempt)


def categories_of(target: RiskTarget, ladders: Ladders) -> tuple[str, ...]:
    """The likeliest violations whose messages the target's rung decides on: its own, or all on the common ladder."""
    if target.category:
        return (target.category,)
    return tuple(name for name in CATEGORIES if name not in ladders.by_category)


def rung_of(target: RiskTarget, ladders: Ladders) -> Rung | None:
    """The rung whose margin the target asks for; None where the ladder has none."""
    ladder = ladders.by_category.get(target.category) if target.category else ladders.default
    return ladder.of(target.action) if ladder else None


def ladder_name(target: RiskTarget) -> str:
    return target.category or DEFAULT
