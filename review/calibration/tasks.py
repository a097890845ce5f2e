"""Celery tasks of calibration, on the default worker. Each is safe to lose and to double."""

import logging

from celery import shared_task

from review.broker import DEFAULT_QUEUE, heard, nudge
from review.calibration import figures, refit
from review.models import User
from review.registry.model_versions import Judge, active_judge

log = logging.getLogger(__name__)


@shared_task
def refit_if_due() -> None:
    """Refit where somebody asked for it, or where enough labels are new. Beat asks every minute."""
    judge = active_judge()
    if not judge:
        return
    request = refit.asked(judge)
    if request or refit.is_due(judge):
        _refit(judge, request.actor if request else None)


@shared_task
def refit_now() -> None:
    """Answer a request for a refit, unless another refit already did."""
    heard(refit_now.name)
    judge = active_judge()
    if judge and (request := refit.asked(judge)):
        _refit(judge, request.actor)


@shared_task
def count_figures() -> None:
    """Work out the figures that somebody waits for."""
    heard(figures.TASK)
    figures.count_wanted()


def _refit(judge: Judge, by: User | None) -> None:
    try:
        found = refit.refit(judge, by)
    except refit.AnotherRefit:
        return
    log.info("refit: %s", found.reason)


def wake() -> None:
    """Have a worker answer a request now. Never raises: without a broker the next sweep answers it."""
    nudge(refit_now.name, DEFAULT_QUEUE)
