"""Requests that cannot be read, or not in time, get an answer of the right shape before anything looks at them."""

from __future__ import annotations

import codecs
from collections.abc import Callable
from math import inf
from typing import Any

from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.http import parse_header_parameters

from moddog_site.slow_bodies import LONGEST, TimedBody
from review.intake.errors import answer

JSON_PATHS = ("/api/", "/v1", "/batch", "/$discovery")
LONGEST_ADDRESS = 16 * 1024  # bytes; past 64 KiB the server itself answers, with an empty body
LARGEST_HEADERS = 64 * 1024  # bytes; past 400 KiB the same
OF_ANY_LENGTH = ("/api/v1/messages", "/api/v1/messages/upload", "/intake/")
"""Where whole files are sent: their bodies may take as long as their length allows."""
Respond = Callable[[HttpRequest], HttpResponse]

WORDS = {
    400: ("malformed", "The header Content-Type cannot be read"),
    404: ("not_found", "There is nothing here"),
    408: ("too_slow", "The body came too slowly"),
    414: ("address_too_long", f"An address may have up to {LONGEST_ADDRESS // 1024} KiB"),
    431: ("headers_too_large", f"All headers together may have up to {LARGEST_HEADERS // 1024} KiB"),
}


class Request(WSGIRequest):
    """Django's, which does not come about at all for a Content-Type in an encoding that nobody knows.

    Django takes every codec of Python's for a charset; those that decode no text would fail wherever text is read.
    """

    has_bad_type = False

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        try:
            _refuse_no_text(parse_header_parameters(meta.get("CONTENT_TYPE", ""))[1].get("charset", ""))
            super()._set_content_type_params(meta)  # type: ignore[misc]
        except (LookupError, ValueError):  # of an encoding that is none, and of bytes that are not in it
            self.has_bad_type, self.content_type, self.content_params = True, "", {}


def _refuse_no_text(charset: str) -> None:
    """Raises LookupError or ValueError for a codec that decodes no text. What is no codec at all is passed over."""
    try:
        codecs.lookup(charset)
    except LookupError:
        return
    b"\xff".decode(charset, errors="replace")


class Handler(WSGIHandler):
    """Django's, with such requests, and a time limit on bodies."""

    request_class = Request

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        longest = inf if environ.get("PATH_INFO") in OF_ANY_LENGTH else LONGEST
        body = environ["wsgi.input"] = TimedBody(environ["wsgi.input"], longest)
        try:
            return super().__call__(environ, start_response)
        finally:
            body.close()


def refuse_unreadable(get_response: Respond) -> Respond:
    """Middleware, outermost."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if status := _wrong_with(request):
            if status == 404 and not _is_json(request):
                raise Http404
            return refusal(request, status)
        response = get_response(request)
        return refusal(request, 408) if getattr(request.META.get("wsgi.input"), "timed_out", False) else response

    return middleware


def refusal(request: HttpRequest, status: int) -> HttpResponse:
    """An error in the API's one shape under its paths, else in plain words. The connection ends with it."""
    code, words = WORDS[status]
    response: HttpResponse
    if _is_json(request):
        response = answer(status, code, words)
    else:
        response = HttpResponse(f"{words}.\n", content_type="text/plain; charset=utf-8", status=status)
    response["Content-Length"] = str(len(response.content))
    response["Connection"] = "close"
    return response


def _is_json(request: HttpRequest) -> bool:
    return request.path_info.startswith(JSON_PATHS)


def _wrong_with(request: HttpRequest) -> int | None:
    query = request.META.get("QUERY_STRING", "")
    if len(request.path_info.encode()) + len(query) > LONGEST_ADDRESS:
        return 414
    if sum(len(value) for name, value in request.META.items() if name.startswith("HTTP_")) > LARGEST_HEADERS:
        return 431
    if getattr(request, "has_bad_type", False):
        return 400
    if "\0" in request.path_info or ("%00" in query and not _is_json(request)):
        return 404  # PostgreSQL stores no such character, so nothing is called so
    return None
