"""Celery tasks of candidates, on the default worker. Each is safe to lose and to double."""

from celery import shared_task

from review.broker import heard
from review.candidates import candidate_comparisons


@shared_task
def compare_models() -> None:
    """Work out the comparisons that somebody waits for."""
    heard(candidate_comparisons.TASK)
    candidate_comparisons.compare_wanted()
