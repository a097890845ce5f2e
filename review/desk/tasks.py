"""Celery tasks of the desk, on the default worker. Each is safe to lose and to double."""

from celery import shared_task

from review.desk import placing, proposals


@shared_task
def expire_proposals() -> None:
    """Give cases back to the queue whose heavy decision nobody confirmed in time."""
    proposals.expire_due()


@shared_task
def follow_queues() -> None:
    """Have waiting cases follow a change of the named queues."""
    placing.follow()
