"""Appends the next outcome to a message's sequence. Webhooks and feeds read what is written here."""

from datetime import datetime

from django.db.models import Max, Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from review.models import Action, Decision, Message, Outcome, User, Verdict


def append(
    message: Message,
    action: Action,
    *,
    why: str,
    by: User | None = None,
    verdict: Verdict | None = None,
    decision: Decision | None = None,
    effective_at: datetime | None = None,
) -> Outcome:
    """Write the next step of `message`'s sequence, in force from `effective_at` (now where None).

    Must run in a transaction: the message row is locked, so that two writers get two numbers.
    """
    Message.objects.select_for_update(no_key=True).values_list("pk").get(pk=message.pk)
    last = Outcome.objects.filter(message=message).aggregate(last=Max("seq"))["last"] or 0
    return Outcome.objects.create(
        message=message,
        seq=last + 1,
        action=action,
        why=why,
        by=by,
        verdict=verdict,
        decision=decision,
        effective_at=effective_at or timezone.now(),
    )


def in_force() -> Q:
    """Outcomes that count at this moment: effective and not withdrawn."""
    return Q(effective_at__lte=Now(), withdrawn_at=None)


def current(message: Message) -> Outcome | None:
    """The action in force on a message now, or None if nothing was ever done to it."""
    standing: QuerySet[Outcome] = Outcome.objects.filter(in_force(), message=message)
    return standing.order_by("-seq").first()
