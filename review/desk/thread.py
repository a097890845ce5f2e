"""What was said around a message."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from review.models import Message

EARLIER = 3
LATER = 2

# The two kinds of neighbourhood have an index each, on these very conditions.
_THREAD = "source_id = %(source)s AND thread = %(thread)s AND thread <> ''"
_CHANNEL = "source_id = %(source)s AND channel = %(channel)s AND thread = '' AND channel <> ''"
# A gold item stands where its original does, whose neighbours never saw it.
_SENT = "NOT EXISTS (SELECT FROM review_golditem g WHERE g.message_id = m.id)"
_AROUND = """
(SELECT sent_at, author, text, true FROM review_message m
  WHERE {place} AND sent_at <= %(at)s AND NOT (sent_at = %(at)s AND text_digest = %(digest)s)
    AND {sent} ORDER BY sent_at DESC LIMIT %(earlier)s)
UNION ALL
(SELECT sent_at, author, text, false FROM review_message m
  WHERE {place} AND sent_at > %(at)s AND {sent} ORDER BY sent_at LIMIT %(later)s)
ORDER BY 1
"""


@dataclass(frozen=True)
class Line:
    """One neighbour in the conversation; `at` is unknown for lines that the platform sent along as context."""

    author: str
    text: str
    at: datetime | None = None


@dataclass(frozen=True)
class Thread:
    earlier: list[Line]
    later: list[Line]


def around(message: Message, *, later: bool = True) -> Thread:
    """A few lines before and after, of the same thread, or else of the same channel. One query.

    What the platform sent along as context is what the author had before their eyes: it goes before our own rows.
    Without `later`, nothing that came after it.
    """
    given = [Line(str(line.get("author", "")), str(line.get("text", ""))) for line in message.context][-EARLIER:]
    if not message.thread and not message.channel:
        return Thread(given, [])
    with connection.cursor() as cursor:
        cursor.execute(_AROUND.format(place=_THREAD if message.thread else _CHANNEL, sent=_SENT), _values(message))
        rows = cursor.fetchall()
    earlier = [Line(author, text, at) for at, author, text, is_earlier in rows if is_earlier]
    followed = [Line(author, text, at) for at, author, text, is_earlier in rows if not is_earlier]
    return Thread(given or earlier, followed if later else [])


def _values(message: Message) -> dict[str, Any]:
    return {
        "source": message.source_id,
        "thread": message.thread,
        "channel": message.channel,
        "at": message.sent_at,
        "digest": bytes(message.text_digest),
        "earlier": EARLIER,
        "later": LATER,
    }
