"""Beat task of the demo."""

from celery import shared_task

from review.demo.chatter import say_next


@shared_task
def chatter() -> None:
    say_next()
