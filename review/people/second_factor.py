"""Leads whoever needs a second factor, and has none, to where it is set up, before anything else."""

from collections.abc import Callable

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy

from review.access import is_signed_in, wants_fragment
from review.models import Role, SignInRules

FREE = ("/accounts/", "/api/", "/healthz", "/readyz", "/metrics", "/static/", "/people/link/")
"""What asks for no second factor: setting one up, signing out, and doors that take tokens."""
WHY = gettext_lazy("Your role needs two-factor sign-in. Set up an app or a security key here; then everything opens.")


def require_second_factor(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware; comes after authentication and messages."""

    def middleware(request: HttpRequest) -> HttpResponse:
        has_session = (
            request.session.session_key is not None
        )  # who comes with a token has none, nor a cookie to vary on
        if not has_session or request.path.startswith(FREE) or not lacks_second_factor(request):
            return get_response(request)
        if wants_fragment(request):
            return HttpResponse(WHY, status=403, content_type="text/plain")
        messages.info(request, WHY)
        return redirect(reverse("mfa_index"))

    return middleware


def lacks_second_factor(request: HttpRequest) -> bool:
    """Whether the rules ask one of the signed-in person who has none."""
    if not is_signed_in(request.user):
        return False
    wanted = SignInRules.in_force().second_factor_from
    if not wanted or not request.user.has_role(Role(wanted)):
        return False
    types = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
    return not Authenticator.objects.filter(user=request.user, type__in=types).exists()
