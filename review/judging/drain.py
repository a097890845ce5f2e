"""Judges what is pending: lease, one pass, write. The same loop serves Celery and `manage.py classify`."""

import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING

from review.judging import leases, results
from review.judging.registry import Judge
from review.models import Message

if TYPE_CHECKING:
    from inference.scorer import Scorer

log = logging.getLogger(__name__)

BATCH = 64
"""Messages in one lease: enough to fill a pass, few enough that a lost worker delays little."""


def drain(scorer: "Scorer", judge: Judge, batch: int = BATCH) -> Iterator[int]:
    """Judge until nothing is pending; yields the number of messages settled after each batch."""
    while lease := leases.take(batch):
        yield _judge(scorer, judge, lease)


def _judge(scorer: "Scorer", judge: Judge, lease: leases.Lease) -> int:
    messages = list(Message.objects.filter(pk__in=lease.messages).order_by("pk"))
    if lease.spent:
        results.give_up(lease, messages)
        return len(messages)
    try:
        scores = scorer.score([message.text for message in messages])
    except Exception:
        # Whatever the text did to the model: it must neither stop the queue nor be lost. It is retried alone.
        log.exception("Scoring failed for messages %s", lease.messages)
        leases.give_back(lease)
        return 0
    return results.finish(lease, judge, messages, scores)
