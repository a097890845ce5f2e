"""Celery tasks of calibration, on the default worker. Each is safe to lose and to double."""

import logging

from celery import shared_task

from review.calibration import refit
from review.judging.registry import Judge, active_judge
from review.models import User

log = logging.getLogger(__name__)
PATIENCE = 0.5  # seconds that a request may lose to a broker that does not answer


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
    judge = active_judge()
    if judge and (request := refit.asked(judge)):
        _refit(judge, request.actor)


def _refit(judge: Judge, by: User | None) -> None:
    try:
        found = refit.refit(judge, by)
    except refit.AnotherRefit:
        return
    log.info("refit: %s", found.reason)


def wake() -> None:
    """Have a worker answer a request now. Never raises: without a broker the next sweep answers it."""
    from moddog_site.celery import app  # the one app that knows the broker, in whichever thread this runs

    limits = {"socket_timeout": PATIENCE, "socket_connect_timeout": PATIENCE, "max_retries": 1, "interval_start": 0}
    try:
        with app.connection_for_write(transport_options=limits) as connection:
            app.send_task(refit_now.name, connection=connection, retry=False, ignore_result=True, expires=60)
    except Exception as error:  # whatever is wrong with the broker must not reach whoever asked
        log.warning("could not wake a worker for a refit, the sweep will: %s", error)
