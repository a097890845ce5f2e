"""Sweeps over many things: what goes wrong with one of them is logged and counted, and costs no other its turn."""

import logging
from collections.abc import Callable, Iterable
from typing import TypeVar

from prometheus_client import Counter

log = logging.getLogger(__name__)
T = TypeVar("T")

FAILURES = Counter("moddog_sweep_failures", "Things that failed in a sweep over many", ["sweep"])


def each_alone(
    sweep: str, things: Iterable[T], act: Callable[[T], object], failed: Callable[[T, Exception], object] | None = None
) -> None:
    """Apply `act` to each, whatever becomes of the others. `failed` may write the failure where people see it."""
    for thing in things:
        try:
            act(thing)
        except Exception as error:
            note_failure(sweep, thing)
            if failed:
                failed(thing, error)


def note_failure(sweep: str, thing: object) -> None:
    """Log and count the exception that is being handled."""
    log.exception("%s: %s failed; the others go on", sweep, thing)
    FAILURES.labels(sweep).inc()
