"""The file of a multipart form that an API client sends, kept on disk while it is read."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from django.core.exceptions import SuspiciousOperation, TooManyFilesSent
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParser, MultiPartParserError

from review.intake.encodings import Unreadable
from review.intake.errors import ApiError
from review.intake.files import CSV, JSON_LINES, Kind, chunks_of, kind_of
from review.intake.request_body import announced, raw_stream

FIELD = "file"
KINDS = {"text/csv": CSV, "text/tab-separated-values": CSV, "application/x-ndjson": JSON_LINES}
TAIL = 4_096  # bytes at the end in which the last boundary stands
SOME = 1 << 40
"""Stands for the length of a body that came in chunks: the parser asks only whether there is any."""


@contextmanager
def uploaded_file(request: HttpRequest) -> Iterator[tuple[Iterator[bytes], Kind]]:
    """The file's bytes, and how to read them. Raises ApiError: 400, 415 for another body, 422 without such a file."""
    if request.content_type != "multipart/form-data":
        raise ApiError(415, "unsupported_media_type", "The body must be multipart/form-data with a field `file`")
    sent = _files(request).get(FIELD)
    if sent is None:
        raise ApiError(422, "invalid", "The form has no file in the field `file`")
    with sent:
        yield chunks_of(sent), _kind(sent)


class _Stream:
    """What the parser reads, with the end of it kept: the parser takes a file that breaks off for a whole one."""

    def __init__(self, stream: Any) -> None:
        self._stream, self._end = stream, b""

    def read(self, size: int) -> bytes:
        piece: bytes = self._stream.read(size)
        self._end = (self._end + piece)[-TAIL:]
        return piece

    def is_complete(self, boundary: bytes) -> bool:
        return b"--" + boundary + b"--" in self._end


def _files(request: HttpRequest) -> Any:
    meta = {**request.META, "CONTENT_LENGTH": announced(request) or SOME}
    stream = _Stream(raw_stream(request))
    try:
        parser = MultiPartParser(meta, cast("Any", stream), [TemporaryFileUploadHandler(request)], "utf-8")
        _, files = parser.parse()
        if not stream.is_complete((request.content_params or {})["boundary"].encode()):
            raise MultiPartParserError("it breaks off")
    except (MultiPartParserError, SuspiciousOperation, TooManyFilesSent, OSError) as error:
        kept = "The form could not be read"
        raise ApiError(400, "malformed", f"{kept}: {error}", kept=kept) from None
    return files


def _kind(sent: Any) -> Kind:
    try:
        return kind_of(sent.name)
    except Unreadable as error:
        if sent.content_type in KINDS:
            return Kind(KINDS[sent.content_type])
        raise ApiError(422, "invalid", str(error), kept=error.kept) from None
