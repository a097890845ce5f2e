"""Celery tasks of judging, each safe to lose, to double and to kill. Re-routing alone needs no model.

Nothing here loads torch before a task of the model runs: the default worker reads this module, too.
"""

import logging
import socket
from collections.abc import Iterator
from time import monotonic
from typing import Any

from celery import shared_task
from celery.signals import worker_ready, worker_shutdown

from review.broker import CLASSIFY, EXPLAIN, heard, nudge
from review.judging import leases, repricing, rerouting, throughput, trials
from review.judging.drain import drain
from review.judging.explain import explain_batch
from review.judging.shadowing import follow
from review.judging.worker import Loaded, loaded, second_model, shadow
from review.models import Pending, RubricTrial
from review.records.heartbeats import beat, leave
from review.registry import rerouting as requests
from review.registry.model_versions import note_speed
from review.registry.rubrics import open_trial
from review.registry.scoring_setup import ScoringSetup

log = logging.getLogger(__name__)
MAX_SECONDS = 2.0
BEAT_EVERY = 15.0
"""Seconds between two signs of life of one worker. Beat's own task for that goes to whichever worker is free first."""
EXPLAIN_EVERY = 10.0
"""Seconds between two batches of reasons beside a backlog: writing one takes about as long as judging a thousand."""

_explained_at = float("-inf")
_said_at = float("-inf")


@shared_task(bind=True)
def classify_pending(self: Any) -> None:
    """Judge what is pending, for two seconds; the rest is left to the next nudge."""
    heard(CLASSIFY)
    say_alive()
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
    """Write reasons for open cases, a batch at a time; beside a backlog or callers a small one, and that seldom.

    Between two words of a reason, whoever waits for a verdict gets it. Whoever judges the rest of the backlog nudges
    again.
    """
    global _explained_at  # noqa: PLW0603 - one process, one model that writes
    heard(EXPLAIN)
    worker, holder = loaded(), holder_of(self.request.hostname)
    is_busy = worker.pace.is_waited_for or Pending.objects.exists()
    if is_busy and monotonic() - _explained_at < EXPLAIN_EVERY:
        return

    def judge_who_waits() -> None:
        if leases.somebody_waits():
            next(_judging(worker, holder), None)

    more = explain_batch(worker.scorer, worker.setup, 8 if is_busy else 32, between=judge_who_waits)
    _explained_at = monotonic()
    if more and not is_busy:
        nudge(EXPLAIN)


@shared_task
def score_in_shadow() -> None:
    """Try the rubric that waits for it, or else score in shadow what was judged, for as long as nothing else waits."""
    say_alive()
    if trial := open_trial():
        try_rubric(trial)
        return
    worker = shadow()
    if worker:
        follow(worker.scorer, worker.setup, monotonic() + MAX_SECONDS)


def try_rubric(trial: RubricTrial) -> None:
    """Take a trial on; one under a model that judges no longer ends, and says so."""
    if not trial.model.is_active:
        trials.end(trial, "Another model judges by now: try it again.")
    elif worker := second_model(ScoringSetup(trial.model, trial.rubric)):
        trials.follow(worker.scorer, trial, monotonic() + MAX_SECONDS)


def say_alive() -> None:
    """Say that this very worker lives, if it has not lately: any task that it was given shows that."""
    if monotonic() - _said_at > BEAT_EVERY:
        heartbeat()


@shared_task
def heartbeat() -> None:
    """Say that this worker lives, and with which model."""
    global _said_at  # noqa: PLW0603 - one process, one sign of life
    _said_at = monotonic()
    setup, figures = loaded().setup, throughput.figures()
    beat("inference", model=str(setup.model), rubric=setup.rubric.version, **figures)
    note_speed(setup.model, figures["messages_scored"], figures["scoring_seconds"])


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


@shared_task
def reprice() -> None:
    """Give waiting cases their places by changed weights, for two seconds; the rest is left to the next turn."""
    end = monotonic() + MAX_SECONDS
    while repricing.step() and monotonic() < end:
        pass


@worker_shutdown.connect
def take_leave(**_: object) -> None:
    """A worker that ends because it was asked to is missed by nobody."""
    if _said_at > float("-inf"):
        leave("inference")


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
