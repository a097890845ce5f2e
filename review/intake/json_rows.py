"""A row from JSON text: at once where it is valid, through the rules of `schemas` where it is not, which say why.

msgspec reads a message in a tenth of the time that parsing and pydantic take. Its types below are as strict as the
rules or stricter, so what passes them is what the rules would have made of it; a test holds the two against each other.
"""

import json
from datetime import datetime
from typing import Annotated, Any, NoReturn

import msgspec
from pydantic_core import PydanticCustomError

from review.intake.rows import Row
from review.intake.schemas import (
    LABEL_CHARACTERS,
    MOST_EARLIER,
    TEXT_CHARACTERS,
    UNREADABLE_IDS,
    InvalidMessage,
    compact,
    fit_metadata,
    moment_of,
    row_of,
)

EXPLAINED_BYTES = 1 << 20
"""A longer text is not parsed as a whole only to say what is wrong with it: its sender chooses what that costs."""
DIGITS = 4_000
"""Of a whole number; Python refuses to read longer ones. They become infinite, which no field takes."""

_Name = Annotated[str, msgspec.Meta(max_length=LABEL_CHARACTERS)]
_Text = Annotated[str, msgspec.Meta(max_length=TEXT_CHARACTERS)]
_ABSENT = msgspec.Raw(b"null")


class _Earlier(msgspec.Struct):
    text: _Text
    author: _Name = ""


class _Message(msgspec.Struct):
    id: Annotated[str, msgspec.Meta(min_length=1, max_length=LABEL_CHARACTERS)]
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=TEXT_CHARACTERS)]
    author: _Name | None = None
    channel: _Name | None = None
    thread: _Name | None = None
    sent_at: str | None = None
    context: Annotated[list[_Earlier], msgspec.Meta(max_length=MOST_EARLIER)] | None = None
    metadata: msgspec.Raw = _ABSENT


class _Named(msgspec.Struct):
    id: object = None


_decode_id = msgspec.json.Decoder(_Named).decode
_decode = msgspec.json.Decoder(_Message).decode


class NotJson(InvalidMessage):
    """The row is no JSON at all."""

    code = "malformed"

    def __init__(self, reason: str) -> None:
        super().__init__([{"field": "message", "message": f"not JSON: {reason}"}])
        self.args = (f"not JSON: {reason}",)


class TooDeep(NotJson):
    """It may be JSON, and is nested deeper than is read."""


def row_of_json(text: bytes) -> Row:
    """The row that `text`, one JSON object in UTF-8, describes. Raises InvalidMessage."""
    try:
        message = _decode(text)
        if b"\\u0000" not in text and message.id not in UNREADABLE_IDS:
            return _row(message)
    except (msgspec.MsgspecError, PydanticCustomError, UnicodeDecodeError, RecursionError, ValueError) as error:
        if len(text) > EXPLAINED_BYTES:
            raise NotJson(str(error)) from None
    return row_of(parse(text))


def id_in(text: bytes) -> object:
    """What a row that is not valid names as its id; None where it is no object, or too long to be parsed as a whole."""
    try:
        return _decode_id(text).id
    except (ValueError, RecursionError):
        if len(text) > EXPLAINED_BYTES:
            return None
    try:
        row = parse(text)
    except NotJson:
        return None
    return row.get("id") if isinstance(row, dict) else None


def parse(text: bytes) -> Any:
    """JSON in UTF-8 as Python's own parser reads it, lone surrogates included. Raises NotJson."""
    try:
        return _parse(text.decode())
    except UnicodeDecodeError as error:
        raise NotJson(f"not UTF-8, byte {text[error.start]:#04x} at place {error.start + 1}") from None
    except RecursionError:
        raise TooDeep("nested too deeply") from None
    except ValueError as error:
        raise NotJson(str(error)) from None


def _row(message: _Message) -> Row:
    sent_at: datetime | None = None if message.sent_at is None else moment_of(message.sent_at)
    context, metadata = "[]", "{}"
    if message.context:
        context = compact([{"author": each.author, "text": each.text} for each in message.context])
    if message.metadata is not _ABSENT:
        metadata = _metadata(bytes(message.metadata))
    return Row(
        message.id,
        message.text,
        message.author or "",
        message.channel or "",
        message.thread or "",
        sent_at,
        context,
        metadata,
    )


def _metadata(text: bytes) -> str:
    """Raises ValueError for what is no object, or no metadata that fits."""
    value = parse(text)
    if value is None:
        return "{}"
    if not isinstance(value, dict):
        raise ValueError("metadata is no object")
    return compact(fit_metadata(value))


def _whole(digits: str) -> int | float:
    return int(digits) if len(digits) <= DIGITS else float("-inf" if digits.startswith("-") else "inf")


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


_parse = json.JSONDecoder(parse_constant=_refuse_constant, parse_int=_whole).decode
