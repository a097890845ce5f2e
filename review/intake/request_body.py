"""A request's body: its bytes to their true end, and what they hold."""

import re
from collections.abc import Iterator
from typing import Any, NoReturn

import msgspec
from django.conf import settings
from django.http import HttpRequest

from review.intake.encodings import PIECE, TooLarge, Unreadable, inflated, utf8
from review.intake.errors import ApiError
from review.intake.files import Item, json_items
from review.intake.json_rows import NotJson, TooDeep, parse
from review.intake.line_splitting import lines_of

JSON = "application/json"
JSON_LINES = ("application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines")

_MARKS = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{},]', re.DOTALL)
_array = msgspec.json.Decoder(list[msgspec.Raw])


def is_json_lines(request: HttpRequest) -> bool:
    """Whether the body is a stream of rows. Raises ApiError 415 where it is neither that nor JSON."""
    if request.content_type in JSON_LINES:
        return True
    if request.content_type not in ("", JSON):
        sent = (request.content_type or "")[:100]
        kept = f"The body must be {JSON} or {JSON_LINES[0]}"
        raise ApiError(415, "unsupported_media_type", f"{kept}, not {sent}", kept=kept)
    return False


def read_rows(request: HttpRequest) -> Iterator[Item]:
    """The rows of a body of JSON lines as they come in, however many. Raises Unreadable on the way."""
    return json_items(lines_of(utf8(_plain(request, most=None))))


def read_json(request: HttpRequest) -> bytes | list[Any]:
    """The body as the text of one object, or as the rows of an array: each its text, or what it parses to.

    Raises ApiError: 400 malformed, 413 too large, 415 another encoding.
    """
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    if announced(request) > limit:
        too_large(limit)
    parts, size = [], 0
    try:
        for part in utf8(_plain(request, most=limit)):
            parts.append(part)
            size += len(part)
            if size > limit:
                too_large(limit)
    except TooLarge:
        too_large(limit)
    except Unreadable as error:
        raise ApiError(400, "malformed", str(error), kept=error.kept) from None
    return _object_or_rows(b"".join(parts).strip())


def announced(request: HttpRequest) -> int:
    """The length that the client says the body has; 0 where it says none."""
    said = request.META.get("CONTENT_LENGTH") or ""
    return int(said) if said.isascii() and said.isdigit() else 0


def raw_stream(request: HttpRequest) -> Any:
    """What to read the body from. Sent in chunks it has no length, and Django takes that for an empty one."""
    if not request.META.get("CONTENT_LENGTH") and request.META.get("wsgi.input_terminated"):
        return request.META["wsgi.input"]
    return request


def _object_or_rows(text: bytes) -> bytes | list[Any]:
    if text.startswith(b"{"):
        return text
    try:
        return [bytes(each) for each in _array.decode(text)]
    except RecursionError:
        return _elements(text)
    except ValueError:
        pass  # rows that msgspec does not read at all: then all are parsed, so that each is refused by itself
    try:
        body = parse(text)
    except TooDeep:
        return _elements(text)
    except NotJson as error:
        raise ApiError(400, "malformed", f"The body is {error}") from None
    if not isinstance(body, list):
        raise ApiError(400, "malformed", "The body must be an object or an array of objects")
    return body


def _elements(text: bytes) -> list[Any]:
    """The texts of an array's elements, found by brackets and quotes alone: one that is nested too deeply costs no
    other. Raises ApiError 400 where the brackets do not match.
    """
    found, depth, start = [], 0, 1
    for mark in _MARKS.finditer(text):
        what = mark[0]
        if what in (b"[", b"{"):
            depth += 1
        elif what in (b"]", b"}"):
            depth -= 1
        if (what == b"," and depth == 1) or (what == b"]" and depth == 0):
            found.append(text[start : mark.start()])
            start = mark.end()
        if depth == 0:
            break
    if depth or not text.startswith(b"[") or start != len(text) or not all(each.strip() for each in found):
        raise ApiError(400, "malformed", "The body is not JSON: nested too deeply, or its brackets do not match")
    return found


def _plain(request: HttpRequest, most: int | None) -> Iterator[bytes]:
    """The body, unfolded where it is gzipped: to `most` bytes, or to what is no bomb."""
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding == "identity":
        return _pieces(request)
    if encoding != "gzip":
        kept = "The body must be plain or gzip"
        raise ApiError(415, "unsupported_media_type", f"{kept}, not {encoding[:100]}", kept=kept)
    return inflated(_pieces(request), free=settings.DATA_UPLOAD_MAX_MEMORY_SIZE, most=most)


def _pieces(request: HttpRequest) -> Iterator[bytes]:
    stream, missing = raw_stream(request), announced(request)
    try:
        while piece := stream.read(PIECE):
            missing -= len(piece)
            yield piece
    except OSError:
        missing = 1
    if missing > 0:
        raise Unreadable("the body ended early")


def too_large(limit: int) -> NoReturn:
    """Refuse what is more than `limit` bytes. Raises ApiError 413."""
    raise ApiError(413, "too_large", f"The body may have up to {limit // 2**20} MiB: send the messages in parts")
