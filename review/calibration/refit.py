"""Fitting a new calibrator, and putting it in force if the gate lets it through. Every attempt leaves a row."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from review.calibration.labels import new_since, usable
from review.calibration.refit_attempt import Attempt, InForce, attempt
from review.models import AuditEntry, CalibratorActivation, Refit, Source, User
from review.records import audit
from review.registry.calibration_settings import setting
from review.registry.calibrators import active_activation, add_version, promote, read
from review.registry.scoring_setup import ScoringSetup

EVERY_LABELS = 50
EVERY = timedelta(hours=1)
ASKED = "asked for a refit"
PASSED = "passed the gate"
BETWEEN_PROMOTIONS = timedelta(days=1)
LOCK = 6_217_001  # any number that nothing else locks


class AnotherRefit(Exception):
    """A refit is running; there are never two at once."""


def refit(setup: ScoringSetup, requested_by: User | None = None) -> Refit:
    """Fit, compare and, if the candidate passes and none was promoted within a day, put it in force.

    A candidate that stays behind is kept: an admin may promote it by hand. Raises AnotherRefit.
    """
    with _alone():
        at = timezone.now()
        return _record(setup, _once_a_day(setup, attempted(setup, at)), requested_by)


def refit_by_hand(setup: ScoringSetup, source: Source | None = None) -> Refit:
    """The same as often as somebody at the machine asks, fitted on one source's labels only where one is given.

    The gate still judges on everybody's cohort. Raises AnotherRefit.
    """
    with _alone():
        at = timezone.now()
        return _record(setup, attempted(setup, at, source), None)


def attempted(setup: ScoringSetup, at: datetime, source: Source | None = None) -> Attempt:
    """What a refit would come to; writes nothing."""
    labels = usable(setup.model, setup.rubric, at)
    return attempt(labels, in_force(setup), at, source.pk if source else None, setting().kind)


def in_force(setup: ScoringSetup) -> InForce | None:
    """The active calibrator, with the moment until which it has seen labels."""
    activation = active_activation(setup.model, setup.rubric)
    if not activation:
        return None
    calibrator = activation.calibrator
    until = calibrator.parameters.get("until")
    seen = datetime.fromisoformat(until).timestamp() if until else -math.inf
    return InForce(calibrator.version, read(calibrator), seen, activation.pk)


def ask(setup: ScoringSetup, by: User) -> AuditEntry:
    """Note that somebody wants a refit now: the next sweep finds it even if no worker could be woken."""
    return audit.record(by, ASKED, setup.model)


def asked(setup: ScoringSetup) -> AuditEntry | None:
    """The newest request that no refit has answered yet."""
    return asked_since(setup, last_refit(setup))


def asked_since(setup: ScoringSetup, last: Refit | None) -> AuditEntry | None:
    entries = AuditEntry.objects.filter(verb=ASKED, target_id=setup.model.pk).select_related("actor")
    if last:
        entries = entries.filter(created_at__gt=last.created_at)
    return entries.order_by("-created_at").first()


def is_due(setup: ScoringSetup) -> bool:
    """Whether 50 labels are new since the last refit, or an hour has passed and any is."""
    last, now = last_refit(setup), timezone.now()
    since = datetime.fromisoformat(last.figures["until"]) if last else None
    new = new_since(setup.model, setup.rubric, since, now, EVERY_LABELS)
    return new >= EVERY_LABELS or (new > 0 and (last is None or last.created_at <= now - EVERY))


def last_refit(setup: ScoringSetup) -> Refit | None:
    return Refit.objects.filter(model=setup.model, rubric=setup.rubric).order_by("-pk").first()


def _once_a_day(setup: ScoringSetup, found: Attempt) -> Attempt:
    """Labels that came within a day are hardly new evidence: looked at often enough, noise passes any gate."""
    activations = CalibratorActivation.objects.filter(
        calibrator__model=setup.model, calibrator__rubric=setup.rubric, why=PASSED
    )
    last = activations.filter(created_at__gt=timezone.now() - BETWEEN_PROMOTIONS).order_by("-pk").first()
    if not (found.promoted and last):
        return found
    until = f"{last.created_at + BETWEEN_PROMOTIONS:%d %b, %H:%M} UTC"
    reason = (
        f"Passed the gate, and waits: one calibrator a day is promoted by itself, the next from {until} on. "
        f"{found.reason}"
    )
    return replace(found, promoted=False, reason=reason)


@transaction.atomic
def _record(setup: ScoringSetup, found: Attempt, requested_by: User | None) -> Refit:
    calibrator = None
    if found.calibrator:
        calibrator = add_version(
            setup,
            found.calibrator,
            found.calibrator.to_json() | {"until": found.figures["until"]},
            labels=found.labels,
            violations=found.violations,
        )
        if found.promoted:
            promote(calibrator, requested_by, PASSED)
    kept = Refit.Result.PROMOTED if found.promoted else Refit.Result.KEPT
    return Refit.objects.create(
        model=setup.model,
        rubric=setup.rubric,
        requested_by=requested_by,
        result=kept if calibrator else Refit.Result.REFUSED,
        reason=found.reason,
        calibrator=calibrator,
        labels=found.labels,
        figures=found.figures,
    )


@contextmanager
def _alone() -> Iterator[None]:
    """Hold the refit lock of the database; a process that dies lets go of it with its connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            raise AnotherRefit
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
