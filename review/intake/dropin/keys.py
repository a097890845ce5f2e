"""The key of a request, in each place where a client may put it. It is looked up by its digest and never logged."""

from django.http import HttpRequest

from review.models import ApiToken, Scope


def key_of(request: HttpRequest) -> str:
    """From `Authorization: Bearer`, `x-goog-api-key` or `?key=`, in this order; empty where there is none."""
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and bearer.strip():
        return bearer.strip()
    return request.headers.get("X-Goog-Api-Key", "").strip() or request.GET.get("key", "").strip()


def may_score(token: ApiToken) -> bool:
    """Whether it may ask for scores: a platform's own token, or one that may do nothing else."""
    return not {Scope.SCORE, Scope.INGEST}.isdisjoint(token.scopes)
