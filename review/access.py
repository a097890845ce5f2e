"""Who may come to the desk, checked before anything else happens."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeGuard

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url

from review.models import Role, User

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]
NO_ROLE = "You have no role in any community yet. Ask an admin to add you as a moderator; then reload this page."


def moderators_only(view: View[P]) -> View[P]:
    """Anonymous people are sent to sign in; people who moderate no source get 403 with the reason."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not is_signed_in(request.user):
            return _to_sign_in(request)
        if not request.user.has_role(Role.MODERATOR):
            raise PermissionDenied(NO_ROLE)
        return view(request, *args, **kwargs)

    return guarded


def is_signed_in(user: User | AnonymousUser) -> TypeGuard[User]:
    return user.is_authenticated and user.is_active


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    """A redirect; htmx would follow a plain one inside the page, so it gets a header instead."""
    if request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Redirect": resolve_url(settings.LOGIN_URL)})
    return redirect_to_login(request.get_full_path() if request.method == "GET" else "/")
