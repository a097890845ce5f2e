"""The outbox: what is to be told, written in the transaction in which it becomes true."""

from datetime import timedelta

from django.db.models.functions import Now

from review.models import Delivery, Endpoint, Event, Message, Outcome, Source

RETRIED_FOR = timedelta(hours=24)
KEPT_FOR = timedelta(days=30)
PART = 5_000
"""Rows in one transaction, so that none is long."""


def enqueue(
    event: Event, source: Source, *, message: Message | None = None, outcome: Outcome | None = None, **ids: int
) -> int:
    """Tell every endpoint of `source` that wants `event`; returns how many. Call it in the transaction of the change.

    `ids` name what `review.enforcement.webhooks.bodies` reads when the event is sent: no text goes into the outbox.
    Events about one message, and steps on one author, reach an endpoint in the order in which they were enqueued.
    Outcomes are told by the publisher, once they are effective; nobody else enqueues them.
    """
    endpoints = Endpoint.objects.filter(source=source, events__contains=[event])
    return len(
        Delivery.objects.bulk_create(
            Delivery(
                endpoint=endpoint,
                event=event,
                message=message,
                outcome=outcome,
                ids=ids,
                expires_at=Now() + RETRIED_FOR,
            )
            for endpoint in endpoints
        )
    )


def give_up_late() -> int:
    """End up to PART deliveries that could not be made in time, as dead letters; returns how many."""
    late = Delivery.objects.filter(state=Delivery.State.WAITING, expires_at__lte=Now()).order_by("expires_at")
    return Delivery.objects.filter(pk__in=late.values("pk")[:PART]).update(state=Delivery.State.DEAD, ended_at=Now())


def forget_old() -> int:
    """Forget up to PART deliveries that ended long ago; returns how many."""
    ended = [Delivery.State.DELIVERED, Delivery.State.DEAD]
    old = Delivery.objects.filter(state__in=ended, ended_at__lt=Now() - KEPT_FOR).order_by("ended_at")
    return Delivery.objects.filter(pk__in=old.values("pk")[:PART]).delete()[0]
