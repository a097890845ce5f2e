"""Celery tasks of quality, on the default worker. Each is safe to lose and to double."""

from celery import shared_task

from review.quality import figures, gold, second_opinions


@shared_task
def check_decisions() -> None:
    """Open second opinions and gold items that are due, and compare opinions that were given."""
    second_opinions.open_due()
    second_opinions.compare_due()
    gold.open_due()


@shared_task
def count_agreement() -> None:
    """Work out the figures of sources in which people were compared since."""
    figures.count_changed()
