"""Who may see how moddog is, beyond a plain yes or no."""

from __future__ import annotations

import ipaddress
import logging

from allauth.core.internal.httpkit import get_client_ip
from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest

from review.models import ApiToken, Scope, digest_of_token

log = logging.getLogger(__name__)


def may_see_parts(request: HttpRequest) -> bool:
    """An instance admin, or whoever has a token with the scope `metrics`. Nobody while the database is away."""
    try:
        return getattr(request.user, "is_instance_admin", False) or _has_token(request)
    except DatabaseError as error:
        log.warning("nobody is known while the database is away: %s", error)
        return False


def may_see_metrics(request: HttpRequest) -> bool:
    """Whoever has such a token, or asks from an address that MODDOG_METRICS_FROM names, database or not."""
    try:
        return _is_named(request) or _has_token(request)
    except DatabaseError as error:
        log.warning("no token is known while the database is away: %s", error)
        return False


def _has_token(request: HttpRequest) -> bool:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        return False
    digest = digest_of_token(token.strip())
    return ApiToken.objects.filter(digest=digest, revoked_at=None, scopes__contains=[Scope.METRICS]).exists()


def _is_named(request: HttpRequest) -> bool:
    named = settings.METRICS_FROM
    if not named:
        return False
    try:
        address = ipaddress.ip_address(get_client_ip(request) or "")
    except ValueError:
        return False
    return any(address in network for network in named)
