"""A request's body as JSON, whether it came with a length or in chunks."""

import json
from typing import Any, NoReturn

from django.conf import settings
from django.http import HttpRequest

from review.intake.errors import ApiError

CHUNK = 1 << 16


def read_json(request: HttpRequest) -> Any:
    """The parsed body. Raises ApiError: 400 malformed, 413 too large, 415 another media type or encoding."""
    if request.content_type not in ("", "application/json"):
        raise ApiError(415, "unsupported_media_type", f"The body must be application/json, not {request.content_type}")
    if request.headers.get("Content-Encoding", "identity") != "identity":
        raise ApiError(415, "unsupported_media_type", "The body must not be compressed")
    try:
        return json.loads(_read(request), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise ApiError(400, "malformed", f"The body is not JSON: {reason}") from None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _read(request: HttpRequest) -> bytes:
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    announced = request.META.get("CONTENT_LENGTH") or ""
    if announced.isdecimal() and int(announced) > limit:
        _too_large(limit)
    stream: Any = request
    if not announced and request.META.get("wsgi.input_terminated"):
        stream = request.META["wsgi.input"]  # sent in chunks: Django takes a missing length for an empty body
    parts, size = [], 0
    try:
        while part := stream.read(CHUNK):
            parts.append(part)
            size += len(part)
            if size > limit:
                _too_large(limit)
    except OSError:
        raise ApiError(400, "malformed", "The body ended early") from None
    return b"".join(parts)


def _too_large(limit: int) -> NoReturn:
    raise ApiError(413, "too_large", f"The body may have up to {limit // 2**20} MiB: send the messages in parts")
