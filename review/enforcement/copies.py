"""A copy of a text that people decided lately follows their decision, in place of a second case.

For 24 hours, and only while the policy and the triggers are those under which it was made. The copy joins the decided
case, so that it follows an undo as well. A reversal is followed once it can no longer be undone; until then a copy goes
its own way. What was ruled elsewhere and imported is no decision under this policy.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from review.bulk_insert import insert_missing
from review.enforcement import outcomes
from review.models import CaseMember, Category, Message, Outcome, Verdict
from review.sentences import on_record

FOLLOWED_FOR = timedelta(hours=24)

# Shared locks, in one order: an undo waits for the copies that follow, and then withdraws their outcomes too.
_DECIDED_BEFORE = """
SELECT c.source_id, c.text_digest, c.id, d.id, d.action, d.category, d.rule_id, d.effective_at
  FROM review_case c JOIN review_decision d ON d.case_id = c.id
 WHERE c.state = 'decided' AND c.reason NOT IN ('import', 'second_opinion', 'gold') AND d.undone_at IS NULL
   AND (c.source_id, c.text_digest) IN (SELECT * FROM unnest(%(sources)s::bigint[], %(digests)s::bytea[]))
   AND d.created_at > statement_timestamp() - %(followed_for)s
   AND (c.reason <> 'reversal' OR d.effective_at <= statement_timestamp())
   AND NOT EXISTS (SELECT FROM review_case r WHERE r.reverses_id = d.id AND r.state = 'decided')
   AND NOT EXISTS (SELECT FROM review_policy p WHERE p.source_id = c.source_id AND p.created_at > d.created_at)
   AND NOT EXISTS (SELECT FROM review_triggerset t WHERE t.source_id = c.source_id AND t.created_at > d.created_at)
 ORDER BY d.id FOR SHARE OF d
"""


@dataclass(frozen=True)
class DecidedBefore:
    """A decision that copies follow, and its case."""

    case: int
    decision: int
    action: str
    category: str
    rule: int | None
    effective_at: datetime


def follow(verdicts: Sequence[Verdict]) -> set[int]:
    """Give messages whose text was decided lately the outcome of that decision; answers which messages they were.

    Must run in the transaction that writes the verdicts.
    """
    before = _decided_before([verdict.message for verdict in verdicts])
    if not before:
        return set()
    pairs = [(verdict, found) for verdict in verdicts if (found := before.get(_key(verdict.message)))]
    insert_missing(CaseMember(case_id=found.case, message=verdict.message) for verdict, found in pairs)
    outcomes.append([_outcome(*each) for each in pairs])
    return {verdict.message_id for verdict, _ in pairs}


def _decided_before(messages: Sequence[Message]) -> dict[tuple[int, bytes], DecidedBefore]:
    """The last decision on each of the texts, by source and text."""
    keys = sorted({_key(message) for message in messages})
    values: dict[str, Any] = {
        "sources": [source for source, _ in keys],
        "digests": [digest for _, digest in keys],
        "followed_for": FOLLOWED_FOR,
    }
    with connection.cursor() as cursor:
        cursor.execute(_DECIDED_BEFORE, values)
        return {(source, bytes(digest)): DecidedBefore(*found) for source, digest, *found in cursor.fetchall()}


def _outcome(verdict: Verdict, found: DecidedBefore) -> Outcome:
    return Outcome(
        message_id=verdict.message_id,
        action=found.action,
        why=f"follows case {found.case}, decided {on_record(Category(found.category).label)}",
        verdict=verdict,
        decision_id=found.decision,
        rule_id=found.rule,
        effective_at=max(timezone.now(), found.effective_at),
    )


def _key(message: Message) -> tuple[int, bytes]:
    return message.source_id, bytes(message.text_digest)
