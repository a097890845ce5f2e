"""Is the process up, and can it do its work?"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from typing import Any

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from moddog_site.metrics_access import may_see_metrics, may_see_parts
from review import broker
from review.insight.backlog_metrics import BacklogMetrics
from review.insight.worker_metrics import WorkerMetrics
from review.records import heartbeats

log = logging.getLogger(__name__)

WORKERS = ("inference", "default", "deliveries")


class NotReady(Exception):
    """A part is not ready; the message says why."""


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200 as long as this process answers."""
    return HttpResponse("ok", content_type="text/plain")


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when every part is ready, else 503: a word, and for those who may see it `ok` and `detail` of each part."""
    parts = {name: _look_at(check) for name, check in CHECKS.items()}
    ready = all(part["ok"] for part in parts.values())
    status = 200 if ready else 503
    if may_see_parts(request):
        return JsonResponse({"ready": ready, "parts": parts}, status=status)
    return HttpResponse("ready" if ready else "not ready", content_type="text/plain", status=status)


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus' text form, over every process that shares `PROMETHEUS_MULTIPROC_DIR`. 401 for whoever may not."""
    if not may_see_metrics(request):
        refused = HttpResponse("a token with the scope metrics is needed", content_type="text/plain", status=401)
        refused["WWW-Authenticate"] = 'Bearer realm="moddog"'
        return refused
    registry = REGISTRY
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return HttpResponse(generate_latest(registry) + _of_database(), content_type=CONTENT_TYPE_LATEST)


def _of_database() -> bytes:
    """What waits, and what the workers' heartbeats say; nothing while the database is away: the rest still shows."""
    registry = CollectorRegistry(auto_describe=False)
    try:
        registry.register(WorkerMetrics())
        registry.register(BacklogMetrics())
        return generate_latest(registry)
    except DatabaseError as error:
        log.warning("no metrics of workers and backlog: %s", error)
        return b""


def _look_at(check: Callable[[], str]) -> dict[str, Any]:
    try:
        return {"ok": True, "detail": check()}
    except NotReady as error:
        return {"ok": False, "detail": str(error)}
    except Exception as error:  # whatever is wrong with a part, the answer is about that part
        return {"ok": False, "detail": type(error).__name__}


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        return f"PostgreSQL {cursor.fetchone()[0]}"


def _broker() -> str:
    broker.client().ping()
    return "answers"


def waiting_migrations() -> int:
    """How many migrations are not applied."""
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _migrations() -> str:
    if waiting := waiting_migrations():
        raise NotReady(f"{waiting} not applied")
    return "all applied"


def _workers() -> str:
    missing = [kind for kind in WORKERS if not heartbeats.alive(kind).exists()]
    if missing:
        raise NotReady(f"not heard from for {heartbeats.FRESH.seconds} s: {', '.join(missing)}")
    return "heard from"


CHECKS: dict[str, Callable[[], str]] = {
    "database": _database,
    "broker": _broker,
    "migrations": _migrations,
    "workers": _workers,
}
