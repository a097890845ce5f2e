"""The one shape of every error that the API answers: {"error": {"code", "message", "details"?}}."""

import logging
from collections.abc import Callable, Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from review.intake import client_errors

log = logging.getLogger(__name__)

API_PATH = "/api/"
DOOR = "rest"
CODES = {
    400: ("malformed", "The request could not be read"),
    401: ("unauthorized", "A valid token is needed"),
    403: ("forbidden", "Not allowed"),
    404: ("not_found", "There is nothing here"),
    405: ("method_not_allowed", "This method is not allowed here"),
    409: ("conflict", "This contradicts what is stored"),
    413: ("too_large", "The body is too large"),
    415: ("unsupported_media_type", "The body must be application/json"),
    422: ("invalid", "Some fields are invalid"),
    429: ("too_many_requests", "Too many requests"),
    503: ("unavailable", "Try again later"),
}
INTERNAL = ("internal", "Something went wrong on our side; it was logged")


class ApiError(Exception):
    """Ends an API call with `status`, `headers` and a body in the one shape; `details` is any JSON.

    The source's page shows what is `kept` of the message: all of it, unless some of it is the client's own words.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        details: Any = None,
        *,
        headers: Mapping[str, str] | None = None,
        kept: str = "",
    ) -> None:
        self.status, self.code, self.message, self.details = status, code, message, details
        self.headers, self.kept = headers or {}, kept or message
        super().__init__(message)


def answer(status: int, code: str, message: str, details: Any = None) -> JsonResponse:
    """An error as the API sends it."""
    error = {"code": code, "message": message} | ({} if details is None else {"details": details})
    response = JsonResponse({"error": error}, status=status)
    if status == 401:
        response["WWW-Authenticate"] = 'Bearer realm="moddog"'
    return response


def plain(status: int, message: str = "") -> JsonResponse:
    """The usual error of a status, with its usual message unless there is a better one."""
    code, usual = CODES.get(status, CODES[400] if status < 500 else INTERNAL)
    return answer(status, code, message or usual)


def speak_json(api: NinjaAPI) -> None:
    """Have `api` answer whatever its operations raise in the one shape."""
    api.add_exception_handler(ApiError, _api_error)
    api.add_exception_handler(Http404, lambda request, error: plain(404))
    api.add_exception_handler(HttpError, _http_error)
    api.add_exception_handler(ValidationError, _invalid)
    api.add_exception_handler(Exception, _internal)


def _api_error(request: HttpRequest, error: Any) -> HttpResponse:
    _note(request, error.status, error.code, error.kept)
    return api_error(error)


def api_error(error: ApiError) -> HttpResponse:
    """An error that an operation raised, with its headers."""
    response = answer(error.status, error.code, error.message, error.details)
    for name, value in error.headers.items():
        response[name] = value
    return response


def _http_error(request: HttpRequest, error: Any) -> HttpResponse:
    _note(request, error.status_code, *CODES.get(error.status_code, CODES[400]))
    return plain(error.status_code, error.message)


def _invalid(request: HttpRequest, error: Any) -> HttpResponse:
    fields = [
        {"field": ".".join(str(part) for part in each["loc"][1:]), "message": each["msg"]} for each in error.errors
    ]
    _note(request, 422, CODES[422][0], f"{CODES[422][1]}: {', '.join(each['field'] for each in fields)}")
    return answer(422, *CODES[422], fields)


def _internal(request: HttpRequest, error: Any) -> HttpResponse:
    log.error("%s %s failed", request.method, request.path, exc_info=error)
    _note(request, 500, *INTERNAL)
    return plain(500)


def _note(request: HttpRequest, status: int, code: str, message: str) -> None:
    """For the page of the source whose token it is. That a message is not there is an answer to whoever asks for it."""
    token = getattr(request, "auth", None)
    if token and not (status == 404 and request.method == "GET"):
        client_errors.note(token.source, DOOR, status, code, message)


def json_errors(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware, outermost: an error that arose outside the API's operations gets the one shape on its paths too."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        is_json = response.get("Content-Type", "").startswith("application/json")
        if response.status_code < 400 or is_json or not request.path_info.startswith(API_PATH):
            return response
        spoken = plain(response.status_code)
        for header in ("Allow", "Retry-After"):
            if header in response:
                spoken[header] = response[header]
        return spoken

    return middleware
