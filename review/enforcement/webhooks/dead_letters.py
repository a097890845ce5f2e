"""What could not be delivered, and how a person has it delivered after all."""

from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Now

from review.enforcement.outbox import RETRIED_FOR
from review.models import Delivery, Endpoint, Outcome


def dead_letters(endpoint: Endpoint) -> "QuerySet[Delivery]":
    """The newest first, each with `is_superseded`: whether a later outcome of its message was published since."""
    later = Outcome.objects.filter(
        message=OuterRef("message"), seq__gt=OuterRef("outcome__seq"), feed__seq__isnull=False
    )
    dead = Delivery.objects.filter(endpoint=endpoint, state=Delivery.State.DEAD).select_related("message", "outcome")
    return dead.annotate(is_superseded=Exists(later)).order_by("-id")


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
