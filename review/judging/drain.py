"""Judges what is pending: lease, one pass, write. The same loop serves Celery and `manage.py classify`."""

import logging
from collections.abc import Iterator
from itertools import accumulate, count
from time import perf_counter
from typing import TYPE_CHECKING

from review.judging import leases, results, throughput
from review.judging.asking import Asked, as_read, asked, key_of
from review.judging.bisection import PROBE, score_around
from review.judging.long_texts import read_slice
from review.judging.pace import MOST, Pace
from review.judging.score_cache import ScoreCache
from review.judging.scratch import judge_waiting
from review.models import Message
from review.registry.scoring_setup import ScoringSetup

if TYPE_CHECKING:
    from inference.scoring.text_score import Scorer, TextScore

log = logging.getLogger(__name__)

LONG_EVERY = 16
"""Under a backlog that never ends, every so many batches a slice of a long message is read all the same."""
MAX_CHARACTERS = 200_000


def drain(
    scorer: "Scorer",
    setup: ScoringSetup,
    *,
    batch: int = MOST,
    score_cache: ScoreCache | None = None,
    holder: str = "",
    pace: Pace | None = None,
) -> Iterator[int]:
    """Judge until nothing is pending; yields the number of messages completed after each batch or slice.

    Texts that are kept nowhere come before each, and are not counted; then what somebody waits for, alone; then the
    backlog, at most `batch` at a time and as many as `pace` allows. `holder` names the worker in its leases.
    """
    score_cache, pace = score_cache or ScoreCache(), pace or Pace()
    for turn in count(1):
        if answered := judge_waiting(scorer, setup):  # somebody waits for these, and holds a request open
            pace.somebody_waited()
        lease = leases.take_waited_for(batch, holder)
        if lease:
            pace.somebody_waited()
        else:
            lease = _next_of_the_backlog(turn, min(batch, pace.limit()), holder)
        if lease:
            started = perf_counter()
            completed = _judge(scorer, setup, lease, score_cache)
            if not lease.long:
                pace.note(completed, perf_counter() - started)
            yield completed
        elif answered:
            yield 0
        else:
            return


def _next_of_the_backlog(turn: int, limit: int, holder: str) -> leases.Lease | None:
    """Ordinary messages, a long one where there are none, and now and then one all the same."""
    lease = (turn % LONG_EVERY == 0 and leases.take_long(holder)) or leases.take(limit, holder)
    return lease or leases.take_long(holder)


def _judge(scorer: "Scorer", setup: ScoringSetup, lease: leases.Lease, score_cache: ScoreCache) -> int:
    messages = _fitting(lease)
    if lease.spent:
        results.give_up(lease, messages)
        return len(messages)
    try:
        groups = asked(setup, messages)
        if lease.long:
            return read_slice(scorer, lease, groups[0])
        scored = [(group, _scores(scorer, group, score_cache)) for group in groups]
    except Exception:
        log.exception("Scoring failed for messages %s", lease.messages)
        _after_failure(scorer, lease)
        return 0
    return sum(results.finish(lease, group.setup, group.messages, scores) for group, scores in scored)


def _scores(scorer: "Scorer", group: Asked, score_cache: ScoreCache) -> "list[TextScore | None]":
    """A score for each message, None where its text cannot be read; what was scored lately is not scored again."""
    keys = [key_of(message, text) for message, text in zip(group.messages, group.texts, strict=True)]
    new = {key: text for key, text in zip(keys, group.texts, strict=True) if score_cache.get(key) is None}
    started = perf_counter()
    texts = [as_read(text) for text in new.values()]
    fresh = dict(zip(new, score_around(scorer, texts), strict=True)) if new else {}
    scored = {key: score for key, score in fresh.items() if score is not None}
    throughput.note(perf_counter() - started, len(scored), sum(score.tokens for score in scored.values()))
    found = [fresh.get(key) or score_cache.get(key) for key in keys]
    for key, score in scored.items():
        score_cache.keep(key, score)
    return found


def _fitting(lease: leases.Lease) -> list[Message]:
    """The leased messages that one pass can take within the lease; the others go back to the queue untouched."""
    messages = list(Message.objects.filter(pk__in=lease.messages).order_by("pk"))
    room = list(accumulate(len(message.text) for message in messages))
    fitting = max(1, sum(size <= MAX_CHARACTERS for size in room))
    if messages[fitting:]:
        leases.release_untouched(lease, [message.pk for message in messages[fitting:]])
    return messages[:fitting]


def _after_failure(scorer: "Scorer", lease: leases.Lease) -> None:
    """Tell a text that the model cannot read from a model that reads nothing any more.

    The first is retried alone and in the end given to people. Under the second, messages must not use up their
    attempts: they go back untouched, and the error goes on.
    """
    try:
        scorer.score([PROBE])
    except Exception:
        leases.release_untouched(lease, lease.messages)
        raise
    leases.expire(lease)
