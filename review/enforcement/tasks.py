"""Celery tasks of what is done about messages, on the default worker. Each is safe to lose and to double."""

from celery import shared_task

from review.enforcement import appeals, author_outcomes, outbox, outcome_counts, reports

MOST_CHUNKS = 50


@shared_task
def resolve_reports() -> None:
    """Resolve the reports that people have decided about since."""
    for _ in range(MOST_CHUNKS):
        if reports.resolve_due() < reports.CHUNK:
            break


@shared_task
def resolve_appeals() -> None:
    """Resolve the appeals whose decision has taken effect since."""
    for _ in range(MOST_CHUNKS):
        if appeals.resolve_due() < appeals.CHUNK:
            break


@shared_task
def settle_authors() -> None:
    """Look at the authors whose records have changed since."""
    for _ in range(MOST_CHUNKS):
        if author_outcomes.settle_due() < author_outcomes.CHUNK:
            break


@shared_task
def count_outcomes() -> None:
    """Count the outcomes that were published since."""
    for _ in range(MOST_CHUNKS):
        if not outcome_counts.count_next():
            break


@shared_task
def sweep_outbox() -> None:
    """Give up what is too late, and forget what is old."""
    outbox.sweep()
