"""Beat tasks of the default worker."""

from typing import Any

from celery import shared_task
from celery.signals import worker_ready

from review.records import heartbeats


@shared_task
def heartbeat() -> None:
    """Say that this worker lives, which shows that beat and broker do too; tidy up after dead ones."""
    heartbeats.beat("default")
    heartbeats.forget_old()


@worker_ready.connect
def say_so_when_ready(sender: Any, **_: object) -> None:
    if sender.hostname.startswith("default@"):
        heartbeat.delay()
