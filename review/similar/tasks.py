"""Celery tasks of similar cases, on the default worker. Safe to lose and to double."""

from celery import shared_task

from review.similar import vectors


@shared_task
def index_vectors() -> None:
    """Keep the search among many waiting cases fast."""
    vectors.index()


@shared_task
def drop_vectors() -> None:
    """Forget cases that wait no longer."""
    vectors.drop()
