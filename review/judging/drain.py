"""Judges what is pending: lease, one pass, write. The same loop serves Celery and `manage.py classify`."""

import logging
from collections.abc import Iterator
from itertools import count
from time import perf_counter
from typing import TYPE_CHECKING

from inference.scoring.cascade import LATER, Later
from review.judging import leases, results, throughput
from review.judging.bisection import PROBE, score_around
from review.judging.long_texts import read_slice
from review.judging.pace import MOST, Pace, fitting, weight
from review.judging.score_cache import ScoreCache
from review.judging.scoring_inputs import ScoringInputs, key_of, scoring_inputs
from review.judging.scratch import judge_waiting
from review.models import Message
from review.registry.scoring_setup import ScoringSetup

if TYPE_CHECKING:
    from inference.scoring.text_score import Scorer, TextScore

log = logging.getLogger(__name__)

LONG_EVERY = 16
"""Under a backlog that never ends, every so many batches a slice of a long message is read all the same."""
BACKLOG_EVERY = 4
"""Beside callers who never cease to come, every so many passes one of the backlog is judged all the same."""


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

    Texts that are kept nowhere come before each, and are not counted; then what somebody waits for, alone; then, or
    after BACKLOG_EVERY of those, the backlog: at most `batch` at a time, and as much as `pace` allows. What somebody
    waits for may weigh as much as `batch` short messages, so that callers share a pass. `holder` names the worker in
    its leases.
    """
    score_cache, pace = score_cache or ScoreCache(), pace or Pace()
    for_callers = 0  # passes in a row
    for turn in count(1):
        if answered := judge_waiting(scorer, setup):  # somebody waits for these, and holds a request open
            pace.somebody_waited()
        callers_first = for_callers < BACKLOG_EVERY
        lease = (
            (callers_first and leases.take_waited_for(batch, holder))
            or _next_of_the_backlog(turn, min(batch, pace.limit()), holder)
            or (not callers_first and leases.take_waited_for(batch, holder))
        )
        if lease:
            for_callers = for_callers + 1 if lease.waited_for else 0
            if lease.waited_for:
                pace.somebody_waited()
            scorer.leave_a_core(pace.is_waited_for)  # to the web server and the database, which callers wait for too
            started = perf_counter()
            messages = _fitting(lease, batch if lease.waited_for else pace.room())
            completed = _judge(scorer, setup, lease, messages, score_cache, seconds=pace.seconds)
            if not lease.long:
                weighed = sum(weight(message.text) for message in messages)
                pace.note(weighed * completed / max(1, len(messages)), perf_counter() - started)
            yield completed
        elif answered:
            yield 0
        else:
            return


def _next_of_the_backlog(turn: int, limit: int, holder: str) -> leases.Lease | None:
    """Ordinary messages, a long one where there are none, and now and then one all the same."""
    lease = (turn % LONG_EVERY == 0 and leases.take_long(holder)) or leases.take(limit, holder)
    return lease or leases.take_long(holder)


def _judge(
    scorer: "Scorer",
    setup: ScoringSetup,
    lease: leases.Lease,
    messages: list[Message],
    score_cache: ScoreCache,
    *,
    seconds: float,
) -> int:
    if lease.spent:
        results.give_up(lease, messages)
        return len(messages)
    try:
        groups = scoring_inputs(setup, messages)
        if lease.long:
            return read_slice(scorer, lease, groups[0])
        scored = [(group, _scores(scorer, group, score_cache, seconds)) for group in groups]
    except Exception:
        log.exception("Scoring failed for messages %s", lease.messages)
        _after_failure(scorer, lease)
        return 0
    return sum(_finish(lease, group, scores) for group, scores in scored)


def _finish(lease: leases.Lease, group: ScoringInputs, scores: "list[TextScore | Later | None]") -> int:
    """Write what is known; a message that the second of a cascade did not come to goes back to the queue untouched."""
    if later := [message.pk for message, score in zip(group.messages, scores, strict=True) if score is LATER]:
        leases.release_untouched(lease, later)
    read = [place for place, score in enumerate(scores) if score is not LATER]
    messages, texts = [group.messages[place] for place in read], [group.texts[place] for place in read]
    known = ScoringInputs(group.setup, messages, texts)
    return results.finish(lease, known, [score for score in scores if score is not LATER])


def _scores(
    scorer: "Scorer", group: ScoringInputs, score_cache: ScoreCache, seconds: float
) -> "list[TextScore | Later | None]":
    """A score for each message, None where its text cannot be read; what was scored lately is not scored again."""
    keys = [key_of(message, text) for message, text in zip(group.messages, group.texts, strict=True)]
    new = {key: text for key, text in zip(keys, group.texts, strict=True) if score_cache.get(key) is None}
    started = perf_counter()
    fresh = dict(zip(new, score_around(scorer, list(new.values()), seconds), strict=True)) if new else {}
    scored = {key: score for key, score in fresh.items() if score is not None and score is not LATER}
    throughput.note(perf_counter() - started, len(scored), sum(score.tokens for score in scored.values()))
    found = [fresh.get(key) or score_cache.get(key) for key in keys]
    for key, score in scored.items():
        score_cache.keep(key, score)
    return found


def _fitting(lease: leases.Lease, room: int) -> list[Message]:
    """The leased messages that one pass takes, no heavier than `room`; the others go back to the queue untouched."""
    messages = list(Message.objects.filter(pk__in=lease.messages).order_by("pk"))
    taken = fitting([message.text for message in messages], room)
    if messages[taken:]:
        leases.release_untouched(lease, [message.pk for message in messages[taken:]])
    return messages[:taken]


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
