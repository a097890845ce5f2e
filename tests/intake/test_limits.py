"""Limits that protect: a token's minute, and the backlog."""

from time import monotonic

import pytest
import redis
from django.conf import settings
from django.test import Client

from review import broker
from review.intake import backlog, limits, storing
from review.intake.backlog import Backlog
from review.intake.forms import BacklogForm, TokenLimitsForm
from review.models import ApiToken, Message
from tests.intake.conftest import assert_error
from tests.rows import make_pending, make_verdict


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    """No bucket of an earlier test, whose token had the same id, and no count."""
    monkeypatch.setattr(broker, "_silent_until", 0.0)
    backlog.counted.forget()
    with redis.Redis.from_url(settings.REDIS.redis_py) as client:
        if keys := list(client.scan_iter("moddog:limit:*")):
            client.delete(*keys)
    yield
    backlog.counted.forget()


@pytest.fixture
def limited(token):
    """`limited(messages_a_minute=10)`: the tests' token has these limits."""

    def limit(**fields):
        ApiToken.objects.update(**fields)

    return limit


def send(call, number, text="hello"):
    return call("post", "/messages", {"id": f"l{number}", "text": text})


def rows(start, count):
    return [{"id": f"l{number}", "text": "hello"} for number in range(start, start + count)]


def test_without_a_limit_nothing_is_said_of_one(call):
    response = send(call, 1)
    assert response.status_code == 202
    assert not [name for name in response.headers if name.startswith("RateLimit")]


def test_a_token_that_sent_its_messages_is_told_when_to_go_on(call, limited):
    limited(messages_a_minute=3)
    left = [send(call, number).headers["RateLimit-Remaining"] for number in range(3)]
    assert left == ["2", "1", "0"]
    response = send(call, 3)
    assert_error(response, 429, "too_many_requests")
    assert 1 <= int(response.headers["Retry-After"]) <= 20
    assert (response.headers["RateLimit-Limit"], response.headers["RateLimit-Remaining"]) == ("3", "0")
    assert 40 < int(response.headers["RateLimit-Reset"]) <= 60
    assert Message.objects.count() == 3


def test_the_bucket_refills_steadily(call, limited):
    limited(messages_a_minute=6_000)
    began = monotonic()
    send(call, 1)
    with redis.Redis.from_url(settings.REDIS.redis_py) as client:
        (key,) = client.scan_iter("moddog:limit:*")
        client.hset(key, "level", "0")
        client.hincrbyfloat(key, "at", -0.5)
    left = int(send(call, 2).headers["RateLimit-Remaining"])
    since = 100 * (monotonic() - began)  # a hundred a second, also while this machine does something else
    assert 49 <= left <= 50 + since


def test_text_has_a_limit_of_its_own(call, limited):
    limited(text_a_minute=100, messages_a_minute=1_000)
    response = send(call, 1, "ü" * 40)
    assert (response.headers["RateLimit-Limit"], response.headers["RateLimit-Remaining"]) == ("100", "20")
    assert_error(send(call, 2, "x" * 30), 429, "too_many_requests")
    assert send(call, 3, "x" * 10).status_code == 202


def test_an_array_counts_by_its_rows(call, limited):
    limited(messages_a_minute=10)
    assert call("post", "/messages", rows(0, 8)).json()["accepted"] == 8
    error = assert_error(call("post", "/messages", rows(8, 8)), 429, "too_many_requests")
    assert error["details"]["rows"] == 0
    assert Message.objects.count() == 8


def test_more_than_a_minute_holds_goes_in_at_once_and_is_paid_back(call, limited):
    limited(messages_a_minute=10)
    assert call("post", "/messages", rows(0, 30)).json()["accepted"] == 30
    response = send(call, 99)
    assert_error(response, 429, "too_many_requests")
    assert 120 < int(response.headers["Retry-After"]) <= 127


def test_a_stream_is_turned_away_between_batches_and_comes_further_each_time(token, limited, monkeypatch):
    monkeypatch.setattr(storing, "BATCH", 4)
    limited(messages_a_minute=6)
    body = "".join(f'{{"id": "s{number}", "text": "x"}}\n' for number in range(20)).encode()
    client, headers = Client(), {"Authorization": f"Bearer {token}"}

    def stream():
        return client.post("/api/v1/messages", body, content_type="application/x-ndjson", headers=headers)

    error = assert_error(stream(), 429, "too_many_requests")
    assert error["details"] == {"rows": 8, "accepted": 8, "duplicates": 0, "rejected_total": 0}
    with redis.Redis.from_url(settings.REDIS.redis_py) as redis_client:
        redis_client.delete(*redis_client.scan_iter("moddog:limit:*"))
    error = assert_error(stream(), 429, "too_many_requests")
    assert error["details"] == {"rows": 16, "accepted": 8, "duplicates": 8, "rejected_total": 0}


def test_waiting_callers_are_limited_too(call, limited):
    limited(messages_a_minute=1)
    assert call("post", "/messages?wait=0.01", rows(0, 1)).status_code == 202
    assert_error(call("post", "/messages?wait=0.01", rows(1, 1)), 429, "too_many_requests")


def test_another_token_has_a_minute_of_its_own(call, limited, source):
    other = ApiToken.issue(source, "other", ["ingest"])
    limited(messages_a_minute=1)
    send(call, 1)
    assert send(call, 2).status_code == 429
    assert call("post", "/messages", {"id": "o", "text": "x"}, token=other).status_code == 202


def test_without_redis_nobody_is_turned_away(call, limited, monkeypatch):
    limited(messages_a_minute=1)
    dead = redis.Redis(unix_socket_path="/nowhere/redis.sock").register_script("return 1")
    monkeypatch.setattr(limits, "_script", lambda: dead)
    before = limits.FAILURES._value.get()
    assert [send(call, number).status_code for number in range(3)] == [202, 202, 202]
    assert limits.FAILURES._value.get() == before + 3, "those count, too, that come while it is left alone"


def test_past_the_backlog_messages_are_turned_away(call, source):
    for _ in range(3):
        make_pending(source)
    source.backlog_limit = 3
    source.save(update_fields=["backlog_limit"])
    response = send(call, 1)
    assert_error(response, 503, "unavailable")
    assert response.headers["Retry-After"] == str(backlog.UNKNOWN_WAIT)
    assert Message.objects.count() == 3


def test_the_time_to_come_again_is_that_of_the_drain(call, source):
    for _ in range(40):
        make_verdict(make_pending(source))
    source.backlog_limit = 20
    source.save(update_fields=["backlog_limit"])
    found = backlog.measure(20)
    assert (found.waiting, found.per_second) == (40, pytest.approx(40.0))
    assert send(call, 1).headers["Retry-After"] == "1"
    assert Backlog(1_400, 10.0).seconds_until_room(1_000) == 45
    assert Backlog(10_000_000, 10.0).seconds_until_room(1_000) == backlog.LONGEST_WAIT


def test_the_backlog_is_counted_once_in_a_while(call, django_assert_num_queries):
    backlog.counted.get(10)
    with django_assert_num_queries(0):
        backlog.counted.get(10)
    with django_assert_num_queries(1):
        backlog.counted.get(11)


def test_an_admin_sets_limits(source, token):
    form = TokenLimitsForm({"messages_a_minute": "600", "text_a_minute": ""}, instance=ApiToken.objects.get())
    assert form.is_valid()
    form.save()
    assert (ApiToken.objects.get().messages_a_minute, ApiToken.objects.get().text_a_minute) == (600, None)
    assert not TokenLimitsForm({"messages_a_minute": "0"}).is_valid()
    assert not BacklogForm({"backlog_limit": "-1"}, instance=source).is_valid()
