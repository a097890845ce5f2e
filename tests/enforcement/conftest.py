"""A source with an endpoint, its receiver, and a delivery loop that runs in the test."""

from collections.abc import Callable, Iterator
from time import monotonic
from typing import Any

import pytest
from django.utils import timezone

from review.enforcement.webhooks.delivery_loop import DeliveryLoop
from review.models import Delivery, Endpoint, Message, Outcome, Source
from tests.enforcement.receivers import Receiver, receiving
from tests.intake.conftest import server
from tests.rows import make_source

__all__ = ["server"]


@pytest.fixture
def source(db: None) -> Source:
    return make_source()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def endpoint(source: Source, receiver: Receiver) -> Endpoint:
    return make_endpoint(source, receiver.url)


def make_endpoint(source: Source, url: str, **fields: Any) -> Endpoint:
    defaults = {"events": ["outcome.created", "outcome.reversed"], "allows_private": True}
    return Endpoint.objects.create(source=source, url=url, **{**defaults, **fields})


@pytest.fixture
def delivery_loop(db: None) -> Iterator[DeliveryLoop]:
    delivery_loop = DeliveryLoop()
    yield delivery_loop
    delivery_loop.sender.close()


@pytest.fixture
def deliver(delivery_loop: DeliveryLoop) -> Callable[..., None]:
    """`deliver()`: publish and send until nothing is on its way, or for so many seconds."""

    def run(seconds: float = 60) -> None:
        end = monotonic() + seconds
        while monotonic() < end:
            did = delivery_loop.step()
            if not did and not delivery_loop.sender.held.total():
                return
            delivery_loop.note(delivery_loop.sender.sent(0.05))
        raise AssertionError("still on its way")

    return run


def give(message: Message, action: str = "hide", **fields: Any) -> Outcome:
    """The next outcome of the message, in force now."""
    seq = 1 + Outcome.objects.filter(message=message).count()
    return Outcome.objects.create(
        message=message, seq=seq, action=action, **{"effective_at": timezone.now(), "why": "policy 1", **fields}
    )


def due_now() -> None:
    """What waits for its next try is tried now."""
    Delivery.objects.filter(state="waiting").update(due_at=timezone.now())
    Endpoint.objects.update(open_until=None)
