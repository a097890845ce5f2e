"""Numbers what is committed and effective, and writes outcomes into the outbox: one publisher at a time.

Identities and times of writing are no order to read by: a row with a lower one may be committed later, and whoever has
read past it never sees it. Under one lock, a number is given only to what everybody can see.
"""

from typing import Any

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from review.enforcement.outbox import RETRIED_FOR

LOCK = 0x6D6F64646F67  # of this database, for whoever publishes
_OUTCOMES = ("review_outcomefeed", "review_authoroutcomefeed")  # on messages and on authors: one order over both
MOST = 2_000
"""Rows of each feed in one transaction: some tens of milliseconds."""

_NUMBER_OUTCOMES = """
WITH due AS MATERIALIZED (
    SELECT outcome_id, effective_at FROM review_outcomefeed
     WHERE seq IS NULL AND effective_at <= statement_timestamp()
     ORDER BY effective_at, outcome_id LIMIT %(most)s FOR NO KEY UPDATE SKIP LOCKED
), numbered AS (
    SELECT outcome_id, %(last)s + row_number() OVER (ORDER BY effective_at, outcome_id) AS seq FROM due
)
UPDATE review_outcomefeed f SET seq = n.seq FROM numbered n WHERE f.outcome_id = n.outcome_id
"""
_NUMBER_AUTHORS = """
WITH due AS MATERIALIZED (
    SELECT outcome_id FROM review_authoroutcomefeed WHERE seq IS NULL
     ORDER BY outcome_id LIMIT %(most)s FOR NO KEY UPDATE SKIP LOCKED
), numbered AS (
    SELECT outcome_id, %(last)s + row_number() OVER (ORDER BY outcome_id) AS seq FROM due
)
UPDATE review_authoroutcomefeed f SET seq = n.seq FROM numbered n WHERE f.outcome_id = n.outcome_id
"""
_NUMBER_VERDICTS = """
WITH due AS MATERIALIZED (
    SELECT verdict_id FROM review_verdictfeed WHERE seq IS NULL
     ORDER BY verdict_id LIMIT %(most)s FOR NO KEY UPDATE SKIP LOCKED
), numbered AS (
    SELECT verdict_id, %(last)s + row_number() OVER (ORDER BY verdict_id) AS seq FROM due
)
UPDATE review_verdictfeed f SET seq = n.seq FROM numbered n WHERE f.verdict_id = n.verdict_id
"""
# What a later outcome had overtaken before it came into force never was: it is in the feed, and told to nobody.
# The limit, and a look at each message by itself, keep the planner from reading all outcomes ever made for a handful.
_TELL = """
INSERT INTO review_delivery (endpoint_id, event, message_id, outcome_id, expires_at)
SELECT e.id, t.event, t.message_id, t.outcome_id, now() + %(retried_for)s
  FROM (SELECT f.seq, f.source_id, f.outcome_id, o.message_id,
               CASE WHEN told.earlier THEN 'outcome.reversed' ELSE 'outcome.created' END AS event
          FROM (SELECT * FROM review_outcomefeed WHERE seq > %(last)s ORDER BY seq LIMIT %(most)s) f
          JOIN review_outcome o ON o.id = f.outcome_id
         CROSS JOIN LATERAL (
            SELECT bool_or(p.seq < o.seq) AS earlier, coalesce(bool_or(p.seq > o.seq), false) AS later
              FROM review_outcome p JOIN review_outcomefeed g ON g.outcome_id = p.id
             WHERE p.message_id = o.message_id AND g.seq < f.seq) told
         WHERE NOT told.later) t
  JOIN review_endpoint e ON e.source_id = t.source_id AND t.event = ANY (e.events)
 ORDER BY t.seq, e.id
"""


@transaction.atomic
def publish(most: int = MOST) -> int:
    """Number up to `most` outcomes on messages, as many on authors, and as many verdicts; returns how many rows.

    It is 0 also while somebody else publishes. The last number is read after the lock is held: in a statement of its
    own, which sees what the last holder wrote.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return 0
        last = _last(cursor, *_OUTCOMES)
        cursor.execute(_NUMBER_OUTCOMES, {"most": most, "last": last})
        outcomes = int(cursor.rowcount)
        if outcomes:
            told: dict[str, Any] = {"last": last, "most": most, "retried_for": RETRIED_FOR}
            cursor.execute(_TELL, told)
        cursor.execute(_NUMBER_AUTHORS, {"most": most, "last": last + outcomes})
        steps = int(cursor.rowcount)
        cursor.execute(_NUMBER_VERDICTS, {"most": most, "last": _last(cursor, "review_verdictfeed")})
        return outcomes + steps + int(cursor.rowcount)


def _last(cursor: CursorWrapper, *tables: str) -> int:
    newest = ", ".join(f"(SELECT max(seq) FROM {table})" for table in tables)  # noqa: S608 - ours
    cursor.execute(f"SELECT coalesce(greatest({newest}), 0)")
    return int(cursor.fetchone()[0])
