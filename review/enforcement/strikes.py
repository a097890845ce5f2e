"""Strikes: what outcomes add to their authors' records, from the moment that they take effect until they are reversed.

A trigger of the database notes them with the outcome, so no writer can forget it. What is not in effect yet, or was
undone, counts for nothing: an author's record is looked at when an outcome takes effect, never before.
"""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from review.enforcement.outcomes import IN_FORCE
from review.models import AuthorOutcome, Source
from review.registry.strike_ladder import REMEMBERED, ActiveStrike, StrikeLadder, parse_strikes

MOST_BEHIND = 20

_ACTIVE = f"""
SELECT struck.action, coalesce(d.category, t.category, v.category, ''), struck.effective_at
  FROM review_strike s
  JOIN review_outcome struck ON struck.id = s.outcome_id
  LEFT JOIN review_decision d ON d.id = struck.decision_id
  LEFT JOIN review_verdict v ON v.id = struck.verdict_id
  LEFT JOIN review_trigger t ON t.id = v.trigger_id
 WHERE s.source_id = %(source)s AND s.author = %(author)s
   AND struck.effective_at <= %(at)s AND struck.effective_at > %(at)s - %(remembered)s
   AND struck.id = ({IN_FORCE.format(column="o.id", message="struck.message_id", also="true")})
   AND NOT (%(for_show)s AND EXISTS (
           SELECT 1 FROM review_casemember c JOIN review_case k ON k.id = c.case_id AND k.blind AND k.state <> 'closed'
            WHERE c.message_id = struck.message_id
              AND NOT EXISTS (SELECT 1 FROM review_decision d WHERE d.case_id = k.id AND d.undone_at IS NULL
                                 AND d.effective_at <= statement_timestamp())))
 ORDER BY struck.effective_at DESC
"""  # noqa: S608 - constants of ours
# As they were when the step was taken: what was reversed since did count then.
_COUNTED = """
      FROM review_strike s JOIN review_outcome o ON o.id = s.outcome_id
     WHERE s.source_id = a.source_id AND s.author = a.author AND o.withdrawn_at IS NULL
       AND o.effective_at <= a.created_at AND o.effective_at > a.created_at - asked.remembered
       AND NOT EXISTS (SELECT 1 FROM review_outcome later
                        WHERE later.message_id = o.message_id AND later.seq > o.seq AND later.withdrawn_at IS NULL
                          AND later.effective_at <= a.created_at)
"""
_STEPS = """
  FROM unnest(%(steps)s::bigint[], %(remembered)s::interval[]) AS asked (id, remembered)
  JOIN review_authoroutcome a ON a.id = asked.id AND a.author <> ''
"""
_BEHIND = f"""
SELECT a.id, m.external_id, o.seq, o.action, o.effective_at, o.count
{_STEPS} CROSS JOIN LATERAL (
    SELECT o.message_id, o.seq, o.action, o.effective_at, count(*) OVER () AS count
    {_COUNTED}
     ORDER BY o.effective_at DESC, o.id DESC LIMIT %(most)s) o
  JOIN review_message m ON m.id = o.message_id
 ORDER BY a.id, o.effective_at DESC, o.message_id DESC
"""
_DECIDERS = f"""
SELECT DISTINCT o.by_id {_STEPS} CROSS JOIN LATERAL (SELECT o.by_id {_COUNTED}) o WHERE o.by_id IS NOT NULL
"""


@dataclass(frozen=True)
class Behind:
    """An outcome that counted when a step was taken, one of `count`."""

    id: str
    seq: int
    action: str
    effective_at: datetime
    count: int

    def as_json(self) -> dict[str, Any]:
        """By the sender's own id of its message."""
        told = asdict(self)
        del told["count"]
        return told


def active_strikes(
    source: Source, author: str, ladder: StrikeLadder, at: datetime, *, for_show: bool = False
) -> list[ActiveStrike]:
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
        cursor.execute(_ACTIVE, values)
        return [ActiveStrike(*row) for row in cursor.fetchall()]


def behind(steps: Collection[AuthorOutcome]) -> dict[int, list[Behind]]:
    """What each step came of, by its id: the newest MOST_BEHIND of its strikes. No entry where none is known."""
    found: dict[int, list[Behind]] = {}
    if not steps:
        return found
    with connection.cursor() as cursor:
        cursor.execute(_BEHIND, _asked(steps) | {"most": MOST_BEHIND})
        for step, *what in cursor.fetchall():
            found.setdefault(step, []).append(Behind(*what))
    return found


def deciders_behind(step: AuthorOutcome) -> set[int]:
    """The ids of the people whose decisions counted when the step was taken."""
    with connection.cursor() as cursor:
        cursor.execute(_DECIDERS, _asked([step]))
        return {pk for (pk,) in cursor.fetchall()}


def _asked(steps: Collection[AuthorOutcome]) -> dict[str, Any]:
    return {
        "steps": [step.pk for step in steps],
        "remembered": [parse_strikes(step.policy.strikes).half_life * REMEMBERED for step in steps],
    }
