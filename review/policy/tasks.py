"""Celery tasks of the policy, on the default worker. Each is safe to lose and to double."""

import logging
from collections.abc import Callable
from time import monotonic

from celery import shared_task
from django.db.models import QuerySet

from review.broker import heard
from review.models import RiskTarget
from review.policy import certification, risk_targets, watchdog
from review.records.sweeps import each_alone
from review.registry.in_context import setup_of
from review.registry.scoring_setup import ScoringSetup, active_setup
from review.verdicts import margin_counts

log = logging.getLogger(__name__)


@shared_task
def roll_up_margins() -> None:
    """Sum up what was counted while judging."""
    margin_counts.roll_up()


@shared_task
def attempt_certifications() -> None:
    """Make the attempts that somebody asked for, and those whose night it is."""
    heard(certification.TASK)
    _over_targets("certification", _attempt_if_due)


@shared_task
def check_risk_targets() -> None:
    """Let the watchdog go over all risk targets."""
    _over_targets("watchdog", watchdog.check)


def _over_targets(sweep: str, act: Callable[[RiskTarget, ScoringSetup], object]) -> None:
    """What goes wrong with one target is its own: it is written on it, and the others have their turn."""
    if active_setup():
        each_alone(
            sweep,
            _active(),
            lambda target: _under_its_setup(target, act),
            lambda target, error: risk_targets.note_failure(target, sweep, error),
        )


def _under_its_setup(target: RiskTarget, act: Callable[[RiskTarget, ScoringSetup], object]) -> None:
    if setup := setup_of(target.source):
        act(target, setup)


def _active() -> QuerySet[RiskTarget]:
    return RiskTarget.objects.filter(ended_at=None).select_related("source").order_by("pk")


def _attempt_if_due(target: RiskTarget, setup: ScoringSetup) -> None:
    if target.asked_at or certification.is_due(target, setup):
        started = monotonic()
        found = certification.attempt_certification(target, setup, target.asked_by)
        seconds = monotonic() - started
        log.info("risk target %s, attempt %s in %.1f s: %s", target.pk, found.number, seconds, found.reason)
    risk_targets.clear_failure(target, "certification")
