"""Waking the workers. Losing a nudge loses nothing: the queue is in the database, and a sweep repairs."""

import logging
from functools import lru_cache
from time import monotonic

import redis
from django.conf import settings
from prometheus_client import Counter
from redis.backoff import NoBackoff
from redis.retry import Retry

log = logging.getLogger(__name__)
FAILURES = Counter("moddog_nudge_failures", "Nudges that Redis did not take")

CLASSIFY = "review.judging.model_tasks.classify_pending"
EXPLAIN = "review.judging.model_tasks.explain_cases"
QUEUE = "inference"
DEFAULT_QUEUE = "default"
KEY = "moddog:nudge"
WAITS_MS = 10_000  # as long as the sweep takes to come: then a nudge that got lost no longer holds back the next
PATIENCE = 0.25  # seconds that a caller may lose to a Redis that does not answer
PAUSE = 5.0  # seconds in which this process then leaves it alone

_silent_until = 0.0


def nudge(task: str = CLASSIFY, queue: str | None = None) -> bool:
    """Have a worker of `queue` (of the model's, where none is named) run `task`; whether it was sent.

    At most one of a kind waits to be heard, however many ask for it: a task that sends itself again does not multiply.
    Never raises, and never waits long: a broker that is dead or slow is logged, counted, and left alone for a while.
    """
    global _silent_until  # noqa: PLW0603 - one process, one view of its broker
    if monotonic() < _silent_until:
        return False
    try:
        if not _redis().set(key_of(task), 1, nx=True, px=WAITS_MS):
            return False
        _send(task, queue or QUEUE)
        return True
    except Exception as error:  # whatever is wrong with the broker must not reach whoever sent messages
        _silent_until = monotonic() + PAUSE
        FAILURES.inc()
        log.warning("could not wake the workers, the sweep will: %s", error)
        return False


def heard(task: str = CLASSIFY) -> None:
    """A worker starts to look: what comes from now on is worth another nudge."""
    try:
        _redis().delete(key_of(task))
    except redis.RedisError as error:
        log.warning("could not note that a nudge was heard: %s", error)


def key_of(task: str = CLASSIFY) -> str:
    """The Redis key that is there while a nudge for `task` waits to be heard."""
    return f"{KEY}:{task}"


def _send(task: str, queue: str) -> None:
    from moddog_site.celery import app  # the one app that knows the broker, in whichever thread this runs

    # A connection of its own, at most one a second: a pooled one may be stale, and none of those has time limits.
    limits = {"socket_timeout": PATIENCE, "socket_connect_timeout": PATIENCE, "max_retries": 0}
    with app.connection_for_write(transport_options=limits) as connection:
        app.send_task(task, queue=queue, connection=connection, retry=False, ignore_result=True)


@lru_cache(maxsize=1)
def _redis() -> "redis.Redis":
    return redis.Redis.from_url(
        settings.REDIS.redis_py, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE, retry=Retry(NoBackoff(), 0)
    )
