"""What could not be delivered, and how a person has it delivered after all."""

from django.db.models import BigIntegerField, Exists, OuterRef, QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Now

from review.enforcement.outbox import RETRIED_FOR
from review.models import AuthorOutcome, Delivery, Endpoint, Outcome


def dead_letters(endpoint: Endpoint) -> "QuerySet[Delivery]":
    """The newest first, each with `is_superseded`: whether a later outcome was told since.

    Of its message, or where it is about an author, of that author, whose name is `author`, else None.
    """
    later = Outcome.objects.filter(
        message=OuterRef("message"), seq__gt=OuterRef("outcome__seq"), feed__seq__isnull=False
    )
    dead = Delivery.objects.filter(endpoint=endpoint, state=Delivery.State.DEAD).select_related("message", "outcome")
    overtaken = Exists(later) | Exists(_told_of_author().filter(_later_step()))
    return dead.annotate(is_superseded=overtaken, author=_told_of_author().values("author")).order_by("-id")


def _told_of_author() -> "QuerySet[AuthorOutcome]":
    """What is told of an author by the delivery around it."""
    return AuthorOutcome.objects.filter(
        pk=Cast(KeyTextTransform("author_outcome", OuterRef("ids")), BigIntegerField())
    ).exclude(author="")


def _later_step() -> Exists:
    """Whether there is a later step on the same author."""
    same = AuthorOutcome.objects.filter(source=OuterRef("source"), author=OuterRef("author"))
    return Exists(same.filter(seq__gt=OuterRef("seq")).exclude(author=""))


def redeliver(delivery: Delivery) -> bool:
    """Have it tried again for another day, under the id that it had; False where somebody else was first."""
    return bool(
        Delivery.objects.filter(pk=delivery.pk, state=Delivery.State.DEAD).update(
            state=Delivery.State.WAITING,
            attempts=0,
            due_at=Now(),
            expires_at=Now() + RETRIED_FOR,
            ended_at=None,
        )
    )
