"""Celery tasks of erasure, on the default worker. Safe to lose and to double."""

from celery import shared_task

from review.erasure import retention


@shared_task
def carry_out_retention() -> None:
    """Erase what sources no longer keep."""
    retention.carry_out()
