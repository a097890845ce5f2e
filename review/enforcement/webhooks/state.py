"""How deliveries go, for the operations page and for Prometheus. Counts stop at a limit."""

from collections.abc import Iterator

from django.db.models import Q, QuerySet
from prometheus_client.core import GaugeMetricFamily, Metric

from review.enforcement.webhooks.circuits import OPENS_AFTER
from review.models import Delivery, Endpoint, Source

LIMIT = 10_000


def stopped(sources: "QuerySet[Source]") -> "QuerySet[Endpoint]":
    """Endpoints to which nothing goes but a request now and then, because they fail; and those that are paused."""
    silent = Q(failures__gte=OPENS_AFTER) | Q(paused_at__isnull=False)
    return Endpoint.objects.filter(silent, source__in=sources).select_related("source").order_by("source__name", "pk")


def waiting(sources: "QuerySet[Source]") -> int:
    """Events of these sources that wait to be delivered, up to LIMIT + 1."""
    return _count(Delivery.objects.filter(state=Delivery.State.WAITING, endpoint__source__in=sources))


def metrics() -> Iterator[Metric]:
    undelivered = Delivery.objects.filter(state=Delivery.State.WAITING)
    yield GaugeMetricFamily("moddog_undelivered_events", "Events that wait for a receiver", _count(undelivered))
    failing = Endpoint.objects.filter(failures__gte=OPENS_AFTER).count()
    yield GaugeMetricFamily("moddog_failing_endpoints", "Webhook endpoints that fail again and again", failing)


def _count(rows: "QuerySet[Delivery]") -> int:
    return rows.order_by()[: LIMIT + 1].count()
