"""`POST /batch`: many calls in one body of type multipart/mixed, as Google's clients send them.

Each part is a whole HTTP request. The parts are read here, and their answers put together.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from django.http import HttpResponse

from review.intake.dropin.google_errors import invalid

MOST_PARTS = 1_000
MOST_BYTES = 8 * 1024 * 1024
_REQUEST_LINE = re.compile(rb"([A-Z]{1,10}) (\S{1,8000}) HTTP/[0-9.]+\r?\n")
_ID = re.compile(r"[\x20-\x7e]{0,300}")


@dataclass(frozen=True)
class Part:
    """One call of a batch. `method` and `path` are empty where the part is no HTTP request."""

    id: str
    method: str
    path: str
    key: str
    body: bytes


@dataclass(frozen=True)
class PartAnswer:
    """What one call is answered."""

    status: int
    body: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)


def parts_of(body: bytes, content_type: str) -> list[Part]:
    """The calls in a body. Raises Refusal where it is no multipart/mixed, or holds too many."""
    if not content_type.lower().startswith("multipart/mixed") or len(content_type) > 300:
        raise invalid("A batch must be multipart/mixed")
    head = b"Content-Type: " + content_type.encode("ascii", "replace").replace(b"\n", b" ") + b"\r\n\r\n"
    message = BytesParser(policy=HTTP).parsebytes(head + body)
    found = message.get_payload()
    if not isinstance(found, list) or not found:
        raise invalid("The batch holds no parts, or names no boundary")
    if len(found) > MOST_PARTS:
        raise invalid(f"A batch may hold up to {MOST_PARTS:,} calls")
    return [_part(each) for each in found]


def response_of(parts: Sequence[Part], answers: Sequence[PartAnswer]) -> HttpResponse:
    """The answers, each with the id of its call."""
    boundary = f"batch_{uuid4().hex}"
    pieces = [_piece(part, answer) for part, answer in zip(parts, answers, strict=True)]
    body = "".join(f"--{boundary}\r\n{piece}\r\n" for piece in pieces) + f"--{boundary}--\r\n"
    return HttpResponse(body, content_type=f"multipart/mixed; boundary={boundary}")


def _part(message: Any) -> Part:
    found = str(message.get("Content-ID", "")).strip()
    payload = message.get_payload(decode=True) if not message.is_multipart() else b""
    line = _REQUEST_LINE.match((payload or b"").lstrip())
    name = found if _ID.fullmatch(found) else ""
    if not line:
        return Part(name, "", "", "", b"")
    rest = b"\n" + (payload or b"").lstrip()[line.end() :]  # so that a blank line follows also where no header does
    headers, _, body = rest.replace(b"\r\n", b"\n").partition(b"\n\n")
    try:
        address = urlsplit(line[2].decode("ascii", "replace"))
    except ValueError:
        return Part(name, "", "", "", b"")
    return Part(name, line[1].decode(), address.path, _key(headers, address.query), body.strip())


def _key(headers: bytes, query: str) -> str:
    """As for any request: bearer, Google's header, then the address."""
    found = BytesParser(policy=HTTP).parsebytes(headers.lstrip() + b"\n\n", headersonly=True)
    scheme, _, bearer = str(found.get("Authorization", "")).partition(" ")
    if scheme.lower() == "bearer" and bearer.strip():
        return bearer.strip()
    return str(found.get("X-Goog-Api-Key", "")).strip() or parse_qs(query).get("key", [""])[0].strip()


def _piece(part: Part, answer: PartAnswer) -> str:
    """Clients find their call again by its id, to which `response-` is put in front."""
    name = f"Content-ID: <response-{part.id.removeprefix('<')}\r\n" if part.id else ""
    headers = "".join(f"{key}: {value}\r\n" for key, value in answer.headers.items())
    return (
        f"Content-Type: application/http\r\n{name}\r\n"
        f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}\r\n"
        f"Content-Type: application/json; charset=UTF-8\r\n{headers}\r\n"
        f"{json.dumps(answer.body)}"
    )
