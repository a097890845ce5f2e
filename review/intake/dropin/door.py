"""What the doors for other APIs' clients share: who calls, what goes wrong in that API's own words, browsers.

Nothing that is written to a log here holds a key, an address with its query, or anything of a text.
"""

import logging
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from review.access import token_of
from review.intake import client_errors
from review.intake.admission import Admission
from review.intake.dropin import cors
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

    Each error is a `refusal`: it has `status`, `code`, a `body()` to be sent as JSON, and what of its message is
    `kept`: the source's page shows that.
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


View = Callable[[HttpRequest, Admission], HttpResponse]


def opens(door: Door, may: Callable[[ApiToken], bool] = may_score) -> Callable[[View], Callable[..., HttpResponse]]:
    """A view of `door`, by POST with a token that `may`; all that it raises is answered in the API's words."""

    def wrap(view: View) -> Callable[..., HttpResponse]:
        @csrf_exempt
        def guarded(request: HttpRequest) -> HttpResponse:
            if request.method == "OPTIONS":
                return cors.preflight(request)
            token, admission = token_of(key_of(request)), None
            source = token.source if token else None
            try:
                if request.method != "POST":
                    raise door.method()
                admission = admitted(door, token, may)
                response = view(request, admission)
            except Exception as error:
                response = answer_error(door, error, source)
            for name, value in (admission.headers if admission else {}).items():
                response[name] = value
            return cors.admit(request, response, source)

        return guarded

    return wrap


def admitted(door: Door, token: ApiToken | None, may: Callable[[ApiToken], bool] = may_score) -> Admission:
    """What is asked, once the texts are known, before anything is done for them. Raises the door's own errors."""
    if token is None:
        raise door.no_key()
    if not may(token):
        raise door.forbidden()
    return Admission(token)


def error_answer(door: Door, error: Exception, source: Source | None) -> tuple[Any, Mapping[str, str]]:
    """The error as the API tells it, and its headers. The admin of the source sees it on the source's page."""
    refused = _refusal_of(door, error)
    if source:
        client_errors.note(source, door.name, refused.status, refused.code, refused.kept)
    usual = {"Retry-After": RETRY_AFTER} if refused.status in RETRIED else {}
    return refused, {**usual, **(error.headers if isinstance(error, ApiError) else {})}


def answer_error(door: Door, error: Exception, source: Source | None) -> HttpResponse:
    """The answer to a request that failed."""
    refused, headers = error_answer(door, error, source)
    return JsonResponse(refused.body(), status=refused.status, headers=dict(headers))


def _refusal_of(door: Door, error: Exception) -> Any:
    """What nobody foresaw is logged by its place alone: its words may quote a text."""
    if isinstance(error, door.refusal):
        return error
    if isinstance(error, UnreadableBody):
        return door.unreadable(str(error))
    if isinstance(error, InvalidMessage):
        fields = sorted({each["field"].split(".")[0] for each in error.problems})
        return door.unreadable(f"These fields cannot be stored: {', '.join(fields)}")
    if isinstance(error, ApiError) and error.status in RETRIED:
        return (door.limited if error.status == 429 else door.unavailable)(error.message)
    if isinstance(error, NotInTime):
        return door.unavailable(NOT_IN_TIME)
    log.error("%s: %s\n%s", door.name, type(error).__name__, "".join(traceback.format_tb(error.__traceback__)))
    return door.internal()
