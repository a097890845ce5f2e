"""Celery tasks of judging that need no model, on the default worker."""

from time import monotonic

from celery import shared_task

from review.broker import heard
from review.judging import rerouting

MAX_SECONDS = 2.0


@shared_task
def reroute() -> None:
    """Take re-routings on for two seconds; the rest is left to the next nudge, and what was held to the next sweep."""
    heard(rerouting.TASK)
    end = monotonic() + MAX_SECONDS
    while rerouting.step():
        if monotonic() > end:
            rerouting.wake()
            return
    rerouting.follow()
