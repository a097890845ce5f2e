"""Writes the words by which messages are found, behind the intake and in small steps.

How far that has come is the newest entry: every message gets one, an erased one an empty one.
"""

import time
from datetime import timedelta
from typing import Any

from django.db import connection, transaction

from review.models import Source

CHUNK = 2_000
BUDGET = 2.0  # seconds that one call works
SETTLED = timedelta(seconds=10)
"""No transaction of the intake lasts so long: what came in before then is all there, so that nothing is passed over."""
LONGEST = 50_000
"""Characters of a message that are searched. Postgres takes no more than a megabyte of words."""

ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(7302)"
"""Erasing takes this lock, too: the words of a message must not come to stand here once its text is gone."""
ERASE = "UPDATE review_searchentry SET words = '' WHERE message_id = ANY(%(ids)s)"

_NEXT = """
INSERT INTO review_searchentry (message_id, source_id, words)
SELECT m.id, m.source_id, to_tsvector(s.search_language::regconfig, left(m.text, %(longest)s))
  FROM (SELECT id, source_id, text, bool_and(received_at < statement_timestamp() - %(settled)s) OVER (ORDER BY id) AS ok
          FROM (SELECT id, source_id, text, received_at FROM review_message
                 WHERE id > coalesce((SELECT max(message_id) FROM review_searchentry), 0)
                 ORDER BY id LIMIT %(chunk)s) AS newest) AS m
  JOIN review_source s ON s.id = m.source_id
 WHERE m.ok
"""
_REDO = """
WITH walk AS MATERIALIZED (
    SELECT message_id FROM review_searchentry WHERE message_id > %(after)s ORDER BY message_id LIMIT %(chunk)s),
redone AS (
    UPDATE review_searchentry e SET words = to_tsvector(%(language)s::regconfig, left(m.text, %(longest)s))
      FROM review_message m
     WHERE e.message_id IN (SELECT message_id FROM walk) AND m.id = e.message_id AND e.source_id = %(source)s)
SELECT max(message_id) FROM walk
"""


def write_next(budget: float = BUDGET, *, settled: timedelta = SETTLED) -> int:
    """Write the words of messages that have none yet, oldest first, for `budget` seconds; how many messages."""
    values: dict[str, Any] = {"chunk": CHUNK, "settled": settled, "longest": LONGEST}
    ends, written = time.monotonic() + budget, 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(ONE_AT_A_TIME)
            cursor.execute(_NEXT, values)
            done = int(cursor.rowcount)
        written += done
        if done < CHUNK or time.monotonic() > ends:
            return written


def redo(budget: float = BUDGET) -> None:
    """Write words once more where a source has another language now, for `budget` seconds."""
    ends = time.monotonic() + budget
    while time.monotonic() < ends and _redo_some():
        pass


def unwritten_since() -> Any:
    """When the oldest message came in that cannot be found by its words yet; None where all can but the newest."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT received_at FROM review_message
                WHERE id > coalesce((SELECT max(message_id) FROM review_searchentry), 0) ORDER BY id LIMIT 1"""
        )
        row = cursor.fetchone()
    return row[0] if row else None


@transaction.atomic
def _redo_some() -> bool:
    """Go on with one source by CHUNK messages; False where none is to be redone."""
    with connection.cursor() as cursor:
        cursor.execute(ONE_AT_A_TIME)
        source = Source.objects.filter(words_redone_to__isnull=False).order_by("pk").first()
        if source is None:
            return False
        values: dict[str, Any] = {"after": source.words_redone_to, "chunk": CHUNK, "longest": LONGEST}
        cursor.execute(_REDO, values | {"language": source.search_language, "source": source.pk})
        last = cursor.fetchone()[0]
    # Unless the language was changed once more meanwhile: then it begins anew.
    asked = Source.objects.filter(pk=source.pk, search_language=source.search_language)
    asked.filter(words_redone_to=source.words_redone_to).update(words_redone_to=last)
    return True
