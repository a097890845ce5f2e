"""Tells waiting callers, through Redis, which messages are settled. Losing it costs them a second: they also look."""

import json
import logging
from collections.abc import Iterable
from functools import lru_cache, partial
from time import monotonic

import redis
from django.conf import settings
from django.db import transaction
from redis.backoff import NoBackoff
from redis.retry import Retry

log = logging.getLogger(__name__)

CHANNEL = "moddog:settled"
PATIENCE = 0.25  # seconds that a batch may lose to a Redis that does not answer
PAUSE = 5.0  # seconds in which this process then leaves it alone

_silent_until = 0.0


def announce(messages: Iterable[int]) -> None:
    """Publish the ids once the transaction that settles them is committed. Never raises."""
    if settled := sorted(messages):
        transaction.on_commit(partial(_publish, settled))


def _publish(settled: list[int]) -> None:
    global _silent_until  # noqa: PLW0603 - one process, one view of its broker
    if monotonic() < _silent_until:
        return
    try:
        _redis().publish(CHANNEL, json.dumps(settled))
    except redis.RedisError as error:
        _silent_until = monotonic() + PAUSE
        log.warning("could not tell waiting callers, they will look: %s", error)


@lru_cache(maxsize=1)
def _redis() -> "redis.Redis":
    return redis.Redis.from_url(
        settings.REDIS.redis_py, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE, retry=Retry(NoBackoff(), 0)
    )
