"""Judges what is pending: lease, one pass, write. The same loop serves Celery and `manage.py classify`."""

import logging
from collections.abc import Iterator
from itertools import accumulate, count
from time import perf_counter
from typing import TYPE_CHECKING

from inference.scoring.normalise import normalised
from review.judging import leases, results, throughput
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
        if lease.long:
            return read_slice(scorer, setup, lease, messages[0])
        scores = _scores(scorer, messages, score_cache)
    except Exception:
        log.exception("Scoring failed for messages %s", lease.messages)
        _after_failure(scorer, lease)
        return 0
    return results.finish(lease, setup, messages, scores)


def _scores(scorer: "Scorer", messages: list[Message], score_cache: ScoreCache) -> "list[TextScore | None]":
    """A score for each message, None where its text cannot be read; what was scored lately is not scored again."""
    new = {bytes(each.text_digest): each.text for each in messages if score_cache.get(bytes(each.text_digest)) is None}
    started = perf_counter()
    texts = [normalised(text) for text in new.values()]
    fresh = dict(zip(new, score_around(scorer, texts), strict=True)) if new else {}
    scored = {digest: score for digest, score in fresh.items() if score is not None}
    throughput.note(perf_counter() - started, len(scored), sum(score.tokens for score in scored.values()))
    found = [fresh.get(bytes(each.text_digest)) or score_cache.get(bytes(each.text_digest)) for each in messages]
    for digest, score in scored.items():
        score_cache.keep(digest, score)
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
