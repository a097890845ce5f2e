"""The three addresses that machines look at."""

import re
from collections.abc import Callable
from datetime import timedelta
from ipaddress import ip_network
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from moddog_site.addresses import RedisAddress
from moddog_site.health import WORKERS
from review import broker
from review.models import ApiToken, Heartbeat, Pending, User
from review.records.heartbeats import beat
from tests.rows import make_case, make_pending, make_source

pytestmark = pytest.mark.django_db


def heard_from(kind: str, seconds_ago: float = 0) -> None:
    Heartbeat.objects.create(name=f"{kind}@test", kind=kind, seen_at=timezone.now() - timedelta(seconds=seconds_ago))


@pytest.fixture
def watching() -> Client:
    """Prometheus, say: a client with a token for metrics."""
    return with_token("metrics")


def with_token(*scopes: str) -> Client:
    token = ApiToken.issue(make_source(), "test", list(scopes))
    return Client(headers={"Authorization": f"Bearer {token}"})


def test_healthz_needs_no_database(client: Client, django_assert_num_queries: object) -> None:
    with django_assert_num_queries(0):  # type: ignore[operator]
        answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok")


def test_it_is_ready_when_every_part_is(watching: Client) -> None:
    for kind in WORKERS:
        heard_from(kind)
    answer = watching.get("/readyz")
    assert answer.status_code == 200
    assert {name: part["ok"] for name, part in answer.json()["parts"].items()} == {
        "database": True,
        "broker": True,
        "migrations": True,
        "workers": True,
    }
    assert answer.json()["parts"]["database"]["detail"].startswith("PostgreSQL 18")


def test_a_silent_worker_is_named(watching: Client) -> None:
    for kind in WORKERS:
        heard_from(kind, seconds_ago=120 if kind == "inference" else 0)
    answer = watching.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["parts"]["workers"] == {"ok": False, "detail": "not heard from for 60 s: inference"}


def test_a_broker_that_is_away_is_one_part_only(watching: Client, settings: object) -> None:
    settings.REDIS = RedisAddress("unix:///nowhere.sock")  # type: ignore[attr-defined]
    broker.client.cache_clear()
    try:
        parts = watching.get("/readyz").json()["parts"]
    finally:
        broker.client.cache_clear()
    assert not parts["broker"]["ok"]
    assert parts["database"]["ok"]


def test_a_migration_that_waits_is_counted(watching: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'review'")
    part = watching.get("/readyz").json()["parts"]["migrations"]
    assert not part["ok"]
    assert part["detail"].endswith("not applied")


def test_metrics_are_prometheus_text(watching: Client) -> None:
    answer = watching.get("/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert "moddog_cache_failures_total" in answer.content.decode()


def test_metrics_tell_how_fast_each_worker_scores(watching: Client) -> None:
    beat("inference", messages_scored=7, tokens_scored=210, scoring_seconds=0.5, scoring_calls=1, ms_a_message=71.4)
    text = watching.get("/metrics").content.decode()
    assert re.search(r'moddog_tokens_scored_total\{worker="inference@[^"]+"\} 210.0', text)
    assert re.search(r'moddog_scoring_ms_a_message\{worker="inference@[^"]+"\} 71.4', text)


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_they_are_for_reading(client: Client, path: str) -> None:
    assert client.post(path).status_code == 405


def test_metrics_tell_what_waits(watching: Client) -> None:
    make_pending(make_source())
    Pending.objects.update(enqueued_at=timezone.now() - timedelta(seconds=90))
    make_case(make_source())
    text = watching.get("/metrics").content.decode()
    assert "moddog_pending_messages 1.0" in text
    assert "moddog_open_cases 1.0" in text
    assert "moddog_unanswered_alarms 0.0" in text
    assert float(re.findall(r"^moddog_oldest_pending_seconds (\S+)", text, re.MULTILINE)[0]) == pytest.approx(90, abs=9)


def test_instance_admins_see_the_parts(client: Client, root: User) -> None:
    client.force_login(root)
    assert set(client.get("/readyz").json()["parts"]) == {"database", "broker", "migrations", "workers"}


@pytest.mark.parametrize("who", ["nobody", "moderator", "admin of a source", "ingest token", "revoked token"])
def test_the_rest_get_a_plain_yes_or_no(who: str, client: Client, bob: User, make_person: Callable[..., User]) -> None:
    if who == "moderator":
        client.force_login(bob)
    elif who == "admin of a source":
        client.force_login(make_person("frank", "admin", make_source()))
    elif who == "ingest token":
        client = with_token("ingest", "read")
    elif who == "revoked token":
        client = with_token("metrics")
        ApiToken.objects.update(revoked_at=timezone.now())
    answer = client.get("/readyz")
    assert (answer.status_code, answer.content) == (503, b"not ready")
    for kind in WORKERS:
        heard_from(kind)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.content) == (200, b"ready")
    refused = client.get("/metrics")
    assert (refused.status_code, refused.headers["WWW-Authenticate"]) == (401, 'Bearer realm="moddog"')
    assert b"moddog_" not in refused.content


def test_named_addresses_need_no_token_for_metrics(client: Client, settings: Any) -> None:
    settings.METRICS_FROM = (ip_network("192.0.2.0/24"), ip_network("2001:db8::/32"))
    for address, status in {"192.0.2.7": 200, "2001:db8::1": 200, "192.0.3.7": 401}.items():
        assert client.get("/metrics", REMOTE_ADDR=address).status_code == status
    assert client.get("/readyz", REMOTE_ADDR="192.0.2.7").content in (b"ready", b"not ready")


def test_an_address_that_the_sender_made_up_does_not_count(client: Client, settings: Any) -> None:
    settings.METRICS_FROM = (ip_network("192.0.2.7/32"),)
    headers = {"X-Forwarded-For": "192.0.2.7"}
    assert client.get("/metrics", headers=headers, REMOTE_ADDR="198.51.100.1").status_code == 401
