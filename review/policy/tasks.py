"""Celery tasks of the policy, on the default worker. Each is safe to lose and to double."""

import logging
from time import monotonic

from celery import shared_task

from review.broker import heard
from review.models import RiskTarget
from review.policy import certification, watchdog
from review.registry.scoring_setup import active_setup
from review.verdicts import margin_counts

log = logging.getLogger(__name__)


@shared_task
def roll_up_margins() -> None:
    """Sum up what was counted while judging."""
    margin_counts.roll_up()


@shared_task
def attempt_certifications() -> None:
    """Look at the risk targets that somebody asked about, and at those whose night it is."""
    heard(certification.TASK)
    setup = active_setup()
    if not setup:
        return
    for target in RiskTarget.objects.filter(ended_at=None).select_related("source").order_by("pk"):
        if target.asked_at or certification.is_due(target, setup):
            started = monotonic()
            found = certification.attempt_certification(target, setup, target.asked_by)
            log.info(
                "risk target %s, look %s in %.1f s: %s", target.pk, found.number, monotonic() - started, found.reason
            )


@shared_task
def check_risk_targets() -> None:
    """Let the watchdog go round all certified rungs."""
    setup = active_setup()
    if not setup:
        return
    for target in RiskTarget.objects.filter(ended_at=None).select_related("source").order_by("pk"):
        watchdog.check(target, setup)
