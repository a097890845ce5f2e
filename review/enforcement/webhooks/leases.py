"""Who sends what: deliveries are leased in batches, and what came of them is noted in batches.

A lease is a time ahead in `due_at` and a token. What a killed process held is due again when its lease is over, under
the same id; what two processes sent is noted by the one that holds the token.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from django.db import connection, transaction

from review.enforcement.webhooks.retries import pause
from review.models import Delivery

LEASE = 60.0  # seconds

# Of each message only the first is leased: the next waits until it was delivered, or given up. So it is with what was
# done to one author; that is looked up by the author's earlier steps, of which most have none. OFFSET 0 has that looked
# up row by row: a queue that was empty a moment ago is planned as if it were, and a join then reads all of it for each.
_TAKE = """
WITH room AS (SELECT * FROM unnest(%(endpoints)s::bigint[], %(most)s::int[]) AS r (endpoint, most)),
taken AS MATERIALIZED (
    SELECT d.id FROM room CROSS JOIN LATERAL (
        SELECT d.id FROM review_delivery d
         WHERE d.endpoint_id = room.endpoint AND d.state = 'waiting' AND d.due_at <= statement_timestamp()
           AND NOT EXISTS (SELECT FROM review_delivery e
                            WHERE e.endpoint_id = d.endpoint_id AND e.message_id = d.message_id
                              AND e.state = 'waiting' AND e.id < d.id OFFSET 0)
           AND NOT EXISTS (SELECT FROM review_authoroutcome a
                             JOIN review_authoroutcome b ON b.source_id = a.source_id AND b.author = a.author
                                                        AND b.author <> '' AND b.seq < a.seq
                             JOIN review_delivery e ON e.ids = jsonb_build_object('author_outcome', b.id)
                            WHERE d.message_id IS NULL AND a.id = (d.ids ->> 'author_outcome')::bigint
                              AND e.endpoint_id = d.endpoint_id AND e.message_id IS NULL
                              AND e.state = 'waiting' AND e.id < d.id OFFSET 0)
         ORDER BY d.due_at, d.id LIMIT room.most FOR NO KEY UPDATE SKIP LOCKED) d
)
UPDATE review_delivery d
   SET due_at = statement_timestamp() + make_interval(secs => %(lease)s), token = %(token)s, attempts = attempts + 1
  FROM taken WHERE d.id = taken.id RETURNING d.id
"""
_NOTE = """
UPDATE review_delivery d
   SET token = NULL,
       error = CASE WHEN n.result = 'returned' THEN d.error ELSE n.error END,
       attempts = d.attempts - (n.result = 'returned')::int,
       state = CASE WHEN n.result = 'delivered' THEN 'delivered' WHEN n.is_last THEN 'dead' ELSE d.state END,
       ended_at = CASE WHEN n.result = 'delivered' OR n.is_last THEN statement_timestamp() END,
       due_at = statement_timestamp() + make_interval(secs => n.pause)
  FROM (SELECT r.*,
               r.result = 'failed' AND e.expires_at <= statement_timestamp() + make_interval(secs => r.pause) AS is_last
          FROM unnest(%(ids)s::bigint[], %(tokens)s::uuid[], %(results)s::text[], %(errors)s::text[],
                      %(pauses)s::float[])
            AS r (id, token, result, error, pause)
          JOIN review_delivery e ON e.id = r.id) n
 WHERE d.id = n.id AND d.token = n.token
"""

_UNTOLD = ("message__text", "message__text_digest", "message__context", "message__metadata")  # by any event


class End(StrEnum):
    DELIVERED = "delivered"
    FAILED = "failed"
    RETURNED = "returned"  # not tried at all: it costs no attempt


@dataclass(frozen=True)
class Sent:
    """What came of a leased delivery."""

    id: int
    token: UUID
    endpoint: int
    attempts: int
    end: End
    error: str = ""


def take(room: Mapping[int, int]) -> list[Delivery]:
    """Lease what is due, in order: of each endpoint (id) up to as many as it has room for."""
    values: dict[str, Any] = {"endpoints": list(room), "most": list(room.values()), "lease": LEASE, "token": uuid4()}
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, values)
        ids = [row[0] for row in cursor.fetchall()]
    leased = Delivery.objects.filter(pk__in=ids).select_related("message").defer(*_UNTOLD)
    return list(leased.order_by("pk")) if ids else []


@transaction.atomic
def note(sent: Sequence[Sent]) -> None:
    """Write down what came of leased deliveries: delivered, due again after a pause, or dead."""
    values: dict[str, Any] = {
        "ids": [each.id for each in sent],
        "tokens": [each.token for each in sent],
        "results": [str(each.end) for each in sent],
        "errors": [each.error for each in sent],
        "pauses": [pause(each.attempts) if each.end == End.FAILED else 0.0 for each in sent],
    }
    with connection.cursor() as cursor:
        cursor.execute(_NOTE, values)
