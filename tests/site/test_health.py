"""The three addresses that machines look at."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from moddog_site.addresses import RedisAddress
from review.models import Heartbeat
from review.records.heartbeats import beat

pytestmark = pytest.mark.django_db


def heard_from(kind: str, seconds_ago: float = 0) -> None:
    Heartbeat.objects.create(name=f"{kind}@test", kind=kind, seen_at=timezone.now() - timedelta(seconds=seconds_ago))


def test_healthz_needs_no_database(client: Client, django_assert_num_queries: object) -> None:
    with django_assert_num_queries(0):  # type: ignore[operator]
        answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok")


def test_it_is_ready_when_every_part_is(client: Client) -> None:
    heard_from("inference")
    heard_from("default")
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert {name: part["ok"] for name, part in answer.json()["parts"].items()} == {
        "database": True,
        "broker": True,
        "migrations": True,
        "workers": True,
    }
    assert answer.json()["parts"]["database"]["detail"].startswith("PostgreSQL 18")


def test_a_silent_worker_is_named(client: Client) -> None:
    heard_from("default")
    heard_from("inference", seconds_ago=120)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["parts"]["workers"] == {"ok": False, "detail": "not heard from for 60 s: inference"}


def test_a_broker_that_is_away_is_one_part_only(client: Client, settings: object) -> None:
    settings.REDIS = RedisAddress("unix:///nowhere.sock")  # type: ignore[attr-defined]
    parts = client.get("/readyz").json()["parts"]
    assert not parts["broker"]["ok"]
    assert parts["database"]["ok"]


def test_a_migration_that_waits_is_counted(client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'review'")
    part = client.get("/readyz").json()["parts"]["migrations"]
    assert not part["ok"]
    assert part["detail"].endswith("not applied")


def test_metrics_are_prometheus_text(client: Client) -> None:
    answer = client.get("/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert "moddog_cache_failures_total" in answer.content.decode()


def test_metrics_tell_how_fast_each_worker_scores(client: Client) -> None:
    beat("inference", messages_scored=7, tokens_scored=210, scoring_seconds=0.5, scoring_calls=1, ms_a_message=71.4)
    text = client.get("/metrics").content.decode()
    assert re.search(r'moddog_tokens_scored_total\{worker="inference@[^"]+"\} 210.0', text)
    assert re.search(r'moddog_scoring_ms_a_message\{worker="inference@[^"]+"\} 71.4', text)


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_they_are_for_reading(client: Client, path: str) -> None:
    assert client.post(path).status_code == 405
