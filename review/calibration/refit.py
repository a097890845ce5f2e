"""Fitting a new calibrator, and putting it in force if the gate lets it through. Every attempt leaves a row."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from review.calibration.active import activate, active_calibrator, read
from review.calibration.attempt import Attempt, InForce, attempt
from review.calibration.labels import new_since, usable
from review.insight import audit
from review.judging.registry import Judge
from review.models import AuditEntry, Calibrator, Refit, Source, User

EVERY_LABELS = 50
EVERY = timedelta(hours=1)
ASKED = "asked for a refit"
LOCK = 6_217_001  # any number that nothing else locks


class AnotherRefit(Exception):
    """A refit is running; there are never two at once."""


def refit(judge: Judge, requested_by: User | None = None) -> Refit:
    """Fit, compare and, if the candidate passes, put it in force. Raises AnotherRefit."""
    with _alone():
        at = timezone.now()
        return _record(judge, attempted(judge, at), requested_by)


def refit_from(judge: Judge, source: Source) -> Refit:
    """The same, fitted on one source's labels only; the gate still judges on everybody's cohort."""
    with _alone():
        at = timezone.now()
        return _record(judge, attempted(judge, at, source), None)


def attempted(judge: Judge, at: datetime, source: Source | None = None) -> Attempt:
    """What a refit would come to; writes nothing."""
    labels = usable(judge.model, judge.rubric, at)
    return attempt(labels, in_force(judge), at, source.pk if source else None)


def in_force(judge: Judge) -> InForce | None:
    """The active map, with the moment until which it has seen labels."""
    calibrator = active_calibrator(judge.model, judge.rubric)
    if not calibrator:
        return None
    until = calibrator.parameters.get("until")
    if not until:
        return InForce(calibrator.version, read(calibrator))
    return InForce(calibrator.version, read(calibrator), datetime.fromisoformat(until).timestamp())


def ask(judge: Judge, by: User) -> AuditEntry:
    """Note that somebody wants a refit now: the next sweep finds it even if no worker could be woken."""
    return audit.record(by, ASKED, judge.model)


def asked(judge: Judge) -> AuditEntry | None:
    """The newest request that no refit has answered yet."""
    last = last_refit(judge)
    entries = AuditEntry.objects.filter(verb=ASKED, target_id=judge.model.pk).select_related("actor")
    if last:
        entries = entries.filter(created_at__gt=last.created_at)
    return entries.order_by("-created_at").first()


def is_due(judge: Judge) -> bool:
    """Whether 50 labels are new since the last refit, or an hour has passed and any is."""
    last, now = last_refit(judge), timezone.now()
    since = datetime.fromisoformat(last.figures["until"]) if last else None
    new = new_since(judge.model, judge.rubric, since, now, EVERY_LABELS)
    return new >= EVERY_LABELS or (new > 0 and (last is None or last.created_at <= now - EVERY))


def last_refit(judge: Judge) -> Refit | None:
    return Refit.objects.filter(model=judge.model, rubric=judge.rubric).order_by("-pk").first()


@transaction.atomic
def _record(judge: Judge, found: Attempt, requested_by: User | None) -> Refit:
    calibrator = _put_in_force(judge, found, requested_by) if found.promoted else None
    result = Refit.Result.PROMOTED if calibrator else Refit.Result.KEPT if found.map else Refit.Result.REFUSED
    return Refit.objects.create(
        model=judge.model,
        rubric=judge.rubric,
        requested_by=requested_by,
        result=result,
        reason=found.reason,
        calibrator=calibrator,
        labels=found.labels,
        figures=found.figures,
    )


def _put_in_force(judge: Judge, found: Attempt, by: User | None) -> Calibrator | None:
    if not found.map:
        return None
    versions = Calibrator.objects.filter(model=judge.model, rubric=judge.rubric)
    calibrator = Calibrator.objects.create(
        model=judge.model,
        rubric=judge.rubric,
        version=(versions.aggregate(last=Max("version"))["last"] or 0) + 1,
        kind=found.map.kind,
        parameters=found.map.to_json() | {"until": found.figures["until"]},
        labels=found.labels,
        violations=found.violations,
    )
    activate(calibrator, by, "passed the gate")
    return calibrator


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
