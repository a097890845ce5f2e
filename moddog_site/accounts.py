"""Who may open an account, and how often somebody may guess a password."""

from __future__ import annotations

import time
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.app_settings import REAUTHENTICATION_TIMEOUT
from allauth.account.authentication import get_authentication_records
from allauth.core.internal import ratelimit
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import ngettext

FAILED = {"app": "allauth.account", "action": "login_failed"}


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are made with `manage.py createmoderator` or by an admin."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def is_reauthentication_required(self, *, app: str, **options: Any) -> bool:
        """Who signed in just now, with all that it asks, changes their second factor without being asked again."""
        required: bool = super().is_reauthentication_required(app=app, **options)
        return required and not (app == "allauth.mfa" and _signed_in_just_now(self.request))

    # allauth's own hook for what a limit by key is counted under
    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        return f"{ratelimit.get_ip(request)}:{super()._get_login_attempts_cache_key(request, **credentials)}"

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Raises a ValidationError that says when it may be tried again."""
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            seconds = _wait(request, self._get_login_attempts_cache_key(request, **credentials))
            raise ValidationError(_words(seconds), code="too_many_login_attempts") from None


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """The provider says who exists; a role is still given by an admin."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: object) -> bool:
        return True


def _signed_in_just_now(request: HttpRequest) -> bool:
    shown = get_authentication_records(request, request.user)
    return bool(shown) and time.time() - shown[-1]["at"] < REAUTHENTICATION_TIMEOUT


def _wait(request: HttpRequest, pair: str) -> float:
    """Seconds until one more wrong password is allowed, by the strictest of the limits."""
    waits = []
    for rate in ratelimit.get_rates(**FAILED):
        tries = cache.get(ratelimit.get_cache_key(request, **FAILED, rate=rate, key=pair), [])
        if len(tries) >= rate.amount:
            waits.append(tries[-1] + rate.duration - time.time())
    return max(waits, default=60.0)


def _words(seconds: float) -> str:
    minutes = max(1, -int(-seconds // 60))
    words = ngettext(
        "Too many wrong passwords for this name from your address. Try again in a minute.",
        "Too many wrong passwords for this name from your address. Try again in %(minutes)s minutes.",
        minutes,
    )
    return words % {"minutes": minutes}
