"""Which column of a file holds which field of a message."""

import re
from collections.abc import Iterable
from itertools import islice

from review.intake.csv_rows import FIELDS, columns_of
from review.intake.encodings import Unreadable, inflated, utf8
from review.intake.files import CSV, FREE_BYTES, Kind
from review.intake.json_rows import parse
from review.intake.line_splitting import TooLong, lines_of
from review.intake.schemas import InvalidMessage

LOOKED_AT = 100  # lines of JSON whose keys are the columns
MOST = 200
NAMES = {  # how others call them, without case and signs
    "id": ("id", "messageid", "externalid", "msgid", "commentid", "postid", "uuid"),
    "text": ("text", "message", "body", "content", "comment", "commenttext", "msg", "raw"),
    "author": ("author", "authorid", "user", "userid", "username", "sender", "from", "nick"),
    "channel": ("channel", "channelid", "room", "board", "forum"),
    "thread": ("thread", "threadid", "topic", "topicid", "conversation", "conversationid", "parentid"),
    "sent_at": ("sentat", "timestamp", "createdat", "date", "time", "datetime", "postedat"),
    "context": ("context",),
    "metadata": ("metadata", "meta", "extra"),
}


def find_columns(chunks: Iterable[bytes], kind: Kind) -> list[str]:
    """The names of a file's columns, or of the keys of its first lines. Raises Unreadable."""
    chunks = inflated(chunks, free=FREE_BYTES) if kind.is_gzip else chunks
    lines = lines_of(utf8(chunks))
    if kind.rows == CSV:
        first = next(lines, b"")
        if isinstance(first, TooLong):
            raise Unreadable("line 1: longer than a line may be")
        return columns_of(first)[:MOST]
    found: dict[str, None] = {}
    for line in islice(lines, LOOKED_AT):
        found.update(dict.fromkeys(_keys(line)))
    return list(found)[:MOST]


def _keys(line: bytes | TooLong) -> list[str]:
    if isinstance(line, TooLong) or not line.strip():
        return []
    try:
        row = parse(line)
    except InvalidMessage:
        return []
    return [key for key in row if key.isprintable()] if isinstance(row, dict) else []


def guess(columns: Iterable[str]) -> dict[str, str]:
    """The column of each field that one can be told for by its name."""
    plain = {re.sub(r"[^a-z]", "", column.lower()): column for column in reversed(list(columns))}
    found: dict[str, str] = {}
    for field in FIELDS:
        column = next((plain[name] for name in NAMES[field] if name in plain), None)
        if column is not None and column not in found.values():
            found[field] = column
    return found
