"""Celery tasks of the search, on the default worker. Safe to lose and to double."""

from celery import shared_task

from review.search import entries


@shared_task
def write_words() -> None:
    """Have messages found by their words, in their source's language."""
    entries.write_next()
    entries.redo()
