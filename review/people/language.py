"""The language of pages: what a person chose, else what the browser asks for. Programs get English, whoever asks."""

from collections.abc import Callable
from functools import cache
from hashlib import blake2b
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from django.views.i18n import JavaScriptCatalog

from review.access import is_signed_in
from review.models import User

ENGLISH = "en"
PROGRAMS = ("/api/", "/v1", "/batch", "/$discovery", "/metrics", "/healthz", "/readyz")
LONG = 365 * 24 * 3600  # seconds: the address changes with the words
_catalog = JavaScriptCatalog.as_view(packages=["review"])  # the words of our scripts alone, not those of Django's admin


def speak_language(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware; comes after authentication. Does what Django's own does, and asks the person first."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path.startswith(PROGRAMS):
            with translation.override(ENGLISH):
                return get_response(request)
        language = _language_of(request)
        with translation.override(language):
            response = get_response(request)
        response.headers.setdefault("Content-Language", language)
        patch_vary_headers(response, ("Accept-Language",))
        return response

    return middleware


def language_for(person: User) -> str:
    """In which language to write to somebody who is not there to ask: theirs, else English."""
    return person.language if person.language in dict(settings.LANGUAGES) else ENGLISH


@require_safe
@cache_control(public=True, immutable=True, max_age=LONG)
def words_for_scripts(request: HttpRequest, language: str) -> HttpResponse:
    """Django's catalog of what scripts say, in one language."""
    if language not in dict(settings.LANGUAGES):
        raise Http404
    with translation.override(language):
        answer: HttpResponse = _catalog(request)  # type: ignore[assignment]
    return answer


def words_address(language: str) -> str:
    """Where those words are; empty for English, which scripts speak by themselves."""
    if language == ENGLISH:
        return ""
    return f"{reverse('words', args=[language])}?v={_version(language)}"


@cache
def _version(language: str) -> str:
    compiled = Path(settings.LOCALE_PATHS[0], translation.to_locale(language), "LC_MESSAGES", "djangojs.mo")
    return blake2b(compiled.read_bytes(), digest_size=6).hexdigest()


def _language_of(request: HttpRequest) -> str:
    # Without a session there is nobody to ask, and no cookie that the answer would vary on.
    if request.session.session_key and is_signed_in(request.user) and request.user.language:
        return language_for(request.user)
    return translation.get_language_from_request(request)
