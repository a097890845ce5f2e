"""An author's record in one source: how long, how much, and how often it ended badly."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from review.enforcement.outcomes import IN_FORCE
from review.models import Action, Case, Message
from review.sentences import action_word

WINDOW = timedelta(days=90)
LOOKED_AT = 300
COUNTED = 10_000
STRIP = 20
BAD = (Action.HIDE, Action.REMOVE)

_BY_PEOPLE = "(NOT %(sealed)s OR o.decision_id IS NOT NULL)"
_ACTION = IN_FORCE.format(column="o.action", message="mine.id", also=_BY_PEOPLE)
# One statement, three walks along the index by author.
_RECORD = f"""
WITH mine AS (
    SELECT id, text_digest, received_at FROM review_message
     WHERE source_id = %(source)s AND author = %(author)s ORDER BY id DESC LIMIT %(looked_at)s),
judged AS (
    SELECT mine.id, ({_ACTION}) AS action
      FROM mine
     WHERE text_digest <> %(digest)s AND received_at >= statement_timestamp() - %(window)s)
SELECT (SELECT sent_at FROM (
            SELECT id, sent_at, text_digest FROM review_message
             WHERE source_id = %(source)s AND author = %(author)s ORDER BY source_id, author, id LIMIT %(looked_at)s
            ) AS first
         WHERE NOT %(sealed)s OR text_digest <> %(digest)s ORDER BY id LIMIT 1),
       (SELECT count(*) FROM (
            SELECT FROM review_message
             WHERE source_id = %(source)s AND author = %(author)s LIMIT %(counted)s) AS counted),
       ARRAY(SELECT action FROM judged WHERE action IS NOT NULL ORDER BY id DESC)
"""  # noqa: S608 - constants of ours


@dataclass(frozen=True)
class AuthorRecord:
    """`judged` and `violations` are of the latest LOOKED_AT messages within 90 days; `strip` goes old to new."""

    name: str
    first_seen: datetime
    messages: int
    judged: int
    violations: int
    strip: list[str]

    @property
    def strip_words(self) -> str:
        """The outcomes of the strip, for whoever listens."""
        return ", ".join(action_word(action) for action in self.strip)

    @property
    def is_capped(self) -> bool:
        return self.messages > LOOKED_AT


def record_of(case: Case, message: Message, *, sealed: bool) -> AuthorRecord | None:
    """The record of the message's author, without this text; None for messages that name no author.

    Where the case is sealed, only what people decided counts, so that the record says nothing of the model's. And who
    said nothing else is first seen when it opened: an only message that is weeks old would be a gold item's.
    """
    if not message.author:
        return None
    values: dict[str, Any] = {
        "source": case.source_id,
        "author": message.author,
        "digest": bytes(message.text_digest),
        "sealed": sealed,
        "window": WINDOW,
        "looked_at": LOOKED_AT,
        "counted": COUNTED + 1,
    }
    with connection.cursor() as cursor:
        cursor.execute(_RECORD, values)
        first_seen, messages, actions = cursor.fetchone()
    return AuthorRecord(
        name=message.author,
        first_seen=first_seen or case.opened_at,
        messages=messages,
        judged=len(actions),
        violations=sum(action in BAD for action in actions),
        strip=list(reversed(actions[:STRIP])),
    )
