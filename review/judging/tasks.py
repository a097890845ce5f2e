"""Celery tasks of judging, each safe to lose, to double and to kill. Re-routing alone needs no model.

Nothing here loads torch before a task of the model runs: the default worker reads this module, too.
"""

import logging
import socket
from collections.abc import Iterator
from time import monotonic
from typing import Any

from celery import shared_task
from celery.signals import worker_ready

from review.broker import CLASSIFY, EXPLAIN, heard, nudge
from review.judging import leases, rerouting, throughput
from review.judging.drain import drain
from review.judging.explain import explain_batch
from review.judging.shadowing import follow
from review.judging.worker import Loaded, loaded, shadow
from review.models import Pending
from review.records.heartbeats import beat
from review.registry import rerouting as requests

log = logging.getLogger(__name__)
MAX_SECONDS = 2.0
EXPLAIN_EVERY = 10.0
"""Seconds between two batches of reasons beside a backlog: writing one takes about as long as judging a thousand."""

_explained_at = float("-inf")


@shared_task(bind=True)
def classify_pending(self: Any) -> None:
    """Judge what is pending, for two seconds; the rest is left to the next nudge."""
    heard(CLASSIFY)
    worker, end = loaded(), monotonic() + MAX_SECONDS
    completed = 0
    for count in _judging(worker, holder_of(self.request.hostname)):
        completed += count
        if monotonic() > end:
            nudge(CLASSIFY)
            break
    if completed:
        nudge(EXPLAIN)


@shared_task(bind=True)
def explain_cases(self: Any) -> None:
    """Write reasons for open cases, a batch at a time; beside a backlog a small one, and that seldom.

    Between two words of a reason, whoever waits for a verdict gets it. Whoever judges the rest of the backlog nudges
    again.
    """
    global _explained_at  # noqa: PLW0603 - one process, one model that writes
    heard(EXPLAIN)
    is_behind = Pending.objects.exists()
    if is_behind and monotonic() - _explained_at < EXPLAIN_EVERY:
        return
    worker, holder = loaded(), holder_of(self.request.hostname)

    def judge_who_waits() -> None:
        if leases.somebody_waits():
            next(_judging(worker, holder), None)

    more = explain_batch(worker.scorer, worker.setup, 8 if is_behind else 32, between=judge_who_waits)
    _explained_at = monotonic()
    if more and not is_behind:
        nudge(EXPLAIN)


@shared_task
def score_in_shadow() -> None:
    """Score with the candidate what the active model has judged, for as long as nothing else waits."""
    worker = shadow()
    if worker:
        follow(worker.scorer, worker.setup, monotonic() + MAX_SECONDS)


@shared_task
def heartbeat() -> None:
    """Say that this worker lives, and with which model."""
    setup = loaded().setup
    beat("inference", model=str(setup.model), rubric=setup.rubric.version, **throughput.figures())


@shared_task
def reroute() -> None:
    """Take re-routings on for two seconds; the rest is left to the next nudge, and what was held to the next sweep."""
    heard(requests.TASK)
    end = monotonic() + MAX_SECONDS
    while rerouting.step():
        if monotonic() > end:
            requests.wake()
            return
    rerouting.follow()


@worker_ready.connect
def warm_up(sender: Any, **_: object) -> None:
    """Load the model and let it judge once before the first message comes. A worker that cannot ends, and says why.

    What a killed predecessor of its name held is freed first: another worker may be there to judge it at once.
    """
    if sender.hostname.startswith("inference@"):
        free_leases(sender.hostname)
        try:
            loaded().scorer.warm_up()
            heartbeat()
        except Exception:
            log.exception("the model could not be loaded")
            raise SystemExit(1) from None


def _judging(worker: Loaded, holder: str) -> Iterator[int]:
    return drain(worker.scorer, worker.setup, score_cache=worker.score_cache, holder=holder, pace=worker.pace)


def holder_of(worker: str | None) -> str:
    """How a worker is named in its leases. Two machines may each have one of the same Celery name."""
    return f"{worker or 'no worker'} on {socket.gethostname()}"


def free_leases(worker: str) -> None:
    """Free what a killed worker of this name held, and have it judged."""
    if freed := leases.free(holder_of(worker)):
        log.warning("an earlier %s was killed: %s messages that it held are judged anew", worker, freed)
        nudge(CLASSIFY)
