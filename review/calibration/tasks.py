"""Celery tasks of calibration, on the default worker. Each is safe to lose and to double."""

import logging

from celery import shared_task

from review.broker import DEFAULT_QUEUE, heard, nudge
from review.calibration import figures, refit
from review.models import User
from review.registry.in_context import setups_in_force
from review.registry.scoring_setup import ScoringSetup

log = logging.getLogger(__name__)


@shared_task
def refit_if_due() -> None:
    """Refit where somebody asked for it, or where enough labels are new. Beat asks every minute."""
    for setup in setups_in_force():
        request = refit.asked(setup)
        if request or refit.is_due(setup):
            _refit(setup, request.actor if request else None)


@shared_task
def refit_now() -> None:
    """Answer a request for a refit, unless another refit already did."""
    heard(refit_now.name)
    for setup in setups_in_force():
        if request := refit.asked(setup):
            _refit(setup, request.actor)


@shared_task
def count_figures() -> None:
    """Work out the figures that somebody waits for."""
    heard(figures.TASK)
    figures.count_wanted()


def _refit(setup: ScoringSetup, by: User | None) -> None:
    try:
        found = refit.refit(setup, by)
    except refit.AnotherRefit:
        return
    log.info("refit: %s", found.reason)


def wake() -> None:
    """Have a worker answer a request now. Never raises: without a broker the next sweep answers it."""
    nudge(refit_now.name, DEFAULT_QUEUE)
