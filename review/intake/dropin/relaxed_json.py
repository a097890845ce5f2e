"""A request's body as an object, strict JSON or relaxed: many programs were made from examples that are no JSON.

What comes here is hostile: size, depth and therefore time are bounded before anything looks at the content.
"""

import json
from typing import Any, NoReturn

import pyjson5
from django.http import HttpRequest

MOST_BYTES = 512 * 1024
MOST_RELAXED_BYTES = 256 * 1024
DEEPEST = 32
CHUNK = 1 << 16


class UnreadableBody(ValueError):
    """The message says why, and quotes nothing of the body."""


def read_body(request: HttpRequest, most: int = MOST_BYTES) -> bytes:
    """The body, whether it came with a length or in chunks. Raises UnreadableBody for more than `most` bytes."""
    announced = request.META.get("CONTENT_LENGTH") or ""
    stream: Any = request
    if not announced and request.META.get("wsgi.input_terminated"):
        stream = request.META["wsgi.input"]  # sent in chunks: Django takes a missing length for an empty body
    parts, size = [], 0
    try:
        while part := stream.read(CHUNK):
            parts.append(part)
            size += len(part)
            if size > most:
                raise UnreadableBody(f"The body may have up to {most // 1024} KiB")
    except OSError:
        raise UnreadableBody("The body ended early") from None
    return b"".join(parts)


def read_object(body: bytes, *, relaxed: bool) -> dict[str, Any]:
    """The object in the body. Raises UnreadableBody."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableBody("The body is not UTF-8") from None
    found = _strict(text)
    if found is None and relaxed and len(body) <= MOST_RELAXED_BYTES:
        found = _relaxed(text)
    if found is None:
        raise UnreadableBody("The body is not JSON")
    if not isinstance(found, dict):
        raise UnreadableBody("The body must be an object")
    if depth(found) > DEEPEST:
        raise UnreadableBody(f"The body is nested deeper than {DEEPEST} levels")
    return found


def depth(value: object) -> int:
    """How deep lists and objects are nested; 0 for anything else. Needs no recursion, whatever the depth."""
    level, nodes = 0, [value]
    while nodes := [node for node in nodes if isinstance(node, dict | list)]:
        level += 1
        nodes = [child for node in nodes for child in (node.values() if isinstance(node, dict) else node)]
    return level


def _strict(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None


def _relaxed(text: str) -> Any:
    try:
        return pyjson5.decode(text, maxdepth=DEEPEST)
    except (pyjson5.Json5Exception, ValueError, RecursionError):
        return None


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")
