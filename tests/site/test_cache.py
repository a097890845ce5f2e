"""A stopped Redis makes the cache empty, never an error."""

from typing import Any

import pytest
from django.core.cache import cache

from moddog_site.cache import FAILURES, FailOpenRedisCache


@pytest.fixture
def unreachable() -> FailOpenRedisCache:
    return FailOpenRedisCache("unix:///nowhere/redis.sock", {})


def test_it_is_a_cache_while_redis_answers(stack: Any) -> None:
    cache.set("word", "value", 10)
    assert cache.get("word") == "value"
    assert cache.add("word", "other", 10) is False
    cache.delete("word")
    assert cache.get("word") is None


def test_every_call_goes_on_without_redis(unreachable: FailOpenRedisCache) -> None:
    before = FAILURES._value.get()
    unreachable.set("word", "value")
    assert unreachable.get("word", "default") == "default"
    assert unreachable.add("word", "value") is True
    assert unreachable.incr("word") == 1
    assert unreachable.touch("word") is False
    assert unreachable.delete("word") is False
    assert unreachable.get_many(["a", "b"]) == {}
    assert "word" not in unreachable
    unreachable.set_many({"a": 1})
    unreachable.delete_many(["a"])
    unreachable.clear()
    assert FAILURES._value.get() == before + 11


def test_a_mistake_in_the_caller_is_still_an_error(stack: Any) -> None:
    with pytest.raises(ValueError, match="not found"):
        cache.incr("never-set")
