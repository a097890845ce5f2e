"""How fast the inference workers score, for Prometheus. They are other processes: their heartbeats tell it."""

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from review.records import heartbeats

COUNTERS = {
    "messages_scored": ("moddog_messages_scored", "Messages that a worker scored since it started"),
    "tokens_scored": ("moddog_tokens_scored", "Tokens of those messages, without rubric and answer"),
    "scoring_seconds": ("moddog_scoring_seconds", "Seconds that a worker spent on scoring since it started"),
    "scoring_calls": ("moddog_scoring_calls", "Batches that a worker scored since it started"),
}


class WorkerMetrics(Collector):
    """Reads the heartbeats of living workers whenever it is asked. Tokens per second are a rate of two counters."""

    def collect(self) -> Iterator[Metric]:
        workers = list(heartbeats.alive("inference"))
        for key, (name, words) in COUNTERS.items():
            counter = CounterMetricFamily(name, words, labels=["worker"])
            for worker in workers:
                counter.add_metric([worker.name], worker.detail.get(key, 0))
            yield counter
        latest = GaugeMetricFamily(
            "moddog_scoring_ms_a_message", "Milliseconds a message in a worker's last batch", labels=["worker"]
        )
        for worker in workers:
            latest.add_metric([worker.name], worker.detail.get("ms_a_message", 0))
        yield latest
