"""Fitting a new calibrator, and putting it in force if the gate lets it through. Every attempt leaves a row."""

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from inference.calibration.calibrator_json import from_json
from review.calibration.by_source import Attempts, attempt_all, figures_of, in_words, next_version
from review.calibration.labels import new_since, usable
from review.calibration.refit_attempt import Attempt, InForce, attempt
from review.models import AuditEntry, CalibratorActivation, Refit, Simulator, Source, User
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
    """Fit, compare and, if a candidate passes and none was promoted in its place within a day, put it in force.

    A candidate that stays behind is kept: an admin may promote it by hand. Raises AnotherRefit.
    """
    with _alone():
        return _record(setup, _once_a_day(setup, attempted(setup, timezone.now())), requested_by)


def refit_by_hand(setup: ScoringSetup, source: Source | None = None) -> Refit:
    """The same as often as somebody at the machine asks; for one source's own calibrator alone where one is given.

    Raises AnotherRefit.
    """
    with _alone():
        return _record(setup, attempted(setup, timezone.now(), source), None)


def attempted(setup: ScoringSetup, at: datetime, source: Source | None = None) -> Attempts:
    """What a refit would come to; writes nothing."""
    labels, now, kind = usable(setup.model, setup.rubric, at), in_force(setup), setting().kind
    if source:
        labels = labels.where(labels.source == source.pk)
    if source and now:
        return Attempts(at, len(labels), now, None, {source.pk: attempt(labels, now, at, source.pk, kind)})
    apart = list(Simulator.objects.values_list("source", flat=True))
    return attempt_all(labels, now, at, kind, apart=apart)


def in_force(setup: ScoringSetup) -> InForce | None:
    """The active calibrator, with the moment until which it has seen labels."""
    activation = active_activation(setup.model, setup.rubric)
    if not activation:
        return None
    calibrator = activation.calibrator
    own = {int(source): _seen(each) for source, each in calibrator.parameters.get("own", {}).items()}
    return InForce(
        calibrator.version,
        read(calibrator),
        _seen(calibrator.parameters),
        activation.pk,
        own,
        calibrator.parameters,
        calibrator.provisional,
        calibrator.labels,
        calibrator.violations,
    )


def _seen(parameters: Mapping[str, Any]) -> float:
    """Until when it has seen labels, in Unix seconds."""
    until = parameters.get("until")
    return datetime.fromisoformat(until).timestamp() if until else -math.inf


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


def _once_a_day(setup: ScoringSetup, found: Attempts) -> Attempts:
    """Labels that came within a day are hardly new evidence: looked at often enough, noise passes any gate."""
    activations = CalibratorActivation.objects.filter(
        calibrator__model=setup.model, calibrator__rubric=setup.rubric, why=PASSED
    )
    last = activations.order_by("-pk").values_list("created_at", flat=True).first()
    before = found.in_force.own_until if found.in_force else {}
    common = found.common and _waits(found.common, last.timestamp() if last else -math.inf, found.at)
    own = {source: _waits(each, before.get(source, -math.inf), found.at) for source, each in found.own.items()}
    return replace(found, common=common, own=own)


def _waits(found: Attempt, last: float, at: datetime) -> Attempt:
    """The attempt, or that it waits where the `last` one was promoted within a day (Unix seconds)."""
    if not found.promoted or at.timestamp() - last >= BETWEEN_PROMOTIONS.total_seconds():
        return found
    until = f"{datetime.fromtimestamp(last, UTC) + BETWEEN_PROMOTIONS:%d %b, %H:%M} UTC"
    reason = (
        f"Passed the gate, and waits: one calibrator a day is promoted by itself, the next from {until} on. "
        f"{found.reason}"
    )
    return replace(found, promoted=False, reason=reason)


@transaction.atomic
def _record(setup: ScoringSetup, found: Attempts, requested_by: User | None) -> Refit:
    calibrator, following = None, next_version(found)
    names = dict(Source.objects.filter(pk__in=found.own).values_list("pk", "name"))
    if following:
        calibrator = add_version(
            setup,
            from_json(following.parameters),
            following.parameters,
            labels=following.labels,
            violations=following.violations,
            provisional=following.provisional,
        )
        if found.promoted:
            of_common = found.common and found.common.promoted
            promoted = ", ".join(names[source] for source, each in found.own.items() if each.promoted)
            promote(calibrator, requested_by, PASSED if of_common else f"{PASSED} of {promoted}"[:300])
    kept = Refit.Result.PROMOTED if found.promoted else Refit.Result.KEPT
    return Refit.objects.create(
        model=setup.model,
        rubric=setup.rubric,
        requested_by=requested_by,
        result=kept if calibrator else Refit.Result.REFUSED,
        reason=in_words(found, names),
        calibrator=calibrator,
        labels=found.labels,
        figures=figures_of(found),
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
