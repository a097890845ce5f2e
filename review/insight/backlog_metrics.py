"""What waits, for machines or for people, for Prometheus. Counts stop at a limit, so that asking costs little."""

from collections.abc import Iterator

from django.db.models.functions import Now
from django.db.models.query import QuerySet
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from review.enforcement.webhooks import state as deliveries
from review.models import Alarm, Case, Pending

LIMIT = 10_000


class BacklogMetrics(Collector):
    """Reads the database whenever it is asked. A count of 10,001 reads as "over 10,000"."""

    def collect(self) -> Iterator[Metric]:
        waiting, cases = Pending.objects.order_by("pk"), Case.objects.filter(state=Case.State.OPEN)
        yield GaugeMetricFamily("moddog_pending_messages", "Messages that are not judged yet", _count(waiting))
        oldest = waiting.annotate(now=Now()).values_list("now", "enqueued_at").first()
        seconds = (oldest[0] - oldest[1]).total_seconds() if oldest else 0.0
        yield GaugeMetricFamily("moddog_oldest_pending_seconds", "How long the first of them has waited", seconds)
        yield GaugeMetricFamily("moddog_open_cases", "Cases that wait for people", _count(cases))
        alarms = Alarm.objects.filter(answered_at=None)
        yield GaugeMetricFamily("moddog_unanswered_alarms", "Promises found broken, answered by nobody", _count(alarms))
        yield from deliveries.metrics()


def _count(rows: "QuerySet[Pending] | QuerySet[Case] | QuerySet[Alarm]") -> int:
    return rows.order_by()[: LIMIT + 1].count()
