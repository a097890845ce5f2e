"""Celery tasks of erasure, on the default worker. Safe to lose and to double."""

from celery import shared_task

from review.erasure import requests, retention


@shared_task
def carry_out_retention() -> None:
    """Erase what sources no longer keep."""
    retention.carry_out()


@shared_task
def carry_out_requests() -> None:
    """Erase the authors that admins asked for."""
    requests.carry_out()
