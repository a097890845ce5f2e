"""Who may see and change a policy: admins of its source. Others' sources answer 404."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from review.models import Role, Source, User
from review.models.sources import SourceQuerySet

P = ParamSpec("P")


def sources_of(user: Any) -> SourceQuerySet:
    """The sources whose policy `user` may change, by name."""
    return Source.objects.visible_to(user, Role.ADMIN).order_by("name")


def of_source(
    view: Callable[Concatenate[HttpRequest, Source, User, P], HttpResponse],
) -> Callable[..., HttpResponse]:
    """A view of one source's policy, by its slug, for its admins."""

    @wraps(view)
    def guarded(request: HttpRequest, slug: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        source = get_object_or_404(sources_of(request.user), slug=slug)
        assert isinstance(request.user, User)  # noqa: S101 - login_required; for the type checker
        return view(request, source, request.user, *args, **kwargs)

    return login_required(guarded)
