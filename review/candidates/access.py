"""Models belong to instance admins."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from review.access import moderators_only
from review.models import User

P = ParamSpec("P")


def instance_admins_only(view: Callable[Concatenate[HttpRequest, User, P], HttpResponse]) -> "View[P]":
    """Pass the signed-in instance admin on; anonymous people are sent to sign in, others get 403 with the reason."""

    @moderators_only
    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        user = request.user
        if not (isinstance(user, User) and user.is_instance_admin):
            raise PermissionDenied("Models belong to instance admins.")
        return view(request, user, *args, **kwargs)

    return guarded


View = Callable[Concatenate[HttpRequest, P], HttpResponse]
