"""Keeps the vectors of cases that wait: written with the verdicts, indexed and dropped behind the judging.

Up to TAIL of them are in no index: so many are compared one by one in milliseconds, and nothing is missed.
"""

import json
import struct
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db import connection, transaction

from review.models import Message, ModelVersion
from review.models.vectors import DIMENSIONS

TAIL = 10_000
CHUNK = 500  # rows indexed in one transaction
MOST_INDEXED = 2_000  # in one call: half a second to two
DAYS = timedelta(days=30)
DECIDED = timedelta(hours=1)
"""What was decided is kept that long: until then a decision may be undone, and its case waits again."""
_NUMBERS = struct.Struct(f"<{DIMENSIONS}e")

# Copies share a case and its vector. A case that is blind, or was decided meanwhile, gets none.
_KEEP = """
INSERT INTO review_casevector (case_id, source_id, model_id, vector)
SELECT DISTINCT ON (c.id) c.id, c.source_id, %(model)s, v.vector::halfvec
  FROM unnest(%(messages)s::bigint[], %(vectors)s::text[]) AS v (message, vector)
  JOIN review_casemember m ON m.message_id = v.message
  JOIN review_case c ON c.id = m.case_id AND c.state = 'open' AND NOT c.blind
 ORDER BY c.id
    ON CONFLICT DO NOTHING
"""
_INDEX = """
UPDATE review_casevector SET is_indexed = true
 WHERE case_id IN (SELECT case_id FROM review_casevector WHERE NOT is_indexed ORDER BY case_id LIMIT %s)
"""
_DROP = """
DELETE FROM review_casevector v WHERE NOT EXISTS (
    SELECT FROM review_case c
     WHERE c.id = v.case_id AND NOT c.blind
       AND (c.state = 'open' AND c.opened_at > statement_timestamp() - %(days)s
            OR c.state = 'decided' AND c.decided_at > statement_timestamp() - %(decided)s))
"""
ERASE = """DELETE FROM review_casevector
            WHERE case_id IN (SELECT case_id FROM review_casemember WHERE message_id = ANY(%(ids)s))"""


def keep(model: ModelVersion, found: Iterable[tuple[Message, bytes]]) -> None:
    """Keep the vectors of messages whose cases were opened just now; one of each text. Must run in a transaction."""
    by_text = {(message.source_id, bytes(message.text_digest)): (message.pk, vector) for message, vector in found}
    kept = [(pk, as_text(vector)) for pk, vector in by_text.values() if vector]
    if not kept:
        return
    values: dict[str, Any] = {"model": model.pk, "messages": [], "vectors": []}
    for pk, vector in kept:
        values["messages"].append(pk)
        values["vectors"].append(vector)
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, values)


def as_text(vector: bytes) -> str:
    """float16 numbers as pgvector reads them."""
    return json.dumps([round(number, 5) for number in _NUMBERS.unpack(vector)])


def index(tail: int = TAIL) -> int:
    """Index what is in no index yet, oldest first, but for the newest `tail`; at most MOST_INDEXED. How many."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM review_casevector WHERE NOT is_indexed")
        left = min(int(cursor.fetchone()[0]) - tail, MOST_INDEXED)
        indexed = 0
        while indexed < left:
            with transaction.atomic():
                cursor.execute(_INDEX, [min(CHUNK, left - indexed)])
                indexed += cursor.rowcount
    return indexed


def drop() -> int:
    """Drop the vectors of cases that wait no longer, or have waited for over 30 days; how many."""
    with connection.cursor() as cursor:
        values: dict[str, Any] = {"days": DAYS, "decided": DECIDED}
        cursor.execute(_DROP, values)
        return int(cursor.rowcount)
