"""Beat tasks of the default worker."""

from typing import Any

from celery import shared_task
from celery.signals import worker_ready

from review.insight import incidents, load, page_times, samples
from review.records import audit_chain, heartbeats


@shared_task
def heartbeat() -> None:
    """Say that this worker lives, which shows that beat and broker do too; tidy up after dead ones."""
    heartbeats.beat("default")
    heartbeats.forget_old()


@shared_task
def sample_operations() -> None:
    """Write down how the instance is this minute."""
    samples.take()
    page_times.forget_old()


@shared_task
def roll_up_load() -> None:
    """Count what came to people in this hour and the one before, and what they did of it."""
    load.roll_up()


@shared_task
def look_for_incidents() -> None:
    """See what admins have to be told, and tell it."""
    incidents.look()


@shared_task
def seal_audit() -> None:
    """Chain what was written to the audit log since."""
    while audit_chain.seal() == audit_chain.CHUNK:
        pass


@worker_ready.connect
def say_so_when_ready(sender: Any, **_: object) -> None:
    if sender.hostname.startswith("default@"):
        heartbeat.delay()
