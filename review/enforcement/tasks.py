"""Celery tasks of the default worker."""

from celery import shared_task

from review.enforcement.outbox import sweep


@shared_task
def sweep_outbox() -> None:
    """Give up what is too late, and forget what is old."""
    sweep()
