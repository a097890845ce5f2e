"""The database is the queue: batches of pending messages are leased, judged outside a transaction, and handed back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import connection
from django.db.models import F
from django.db.models.functions import Now

from review.models import Lane, Pending, ScratchText

LEASE = timedelta(seconds=120)
MAX_ATTEMPTS = 3

# Materialized, because a bare subquery may run anew for each row of a join, and then leases more than the limit.
_TAKE = """
WITH free AS MATERIALIZED (
    SELECT message_id FROM review_pending WHERE {which}
     ORDER BY {order} LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
UPDATE review_pending p SET token = %(token)s, holder = %(holder)s, attempts = attempts + 1,
       lease_until = statement_timestamp() + %(lease)s
  FROM free WHERE p.message_id = free.message_id
RETURNING p.message_id, attempts, priority
"""
_FRESH = _TAKE.format(
    which=f"lease_until IS NULL AND priority > {Lane.LONG.value} AND priority < {Lane.WAITED_FOR.value}",
    order="priority DESC, message_id",
)
_WAITED_FOR = _TAKE.format(which=f"lease_until IS NULL AND priority >= {Lane.WAITED_FOR.value}", order="message_id")
_LONG = _TAKE.format(which=f"lease_until IS NULL AND priority = {Lane.LONG.value}", order="message_id")
_EXPIRED = _TAKE.format(which="lease_until <= statement_timestamp()", order="lease_until")


@dataclass(frozen=True)
class Lease:
    """Messages that are this worker's until the lease runs out.

    `spent`: it failed too often to be tried again. `long`: it is one long message, to be read a slice at a time.
    `waited_for`: somebody holds a request open for them.
    """

    token: UUID
    messages: list[int]
    spent: bool = False
    long: bool = False
    waited_for: bool = False


def take(limit: int, holder: str = "") -> Lease | None:
    """Lease up to `limit` messages of the backlog that nobody works on, urgent ones first; None where there are none.

    A message whose lease once ran out may be what killed its worker: it is retried alone, and given up the third time.
    `holder` is the worker's name, by which its successor may free them; up to 255 characters.
    """
    return _take(_EXPIRED, 1, holder) or _take(_FRESH, limit, holder)


def take_waited_for(limit: int, holder: str = "") -> Lease | None:
    """Lease up to `limit` messages that somebody waits for, and nothing else: what is added would only delay them."""
    return _take(_WAITED_FOR, limit, holder)


def take_long(holder: str = "") -> Lease | None:
    """Lease the oldest long message that nobody works on. It never shares a lease."""
    return _take(_LONG, 1, holder)


def somebody_waits() -> bool:
    """Whether a caller holds a request open for something that no worker has taken yet."""
    waited_for = Pending.objects.filter(lease_until=None, priority__gte=Lane.WAITED_FOR)
    return waited_for.exists() or ScratchText.objects.filter(verdict__isnull=True, lease_until=None).exists()


def set_aside(lease: Lease, message: int, progress: dict[str, Any]) -> None:
    """Put a long message back into its lane, with what is known of it so far."""
    mine = Pending.objects.filter(token=lease.token, message=message)
    mine.update(token=None, lease_until=None, attempts=0, progress=progress)


def release_untouched(lease: Lease, messages: Sequence[int]) -> None:
    """Return messages as if they had never been leased: whatever went wrong, it was not their doing."""
    Pending.objects.filter(token=lease.token, message__in=messages).update(
        token=None, lease_until=None, attempts=F("attempts") - 1
    )


def expire(lease: Lease) -> None:
    """End a lease at once after a failure, so that each of its messages is retried alone."""
    Pending.objects.filter(token=lease.token).update(lease_until=Now())


def free(holder: str) -> int:
    """End what a worker of this name held when it was killed; how many messages that were. Each is retried alone.

    Only for a worker that starts: what a living one of the same name holds would be judged twice, and written once.
    """
    return Pending.objects.filter(holder=holder, lease_until__gt=Now()).update(lease_until=Now())


def complete(lease: Lease, messages: Sequence[int]) -> set[int]:
    """Take these messages off the queue; those that another worker took over meanwhile are not among the answer.

    Must run in the transaction that writes their results: what has none stays, whatever else the lease holds.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM review_pending WHERE token = %s AND message_id = ANY(%s) RETURNING message_id",
            [lease.token, list(messages)],
        )
        return {row[0] for row in cursor.fetchall()}


def _take(sql: str, limit: int, holder: str) -> Lease | None:
    token = uuid4()
    values: dict[str, Any] = {"token": token, "lease": LEASE, "limit": limit, "holder": holder}
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        rows = cursor.fetchall()
    if not rows:
        return None
    spent, lane = max(row[1] for row in rows) >= MAX_ATTEMPTS, rows[0][2]
    messages = sorted(row[0] for row in rows)
    return Lease(token, messages, spent=spent, long=lane == Lane.LONG, waited_for=lane >= Lane.WAITED_FOR)
