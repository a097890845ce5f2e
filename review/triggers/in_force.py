"""The triggers in force, read once for each version and process."""

import logging
from collections.abc import Iterable

from django.db import transaction

from review.models import Source, Trigger, TriggerSet
from review.triggers.matcher import Matcher

log = logging.getLogger(__name__)
_kept: dict[int, tuple[int, Matcher | None]] = {}
"""By source: the version (its id) that was read last, and its matcher; None where it has nothing to match."""


def newest(source: Source) -> int:
    """The version in force; 0 before there is one."""
    return TriggerSet.objects.filter(source=source).order_by("-version").values_list("version", flat=True).first() or 0


def matchers(sources: Iterable[int]) -> dict[int, Matcher | Exception]:
    """For each source (ids) that has triggers their matcher, or what went wrong with it."""
    ids = set(sources)
    try:
        with transaction.atomic():
            latest = TriggerSet.objects.filter(source__in=ids).order_by("source", "-version").distinct("source")
            versions = dict(latest.values_list("source", "pk"))
    except Exception as error:
        log.exception("The triggers in force could not be looked up")
        return dict.fromkeys(ids, error)
    found: dict[int, Matcher | Exception] = {}
    for source, version in versions.items():
        try:
            matcher = _matcher(source, version)
        except Exception as error:  # a pattern may be quoted in what it says
            log.error("The triggers of source %s could not be loaded: %s", source, type(error).__name__)
            found[source] = error
            continue
        if matcher:
            found[source] = matcher
    return found


def _matcher(source: int, version: int) -> Matcher | None:
    kept = _kept.get(source)
    if kept and kept[0] == version:
        return kept[1]
    with transaction.atomic():
        triggers = list(Trigger.objects.filter(source=source, removed_in=None).exclude(mode=Trigger.Mode.OFF))
    matcher = Matcher(triggers) if triggers else None
    _kept[source] = (version, matcher)
    return matcher
