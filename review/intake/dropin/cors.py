"""Calls from browsers: answered for the origins that a source lists, and for no other."""

import re

from django.http import HttpRequest, HttpResponse

from review.access import token_of
from review.intake.dropin.keys import key_of
from review.models import ClientSettings, Source

SECONDS = "600"
HEADERS = re.compile(r"[A-Za-z0-9_\-, ]{1,500}")
EXPOSED = "Moddog-Version, Retry-After, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset"
USUAL = "Authorization, Content-Type, X-Goog-Api-Key"


def preflight(request: HttpRequest) -> HttpResponse:
    """What a browser asks first. It sends no key with that, unless in the address: any source that lists it will do."""
    response = HttpResponse(status=204)
    origin = request.headers.get("Origin", "")
    if origin and _is_listed(request, origin):
        asked = request.headers.get("Access-Control-Request-Headers", "")
        _allow(response, origin)
        response["Access-Control-Allow-Methods"] = "GET, POST"
        response["Access-Control-Allow-Headers"] = asked if HEADERS.fullmatch(asked) else USUAL
        response["Access-Control-Max-Age"] = SECONDS
    response["Vary"] = "Origin"
    return response


def admit(request: HttpRequest, response: HttpResponse, source: Source | None) -> HttpResponse:
    """Let the page that called read the answer, where its origin is listed by the source whose key it used."""
    origin = request.headers.get("Origin", "")
    if origin:
        response["Vary"] = "Origin"
        if source and origin in _origins(source):
            _allow(response, origin)
            response["Access-Control-Expose-Headers"] = EXPOSED
    return response


def _is_listed(request: HttpRequest, origin: str) -> bool:
    key = key_of(request)
    if key:
        token = token_of(key)
        return token is not None and origin in _origins(token.source)
    return ClientSettings.objects.filter(origins__contains=[origin]).exists()


def _origins(source: Source) -> list[str]:
    found = ClientSettings.objects.filter(source=source).values_list("origins", flat=True).first()
    return list(found or ())


def _allow(response: HttpResponse, origin: str) -> None:
    response["Access-Control-Allow-Origin"] = origin
