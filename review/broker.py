"""Redis as everybody here meets it: nudges that wake workers, and announcements to callers who wait.

One client and one breaker: whoever finds Redis dead or slow leaves it alone for a while, for all. Losing a nudge or an
announcement loses nothing: the queue is in the database, a sweep repairs, and waiting callers look for themselves.
"""

import json
import logging
from collections.abc import Iterable
from functools import lru_cache, partial
from time import monotonic

import redis
from celery import current_app
from django.conf import settings
from django.db import transaction
from prometheus_client import Counter
from redis.backoff import NoBackoff
from redis.retry import Retry

log = logging.getLogger(__name__)
FAILURES = Counter("moddog_nudge_failures", "Nudges that Redis did not take")

CLASSIFY = "review.judging.tasks.classify_pending"
EXPLAIN = "review.judging.tasks.explain_cases"
QUEUE = "inference"
DEFAULT_QUEUE = "default"
KEY = "moddog:nudge"
CHANNEL = "moddog:completed"
WAITS_MS = 10_000  # as long as the sweep takes to come: then a nudge that got lost no longer holds back the next
PATIENCE = 0.25  # seconds that a caller may lose to a Redis that does not answer
MOST_WAIT = 1.0  # seconds that a caller may wait for a word from Redis before it looks for itself
PAUSE = 5.0  # seconds in which this process then leaves it alone

_silent_until = 0.0


def nudge(task: str = CLASSIFY, queue: str | None = None) -> bool:
    """Have a worker of `queue` (of the model's, where none is named) run `task`; whether it was sent.

    At most one of a kind waits to be heard, however many ask for it: a task that sends itself again does not multiply.
    Never raises, and never waits long: a broker that is dead or slow is logged, counted, and left alone for a while.
    """
    if is_left_alone():
        return False
    try:
        if not client().set(key_of(task), 1, nx=True, px=WAITS_MS):
            return False
        _send(task, queue or QUEUE)
        return True
    except Exception as error:  # whatever is wrong with the broker must not reach whoever sent messages
        FAILURES.inc()
        leave_alone("could not wake the workers, the sweep will", error)
        return False


def heard(task: str = CLASSIFY) -> None:
    """A worker starts to look: what comes from now on is worth another nudge."""
    try:
        client().delete(key_of(task))
    except redis.RedisError as error:
        log.warning("could not note that a nudge was heard: %s", error)


def announce(messages: Iterable[int]) -> None:
    """Tell callers who wait, once the transaction is committed, that these messages are judged. Never raises."""
    if completed := sorted(messages):
        transaction.on_commit(partial(_publish, completed))


def key_of(task: str = CLASSIFY) -> str:
    """The Redis key that is there while a nudge for `task` waits to be heard."""
    return f"{KEY}:{task}"


@lru_cache(maxsize=1)
def client() -> "redis.Redis":
    """The one client of this process: short time limits, no retry."""
    return _client(PATIENCE)


@lru_cache(maxsize=1)
def patient_client() -> "redis.Redis":
    """Another one, for who waits up to MOST_WAIT seconds for a word."""
    return _client(MOST_WAIT + PATIENCE)


def listener() -> "redis.Redis":
    """A client for one thread that listens for announcements: it waits without end, and is closed by whoever asked."""
    return redis.Redis.from_url(settings.REDIS.redis_py, socket_connect_timeout=PATIENCE)


def memory() -> int | None:
    """Bytes that Redis holds; None while it does not answer."""
    try:
        return int(client().info("memory")["used_memory"])
    except redis.RedisError as error:
        log.warning("could not ask Redis how much it holds: %s", error)
        return None


def is_left_alone() -> bool:
    """Whether Redis failed this process so lately that it is not asked again yet."""
    return monotonic() < _silent_until


def leave_alone(what: str, error: Exception) -> None:
    """Log what Redis failed at, and ask nothing of it for PAUSE seconds."""
    global _silent_until  # noqa: PLW0603 - one process, one view of its broker
    _silent_until = monotonic() + PAUSE
    log.warning("%s: %s", what, error)


def _client(patience: float) -> "redis.Redis":
    return redis.Redis.from_url(
        settings.REDIS.redis_py, socket_timeout=patience, socket_connect_timeout=PATIENCE, retry=Retry(NoBackoff(), 0)
    )


def _publish(completed: list[int]) -> None:
    if is_left_alone():
        return
    try:
        client().publish(CHANNEL, json.dumps(completed))
    except redis.RedisError as error:
        leave_alone("could not tell waiting callers, they will look", error)


def _send(task: str, queue: str) -> None:
    # A connection of its own, at most one a second: a pooled one may be stale, and none of those has time limits.
    limits = {"socket_timeout": PATIENCE, "socket_connect_timeout": PATIENCE, "max_retries": 0}
    with current_app.connection_for_write(transport_options=limits) as connection:
        current_app.send_task(task, queue=queue, connection=connection, retry=False, ignore_result=True)
