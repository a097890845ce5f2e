"""Waking the workers: seldom, soon, and never at the cost of whoever sent messages."""

import os
import signal
import time
from types import SimpleNamespace

import pytest
import redis

from moddog_site.addresses import redis_at_socket
from moddog_site.celery import app
from moddog_site.embedded.home import Home
from moddog_site.embedded.redis import redis_command, wait_for_redis
from review import broker as nudging
from review.broker import heard, nudge
from review.models import Message, Pending
from tests.stack import process_of

UNNOTICED = 0.25  # seconds: what a caller may lose to a Redis that does not answer
ENDLESS = 20.0  # seconds: a wait without a limit takes longer, and one with it never so long, however busy the machine
QUEUE = "nudge-tests"  # no worker listens here


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    """A process that has not met Redis yet."""
    monkeypatch.setattr(nudging, "_silent_until", 0.0)
    monkeypatch.setattr(nudging, "KEY", "moddog:test-nudge")
    monkeypatch.setattr(nudging, "QUEUE", QUEUE)
    nudging.client.cache_clear()
    yield
    nudging.client.cache_clear()


@pytest.fixture
def queue(stack, settings):
    """The tasks that wait in the queue of these tests, counted."""
    with redis.Redis.from_url(settings.REDIS.redis_py) as client:
        client.delete(nudging.key_of(), f"moddog:{QUEUE}")
        yield lambda: client.llen(f"moddog:{QUEUE}")
        client.delete(nudging.key_of(), f"moddog:{QUEUE}")


@pytest.fixture
def point_to(settings, monkeypatch):
    """`point_to(address)`: nudges and tasks go to that Redis."""

    def point(address):
        settings.REDIS = address
        monkeypatch.setattr(app.conf, "broker_url", address.kombu)
        nudging.client.cache_clear()

    return point


@pytest.fixture
def second_redis(home):
    """A Redis of its own, that a test may stop."""
    place = Home(home)
    place.prepare(os.geteuid())
    with process_of(redis_command(place), place, "redis") as process:
        wait_for_redis(place, lambda: process.poll() is None)
        address = redis_at_socket(place.redis_socket)
        yield SimpleNamespace(address=address, send=process.send_signal)
        process.send_signal(signal.SIGCONT)


def timed(action):
    start = time.monotonic()
    return action(), time.monotonic() - start


def failures():
    return nudging.FAILURES._value.get()


def test_many_messages_send_one_task(queue):
    assert [nudge() for _ in range(5)] == [True, False, False, False, False]
    assert queue() == 1


def test_after_a_worker_heard_the_next_one_is_sent_at_once(queue):
    nudge()
    heard()
    assert nudge()
    assert queue() == 2


def test_a_missing_redis_is_logged_and_left_alone_for_a_while(point_to, tmp_path, caplog):
    point_to(redis_at_socket(tmp_path / "nobody.sock"))
    assert not nudge()
    assert "the sweep will" in caplog.text
    caplog.clear()
    assert not nudge()
    assert not caplog.text
    heard()


def test_a_hanging_redis_delays_nobody_noticeably(second_redis, point_to):
    point_to(second_redis.address)
    assert nudge()
    limits = nudging.client().connection_pool.connection_kwargs
    assert max(limits["socket_timeout"], limits["socket_connect_timeout"]) <= UNNOTICED
    second_redis.send(signal.SIGSTOP)
    before = failures()
    assert not nudge()
    assert nudging.is_left_alone()
    assert not nudge()
    assert failures() == before + 1, "the second one does not ask it"


def test_a_broker_that_hangs_while_the_task_is_sent_delays_nobody_noticeably(queue, second_redis, monkeypatch):
    monkeypatch.setattr(app.conf, "broker_url", second_redis.address.kombu)
    second_redis.send(signal.SIGSTOP)
    sent, took = timed(nudge)
    assert not sent
    assert took < ENDLESS


def test_a_nudge_after_a_pause_finds_the_redis_that_came_back(second_redis, point_to, monkeypatch):
    point_to(second_redis.address)
    second_redis.send(signal.SIGSTOP)
    assert not nudge()
    second_redis.send(signal.SIGCONT)
    monkeypatch.setattr(nudging, "_silent_until", 0.0)
    with redis.Redis.from_url(second_redis.address.redis_py) as client:
        client.delete(nudging.KEY)
    assert nudge()


def test_a_stopped_redis_does_not_fail_a_post(call, second_redis, point_to, django_capture_on_commit_callbacks):
    call("get", "/stats")  # what a first request loads is not the matter here
    point_to(second_redis.address)
    second_redis.send(signal.SIGSTOP)

    def post():
        with django_capture_on_commit_callbacks(execute=True):
            return call("post", "/messages", {"id": "1", "text": "still here"})

    response, took = timed(post)
    assert response.status_code == 202
    assert took < ENDLESS
    assert Pending.objects.filter(message=Message.objects.get()).exists()
