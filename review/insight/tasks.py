"""Beat tasks of the default worker."""

from celery import shared_task

from review.insight import heartbeats


@shared_task
def heartbeat() -> None:
    """Say that this worker lives, which shows that beat and broker do too; tidy up after dead ones."""
    heartbeats.beat("default")
    heartbeats.forget_old()
