"""A Redis that is away, or hangs, makes the cache empty and slow once: never an error, and never slow for long."""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache, caches
from django.core.cache.backends.base import BaseCache
from django.test import Client

from moddog_site.addresses import redis_at_socket
from moddog_site.cache import FAILURES, PATIENCE, cache_options
from moddog_site.embedded.home import Home
from moddog_site.embedded.redis import redis_command, wait_for_redis
from review.models import User


@pytest.fixture
def redis_of_its_own(home: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A server that a test may stop."""
    place = Home(home)
    place.prepare(os.geteuid())
    with subprocess.Popen(redis_command(place), stdout=subprocess.DEVNULL) as process:
        wait_for_redis(place, lambda: process.poll() is None)
        yield process
        process.kill()


@pytest.fixture
def its_cache(redis_of_its_own: object, home: Path, settings: Any) -> BaseCache:
    """The one cache of the whole product, on that server."""
    where = redis_at_socket(Home(home).redis_socket).redis_py
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": where, "OPTIONS": cache_options()}}
    return caches["default"]


def test_it_is_a_cache_while_redis_answers(stack: Any) -> None:
    cache.set("word", "value", 10)
    assert cache.get("word") == "value"
    assert cache.add("word", "other", 10) is False
    cache.delete("word")
    assert cache.get("word") is None


def test_every_call_goes_on_without_redis(its_cache: BaseCache, redis_of_its_own: subprocess.Popen[bytes]) -> None:
    redis_of_its_own.kill()
    redis_of_its_own.wait()
    before = FAILURES._value.get()
    its_cache.set("word", "value")
    assert its_cache.get("word", "default") == "default"
    assert its_cache.add("word", "value") is True
    assert not its_cache.touch("word")
    assert not its_cache.delete("word")
    assert its_cache.get_many(["a", "b"]) == {}
    assert "word" not in its_cache
    its_cache.set_many({"a": 1})
    its_cache.delete_many(["a"])
    its_cache.clear()
    assert FAILURES._value.get() == before + 10


@pytest.fixture
def waits(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """How often Redis was waited for, PATIENCE each time; it is then left alone for as long as the test takes."""
    monkeypatch.setattr("moddog_site.cache.PAUSE", 3_600.0)
    options = cache_options()
    assert options["SOCKET_TIMEOUT"] == options["SOCKET_CONNECT_TIMEOUT"] == PATIENCE
    return lambda: sum(record.name == "moddog_site.cache" for record in caplog.records)


def test_a_redis_that_hangs_is_waited_for_once(
    its_cache: BaseCache, redis_of_its_own: subprocess.Popen[bytes], waits: Callable[[], int]
) -> None:
    its_cache.set("word", "value")
    redis_of_its_own.send_signal(signal.SIGSTOP)
    for _ in range(20):
        assert its_cache.get("word") is None
    assert waits() == 1


@pytest.mark.django_db
def test_people_sign_in_while_redis_hangs(
    client: Client,
    alice: User,
    its_cache: BaseCache,
    redis_of_its_own: subprocess.Popen[bytes],
    waits: Callable[[], int],
) -> None:
    redis_of_its_own.send_signal(signal.SIGSTOP)
    answer = client.post("/accounts/login/", {"login": "alice", "password": "correct horse battery"})
    assert answer.status_code == 302
    assert waits() == 1


def test_it_is_used_again_a_while_after_redis_answers(
    its_cache: BaseCache, redis_of_its_own: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("moddog_site.cache.PAUSE", 0.0)
    its_cache.set("word", "value")
    redis_of_its_own.send_signal(signal.SIGSTOP)
    assert its_cache.get("word") is None
    redis_of_its_own.send_signal(signal.SIGCONT)
    assert its_cache.get("word") == "value"


def test_a_mistake_in_the_caller_is_still_an_error(stack: Any) -> None:
    with pytest.raises(ValueError, match="not found"):
        cache.incr("never-set")
