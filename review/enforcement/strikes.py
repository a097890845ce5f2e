"""Strikes: what outcomes add to their authors' records, from the moment that they take effect until they are reversed.

A trigger of the database notes them with the outcome, so no writer can forget it. What is not in effect yet, or was
undone, counts for nothing: an author's record is looked at when an outcome takes effect, never before.
"""

from datetime import datetime
from typing import Any

from django.db import connection

from review.models import Source
from review.registry.strike_ladder import REMEMBERED, Counted, StrikeLadder

_COUNTED = """
SELECT o.action, coalesce(d.category, t.category, v.category, ''), o.effective_at
  FROM review_strike s
  JOIN review_outcome o ON o.id = s.outcome_id
  LEFT JOIN review_decision d ON d.id = o.decision_id
  LEFT JOIN review_verdict v ON v.id = o.verdict_id
  LEFT JOIN review_trigger t ON t.id = v.trigger_id
 WHERE s.source_id = %(source)s AND s.author = %(author)s AND o.withdrawn_at IS NULL
   AND o.effective_at <= %(at)s AND o.effective_at > %(at)s - %(remembered)s
   AND NOT EXISTS (SELECT 1 FROM review_outcome later
                    WHERE later.message_id = o.message_id AND later.seq > o.seq AND later.withdrawn_at IS NULL
                      AND later.effective_at <= statement_timestamp())
   AND NOT (%(for_show)s AND EXISTS (
           SELECT 1 FROM review_casemember c JOIN review_case k ON k.id = c.case_id AND k.blind AND k.state <> 'closed'
            WHERE c.message_id = o.message_id
              AND NOT EXISTS (SELECT 1 FROM review_decision d WHERE d.case_id = k.id AND d.undone_at IS NULL
                                 AND d.effective_at <= statement_timestamp())))
 ORDER BY o.effective_at DESC
"""


def counted(
    source: Source, author: str, ladder: StrikeLadder, at: datetime, *, for_show: bool = False
) -> list[Counted]:
    """The author's strikes that are in force now and took effect by `at`, the newest first.

    Those that had faded away by then are left out; `for_show` also those on messages that people are still to judge
    blind, whom it would tell what was done by itself.
    """
    values: dict[str, Any] = {
        "source": source.pk,
        "author": author,
        "at": at,
        "for_show": for_show,
        "remembered": ladder.half_life * REMEMBERED,
    }
    with connection.cursor() as cursor:
        cursor.execute(_COUNTED, values)
        return [Counted(*row) for row in cursor.fetchall()]
