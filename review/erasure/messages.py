"""Erases what messages say and who said it, wherever it stands. What calibration needs stays: numbers and digests.

Kept are the sender's own id and the keyed digest of the text, so that a message which is sent again is still a
duplicate; margins, verdicts, labels and outcomes; and what somebody else sent, be it the same words.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db import OperationalError, connection, transaction
from psycopg import errors

from review.enforcement.outbox import RETRIED_FOR
from review.erasure import unanswered
from review.models import Source
from review.search import entries
from review.similar import vectors

CHUNK = 500  # messages erased in one transaction
ATTEMPTS = 5
WALK = 5_000  # keys looked at in one statement

# Rows that decided something are append-only but for this transaction. Where a row quotes the message or names its
# author, that is emptied. A case of which nothing is left to read cannot be decided; one that holds copies waits on.
LET_THROUGH = "SET LOCAL moddog.purge = 'on'"
_LOCK_CASES = """
SELECT id FROM review_case WHERE state = 'open'
   AND id IN (SELECT case_id FROM review_casemember WHERE message_id = ANY(%(ids)s)) ORDER BY id FOR NO KEY UPDATE
"""
_LOCK = """
SELECT id FROM review_message WHERE id = ANY(%(ids)s) AND (text <> '' OR author <> '' OR context <> '[]' OR
       metadata <> '{}') ORDER BY id FOR UPDATE
"""
ERASURES = (
    "DELETE FROM review_pending WHERE message_id = ANY(%(ids)s)",
    entries.ERASE,
    vectors.ERASE,
    "UPDATE review_message SET text = '', author = '', context = '[]', metadata = '{}' WHERE id = ANY(%(ids)s)",
    """UPDATE review_explanation SET raw = '', reason = ''
        WHERE score_id IN (SELECT id FROM review_score WHERE message_id = ANY(%(ids)s))""",
    """UPDATE review_decision SET note = '', note_to_author = ''
        WHERE (note <> '' OR note_to_author <> '')
          AND case_id IN (SELECT case_id FROM review_casemember WHERE message_id = ANY(%(ids)s))""",
    """UPDATE review_proposal SET note = '', note_to_author = ''
        WHERE (note <> '' OR note_to_author <> '')
          AND case_id IN (SELECT case_id FROM review_casemember WHERE message_id = ANY(%(ids)s))""",
    """UPDATE review_note SET text = '' WHERE text <> ''
          AND case_id IN (SELECT case_id FROM review_casemember WHERE message_id = ANY(%(ids)s))""",
    """UPDATE review_strike SET author = ''
        WHERE outcome_id IN (SELECT id FROM review_outcome WHERE message_id = ANY(%(ids)s))""",
    *unanswered.TELL,
    """UPDATE review_report SET reason = '', place = '', contact = '',
              resolved_at = coalesce(resolved_at, statement_timestamp()) WHERE message_id = ANY(%(ids)s)""",
    """UPDATE review_appeal SET reason = '', contact = '', answer = '',
              state = CASE WHEN state = 'open' THEN 'erased' ELSE state END,
              resolved_at = coalesce(resolved_at, statement_timestamp()) WHERE message_id = ANY(%(ids)s)""",
    """UPDATE review_case c SET state = 'closed' WHERE c.state = 'open'
          AND c.id IN (SELECT case_id FROM review_casemember WHERE message_id = ANY(%(ids)s))
          AND NOT EXISTS (SELECT FROM review_casemember other JOIN review_message m ON m.id = other.message_id
                           WHERE other.case_id = c.id AND m.text <> '')""",
)


def erase(ids: Sequence[int]) -> int:
    """Erase these messages, at most CHUNK, in one transaction; how many were not erased before.

    Cases are locked before messages, as whoever decides them does; judging goes the other way, so where Postgres ends
    this transaction to undo a deadlock, it is tried again.
    """
    for _ in range(ATTEMPTS - 1):
        try:
            return _erase(ids)
        except OperationalError as error:
            if not isinstance(error.__cause__, errors.DeadlockDetected):
                raise
    return _erase(ids)


def _erase(ids: Sequence[int]) -> int:
    values: dict[str, Any] = {"retried_for": RETRIED_FOR}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(entries.ONE_AT_A_TIME)
        cursor.execute(_LOCK_CASES, {"ids": list(ids)})
        cursor.execute(_LOCK, {"ids": list(ids)})
        left = [pk for (pk,) in cursor.fetchall()]
        if left:
            cursor.execute(LET_THROUGH)
            for statement in ERASURES:
                cursor.execute(statement, values | {"ids": left})
    return len(left)


def erase_all(ids: Sequence[int]) -> int:
    """Erase any number of messages, a transaction a chunk; how many were not erased before."""
    return sum(erase(ids[start : start + CHUNK]) for start in range(0, len(ids), CHUNK))


def older_than(cutoff: datetime, source: Source, after: int = 0) -> Iterator[tuple[int, list[int]]]:
    """Walk by key over what came in before `cutoff`: how far each step went, and the source's messages in it.

    Keys grow with the time of arrival, but for transactions that overtake each other, so the walk ends at the first
    step that comes upon a newer message; what is older behind it is found by a later walk.
    """
    walk = """
        SELECT id, received_at < %(cutoff)s, source_id = %(source)s FROM review_message
         WHERE id > %(after)s ORDER BY id LIMIT %(walk)s
    """
    values: dict[str, Any] = {"cutoff": cutoff, "source": source.pk, "walk": WALK}
    while True:
        with connection.cursor() as cursor:
            cursor.execute(walk, values | {"after": after})
            rows = cursor.fetchall()
        old = next((place for place, (_, is_old, _) in enumerate(rows) if not is_old), len(rows))
        if not old:
            return
        after = rows[old - 1][0]
        yield after, [pk for pk, _, is_wanted in rows[:old] if is_wanted]
