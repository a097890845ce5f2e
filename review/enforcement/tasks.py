"""Celery tasks of what is done about messages, on the default worker. Each is safe to lose and to double."""

from collections.abc import Callable

from celery import shared_task

from review.enforcement import appeals, author_outcomes, outbox, outcome_counts, reports

MOST_CHUNKS = 50


def _by_chunks(act: Callable[[], int], full: int) -> None:
    """Repeat `act` for as long as it has a full chunk to do; what is more than MOST_CHUNKS is left to the next turn."""
    for _ in range(MOST_CHUNKS):
        if act() < full:
            break


@shared_task
def resolve_reports() -> None:
    """Resolve the reports that people have decided about since."""
    _by_chunks(reports.resolve_due, reports.CHUNK)


@shared_task
def resolve_appeals() -> None:
    """Resolve the appeals whose decision has taken effect since."""
    _by_chunks(appeals.resolve_due, appeals.CHUNK)


@shared_task
def settle_authors() -> None:
    """Look at the authors whose records have changed since."""
    _by_chunks(author_outcomes.settle_due, author_outcomes.CHUNK)


@shared_task
def count_outcomes() -> None:
    """Count the outcomes that were published since."""
    _by_chunks(outcome_counts.count_next, full=1)


@shared_task
def sweep_outbox() -> None:
    """Give up what is too late, and forget what is old."""
    _by_chunks(outbox.give_up_late, outbox.PART)
    _by_chunks(outbox.forget_old, outbox.PART)
