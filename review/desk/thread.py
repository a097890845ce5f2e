"""What was said around a message."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from review.models import Message

EARLIER = 3
LATER = 2


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


def around(message: Message) -> Thread:
    """A few lines before and after, of the same thread, or else of the same channel. One query.

    What the platform sent along as context is what the author had before their eyes: it goes before our own rows.
    """
    given = [Line(str(line.get("author", "")), str(line.get("text", ""))) for line in message.context][-EARLIER:]
    rows = _neighbours(message)
    later = [_line(row) for row in rows if row[3] > message.sent_at]
    earlier = given or [_line(row) for row in rows if row[3] <= message.sent_at]
    return Thread(earlier, later)


def _neighbours(message: Message) -> list[Any]:
    """Ids, authors, texts and times, oldest first."""
    if not message.thread and not message.channel:
        return []
    place = {"thread": message.thread} if message.thread else {"thread": "", "channel": message.channel}
    near = Message.objects.filter(source=message.source_id, **place).exclude(pk=message.pk)
    fields = ("pk", "author", "text", "sent_at")
    before = near.filter(sent_at__lte=message.sent_at).order_by("-sent_at").values_list(*fields)[:EARLIER]
    after = near.filter(sent_at__gt=message.sent_at).order_by("sent_at").values_list(*fields)[:LATER]
    return sorted(before.union(after, all=True), key=lambda row: (row[3], row[0]))


def _line(row: Any) -> Line:
    return Line(author=row[1], text=row[2], at=row[3])
