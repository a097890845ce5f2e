"""A Redis cache that a stopped Redis turns into a cache of nothing: no request fails for it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, TypeVar

from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from prometheus_client import Counter
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

log = logging.getLogger(__name__)
FAILURES = Counter("moddog_cache_failures", "Cache calls that failed open because Redis did not answer")
T = TypeVar("T")
UNREACHABLE = (RedisConnectionError, RedisTimeoutError)


class FailOpenClient(RedisCacheClient):
    """Answers as an empty cache would when Redis cannot be reached."""

    def add(self, key: Any, value: Any, timeout: Any) -> bool:
        return _or_else(True, super().add, key, value, timeout)

    def get(self, key: Any, default: Any) -> Any:
        return _or_else(default, super().get, key, default)

    def set(self, key: Any, value: Any, timeout: Any) -> None:
        _or_else(None, super().set, key, value, timeout)

    def touch(self, key: Any, timeout: Any) -> bool:
        return _or_else(False, super().touch, key, timeout)

    def delete(self, key: Any) -> bool:
        return _or_else(False, super().delete, key)

    def get_many(self, keys: Any) -> dict[Any, Any]:
        return _or_else({}, super().get_many, keys)

    def has_key(self, key: Any) -> bool:
        return _or_else(False, super().has_key, key)

    def incr(self, key: Any, delta: int) -> int:
        return _or_else(delta, super().incr, key, delta)

    def set_many(self, data: Any, timeout: Any) -> None:
        _or_else(None, super().set_many, data, timeout)

    def delete_many(self, keys: Any) -> None:
        _or_else(None, super().delete_many, keys)

    def clear(self) -> bool:
        return _or_else(False, super().clear)


class FailOpenRedisCache(RedisCache):
    """Django's Redis cache over `FailOpenClient`."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = FailOpenClient


def _or_else(fallback: T, call: Callable[..., T], *args: Any) -> T:
    try:
        return call(*args)
    except UNREACHABLE as error:
        FAILURES.inc()
        log.warning("cache unreachable, going on without it: %s", error)
        return fallback
