"""Celery tasks of what is done about messages, on the default worker. Each is safe to lose and to double."""

from celery import shared_task

from review.enforcement import outbox, reports


@shared_task
def resolve_reports() -> None:
    """Resolve the reports that people have decided about since."""
    while reports.resolve_due() == reports.CHUNK:
        pass


@shared_task
def sweep_outbox() -> None:
    """Give up what is too late, and forget what is old."""
    outbox.sweep()
