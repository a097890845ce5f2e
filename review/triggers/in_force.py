"""The triggers in force, read once for each version and process."""

import logging
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from django.db import DatabaseError, connection, transaction

from review.models import Source, Trigger, TriggerSet
from review.triggers.matcher import Matcher

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class InForce:
    """A version (its id; None where it could not be looked up) of a source's triggers; no matcher where all are off."""

    version: int | None
    matcher: Matcher | None
    failed: bool = False


_kept: dict[int, InForce] = {}
"""By source what was loaded last, for as long as its version is in force."""


def newest(source: Source) -> int:
    """The version in force; 0 before there is one."""
    return TriggerSet.objects.filter(source=source).order_by("-version").values_list("version", flat=True).first() or 0


def versions_of(sources: Iterable[int]) -> dict[int, int | None]:
    """By source (ids), the version (its id) in force where there is one; all None where that cannot be looked up."""
    ids = set(sources)
    try:
        with _savepoint():
            latest = TriggerSet.objects.filter(source__in=ids).order_by("source", "-version").distinct("source")
            return dict(latest.values_list("source", "pk"))
    except DatabaseError:
        log.exception("The triggers in force could not be looked up")
        return dict.fromkeys(ids)


def in_force(sources: Iterable[int]) -> dict[int, InForce]:
    """For each source (ids) that ever had triggers those in force, or that they could not be loaded."""
    return {source: _loaded(source, version) for source, version in versions_of(sources).items()}


def _loaded(source: int, version: int | None) -> InForce:
    kept = _kept.get(source)
    if kept and kept.version == version:
        return kept
    try:
        with _savepoint():
            triggers = list(Trigger.objects.filter(source=source, removed_in=None).exclude(mode=Trigger.Mode.OFF))
        found = InForce(version, Matcher(triggers) if triggers else None)
    except Exception as error:  # a pattern may be quoted in what it says
        log.error("The triggers of source %s could not be loaded: %s", source, type(error).__name__)
        return InForce(version, None, failed=True)
    if version is not None:
        _kept[source] = found
    return found


def _savepoint() -> AbstractContextManager[None]:
    """Where a transaction is open, what fails in here does not break it."""
    return transaction.atomic() if connection.in_atomic_block else nullcontext()
