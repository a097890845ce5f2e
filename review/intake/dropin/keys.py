"""The key of a request, in each place where a client may put it. It is looked up by its digest and never logged."""

from datetime import timedelta

from django.db.models import Q
from django.db.models.functions import Now
from django.http import HttpRequest
from django.utils import timezone

from review.models import ApiToken, Scope, digest_of_token

USED_LATELY = timedelta(minutes=1)
"""How exact `last_used_at` is: a row that is written at every request would be what all requests wait for."""


def key_of(request: HttpRequest) -> str:
    """From `Authorization: Bearer`, `x-goog-api-key` or `?key=`, in this order; empty where there is none."""
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and bearer.strip():
        return bearer.strip()
    return request.headers.get("X-Goog-Api-Key", "").strip() or request.GET.get("key", "").strip()


def token_of(key: str) -> ApiToken | None:
    """The token in force that this is the key of, with its source and how that answers clients."""
    if not key:
        return None
    known = ApiToken.objects.select_related("source__client_settings")
    token = known.filter(digest=digest_of_token(key), revoked_at=None).first()
    if token:
        note_use(token)
    return token


def note_use(token: ApiToken) -> None:
    """Note, to the minute, that the token was used."""
    now = timezone.now()
    if token.last_used_at and now - token.last_used_at < USED_LATELY:
        return
    long_ago = Q(last_used_at=None) | Q(last_used_at__lt=now - USED_LATELY)
    ApiToken.objects.filter(long_ago, pk=token.pk).update(last_used_at=Now())


def may_score(token: ApiToken) -> bool:
    """Whether it may ask for scores: a platform's own token, or one that may do nothing else."""
    return not {Scope.SCORE, Scope.INGEST}.isdisjoint(token.scopes)
