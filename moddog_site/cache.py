"""The cache goes on as an empty one while Redis is away, and leaves a Redis that did not answer alone for a while."""

from __future__ import annotations

import logging
from collections.abc import Callable
from time import monotonic
from typing import Any, TypeVar

from django_redis.cache import RedisCache
from prometheus_client import Counter
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry

log = logging.getLogger(__name__)
FAILURES = Counter("moddog_cache_failures", "Cache calls that failed open because Redis did not answer")
PATIENCE = 0.5  # seconds that a caller may lose to a Redis that does not answer
PAUSE = 5.0  # seconds in which this process then leaves it alone
T = TypeVar("T")


class FailOpenCache(RedisCache):
    """django-redis, which ignores exceptions here, but for two answers of its own."""

    def add(self, *args: Any, **kwargs: Any) -> bool:
        return super().add(*args, **kwargs) is not False  # allauth takes locks by it, and waits for one it did not get

    def touch(self, *args: Any, **kwargs: Any) -> bool:
        try:
            return bool(super().touch(*args, **kwargs))
        except (RedisConnectionError, RedisTimeoutError):  # the one call that django-redis lets fail
            return False


class Breaker(Retry):
    """redis-py asks its retry policy to make each call: this one tries once, and after a failure not for `PAUSE`."""

    def __init__(self) -> None:
        super().__init__(NoBackoff(), 0)
        self.silent_until = 0.0

    def __deepcopy__(self, memo: object) -> Breaker:
        return self  # each connection copies its policy, and all of them speak to the same Redis

    def call_with_retry(self, do: Callable[[], T], *args: Any, **kwargs: Any) -> T:
        """Raises redis-py's ConnectionError, at once while Redis is left alone."""
        if monotonic() < self.silent_until:
            FAILURES.inc()
            raise RedisConnectionError("left alone, because it did not answer a moment ago")
        try:
            return super().call_with_retry(do, *args, **kwargs)
        except self._supported_errors as error:
            self._note(error)
            raise

    def _note(self, error: Exception) -> None:
        if monotonic() < self.silent_until:
            return  # a call within a call, which has said so
        self.silent_until = monotonic() + PAUSE
        FAILURES.inc()
        log.warning("the cache does not answer, going on without it for %.0f s: %s", PAUSE, error)


def cache_options() -> dict[str, Any]:
    """django-redis' options: a call waits for `PATIENCE`, once, and never fails."""
    return {
        "IGNORE_EXCEPTIONS": True,
        "SOCKET_CONNECT_TIMEOUT": PATIENCE,
        "SOCKET_TIMEOUT": PATIENCE,
        "CONNECTION_POOL_KWARGS": {"retry": Breaker()},
    }
