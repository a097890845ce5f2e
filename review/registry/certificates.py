"""The risk targets that hold, and the certificates that are in force for them."""

from dataclasses import dataclass

from django.db.models import QuerySet

from inference.categories import CATEGORIES
from review.models import CertificationAttempt, Policy, RiskTarget, Source
from review.registry.ladder import DEFAULT, Certified, Ladders, Rung, SetupKey, parse


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
