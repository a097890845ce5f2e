"""Judges what is pending: lease, one pass, write. The same loop serves Celery and `manage.py classify`."""

import logging
from collections.abc import Iterator
from itertools import accumulate
from typing import TYPE_CHECKING

from review.judging import leases, results
from review.judging.registry import Judge
from review.models import Message

if TYPE_CHECKING:
    from inference.scorer import Scorer

log = logging.getLogger(__name__)

BATCH = 64
"""Messages in one lease: enough to fill a pass, few enough that a lost worker delays little."""
MAX_CHARACTERS = 200_000
PROBE = "hello"


def drain(scorer: "Scorer", judge: Judge, batch: int = BATCH) -> Iterator[int]:
    """Judge until nothing is pending; yields the number of messages settled after each batch."""
    while lease := leases.take(batch):
        yield _judge(scorer, judge, lease)


def _judge(scorer: "Scorer", judge: Judge, lease: leases.Lease) -> int:
    messages = _fitting(lease)
    if lease.spent:
        results.give_up(lease, messages)
        return len(messages)
    try:
        scores = scorer.score([message.text for message in messages])
    except Exception:
        log.exception("Scoring failed for messages %s", lease.messages)
        _after_failure(scorer, lease)
        return 0
    return results.finish(lease, judge, messages, scores)


def _fitting(lease: leases.Lease) -> list[Message]:
    """The leased messages that one pass can take within the lease; the others go back to the queue untouched."""
    messages = list(Message.objects.filter(pk__in=lease.messages).order_by("pk"))
    room = list(accumulate(len(message.text) for message in messages))
    count = max(1, sum(size <= MAX_CHARACTERS for size in room))
    if messages[count:]:
        leases.hand_back(lease, [message.pk for message in messages[count:]])
    return messages[:count]


def _after_failure(scorer: "Scorer", lease: leases.Lease) -> None:
    """Tell a text that the model cannot read from a model that reads nothing any more.

    The first is retried alone and in the end given to people. Under the second, messages must not use up their
    attempts: they go back untouched, and the error goes on.
    """
    try:
        scorer.score([PROBE])
    except Exception:
        leases.hand_back(lease, lease.messages)
        raise
    leases.give_back(lease)
