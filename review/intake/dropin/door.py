"""What the doors for other APIs' clients share: who calls, what goes wrong in that API's own words, browsers.

Nothing that is written to a log here holds a key, an address with its query, or anything of a text.
"""

import logging
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from review.access import token_of
from review.intake import limits
from review.intake.dropin import client_errors, cors
from review.intake.dropin.judging import NotInTime
from review.intake.dropin.keys import key_of, may_score
from review.intake.dropin.relaxed_json import UnreadableBody
from review.intake.errors import ApiError
from review.intake.schemas import InvalidMessage
from review.models import ApiToken, Source

log = logging.getLogger(__name__)

NOT_IN_TIME = "Not judged in time; try again"
RETRIED = (429, 503)
RETRY_AFTER = "1"  # second


@dataclass(frozen=True)
class Door:
    """An API that is spoken here: its name, and how it tells each kind of trouble.

    Each error is a `refusal`: it has `status`, `code`, `message` and a `body()` to be sent as JSON.
    """

    name: str
    refusal: type[Exception]
    no_key: Callable[[], Exception]
    forbidden: Callable[[], Exception]
    unreadable: Callable[[str], Exception]
    limited: Callable[[str], Exception]
    unavailable: Callable[[str], Exception]
    method: Callable[[], Exception]
    internal: Callable[[], Exception]


View = Callable[[HttpRequest, ApiToken], HttpResponse]


def opens(door: Door, may: Callable[[ApiToken], bool] = may_score) -> Callable[[View], Callable[..., HttpResponse]]:
    """A view of `door`, by POST with a token that `may`; all that it raises is answered in the API's words."""

    def wrap(view: View) -> Callable[..., HttpResponse]:
        @csrf_exempt
        def guarded(request: HttpRequest) -> HttpResponse:
            if request.method == "OPTIONS":
                return cors.preflight(request)
            source = None
            try:
                token = token_of(key_of(request))
                source = token.source if token else None
                if request.method != "POST":
                    raise door.method()
                response = view(request, admitted(door, token, may, text=_size_of(request)))
            except Exception as error:
                response = answer_error(door, error, source)
            return cors.admit(request, response, source)

        return guarded

    return wrap


def admitted(door: Door, token: ApiToken | None, may: Callable[[ApiToken], bool] = may_score, *, text: int) -> ApiToken:
    """The token, where it may do this and its minute has room for one more message, of `text` bytes.

    Raises the door's own errors, and ApiError 429.
    """
    if token is None:
        raise door.no_key()
    if not may(token):
        raise door.forbidden()
    limits.take(token, 1, text)
    return token


def error_answer(door: Door, error: Exception, source: Source | None) -> Any:
    """The error as the API tells it. The admin of the source sees it on the source's page."""
    refused = _refusal_of(door, error)
    if source:
        client_errors.note(source, door.name, refused.status, refused.code, refused.message)
    return refused


def answer_error(door: Door, error: Exception, source: Source | None) -> HttpResponse:
    """The answer to a request that failed."""
    refused = error_answer(door, error, source)
    response = JsonResponse(refused.body(), status=refused.status)
    if refused.status in RETRIED:
        response["Retry-After"] = RETRY_AFTER
    if isinstance(error, ApiError):
        for name, value in error.headers.items():
            response[name] = value
    return response


def _size_of(request: HttpRequest) -> int:
    """Bytes of the body as announced: near enough to its text, and known before it is read."""
    announced = request.headers.get("Content-Length", "")
    return int(announced) if announced.isascii() and announced.isdigit() else 0


def _refusal_of(door: Door, error: Exception) -> Any:
    """What nobody foresaw is logged by its place alone: its words may quote a text."""
    if isinstance(error, door.refusal):
        return error
    if isinstance(error, UnreadableBody):
        return door.unreadable(str(error))
    if isinstance(error, InvalidMessage):
        fields = sorted({each["field"].split(".")[0] for each in error.problems})
        return door.unreadable(f"These fields cannot be stored: {', '.join(fields)}")
    if isinstance(error, ApiError) and error.status == 429:
        return door.limited(error.message)
    if isinstance(error, NotInTime):
        return door.unavailable(NOT_IN_TIME)
    log.error("%s: %s\n%s", door.name, type(error).__name__, "".join(traceback.format_tb(error.__traceback__)))
    return door.internal()
