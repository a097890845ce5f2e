"""Celery tasks of the policy, on the default worker. Each is safe to lose and to double."""

import logging
from time import monotonic

from celery import shared_task

from review.broker import heard
from review.models import Goal
from review.policy import certification, watchdog
from review.registry.model_versions import active_judge
from review.verdicts import margin_counts

log = logging.getLogger(__name__)


@shared_task
def roll_up_margins() -> None:
    """Sum up what was counted while judging."""
    margin_counts.roll_up()


@shared_task
def look_at_goals() -> None:
    """Look at the goals that somebody asked about, and at those whose night it is."""
    heard(certification.LOOK)
    judge = active_judge()
    if not judge:
        return
    for goal in Goal.objects.filter(ended_at=None).select_related("source").order_by("pk"):
        if goal.asked_at or certification.is_due(goal, judge):
            started = monotonic()
            found = certification.look(goal, judge, goal.asked_by)
            log.info("goal %s, look %s in %.1f s: %s", goal.pk, found.look, monotonic() - started, found.reason)


@shared_task
def watch_goals() -> None:
    """Let the watchdog go round all certified rungs."""
    judge = active_judge()
    if not judge:
        return
    for goal in Goal.objects.filter(ended_at=None).select_related("source").order_by("pk"):
        watchdog.go_round(goal, judge)
