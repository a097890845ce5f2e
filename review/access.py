"""Who may see and do what: one guard for pages, fragments and the API, checked before anything else happens.

Rows are narrowed by each model's `visible_to`; what a person may not see answers 404, what they may not do 403.
"""

from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import wraps
from typing import Concatenate, ParamSpec, TypeGuard
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, render, resolve_url
from django.utils import timezone
from django.utils.translation import gettext_lazy

from review.models import ApiToken, Membership, Role, Source, User, digest_of_token
from review.models.sources import SourceQuerySet

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]
UserView = Callable[Concatenate[HttpRequest, User, P], HttpResponse]
SourceView = Callable[Concatenate[HttpRequest, Source, User, P], HttpResponse]
NO_ROLE = gettext_lazy(
    "You have no role in any community yet. Ask an admin to add you as a moderator; then reload this page."
)
NOT_AN_ADMIN = gettext_lazy("This page is for admins of a source.")
NOT_A_SENIOR = gettext_lazy("This page is for senior moderators of a source.")
INSTANCE_ONLY = gettext_lazy("This belongs to instance admins.")
USED_LATELY = timedelta(minutes=1)
"""How exact `last_used_at` is: a row that is written at every request would be what all requests wait for."""
SIGNED_OUT = gettext_lazy("You are signed out, so nothing was saved. What you typed is still here.")
NOT_ALLOWED = gettext_lazy("Your role does not reach this far, so nothing was saved.")
STALE = gettext_lazy("You signed in again since this page was loaded. Nothing was saved; try again.")
SIGN_IN_AT, FRESH_TOKEN = "Moddog-Sign-In", "Moddog-Csrf-Token"


class NoCommunity(PermissionDenied):
    """A page about one community was asked for, and the instance has none yet."""


def moderators_only(view: View[P]) -> View[P]:
    """Anonymous people are sent to sign in; people who moderate no source get 403 with the reason."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not is_signed_in(request.user):
            return to_sign_in(request)
        if not request.user.has_role(Role.MODERATOR):
            raise PermissionDenied(NO_ROLE)
        return view(request, *args, **kwargs)

    return guarded


def instance_admins_only(view: UserView[P]) -> View[P]:
    """Pass the signed-in instance admin on; others get 403."""

    @moderators_only
    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        user = request.user
        if not (isinstance(user, User) and user.is_instance_admin):
            raise PermissionDenied(INSTANCE_ONLY)
        return view(request, user, *args, **kwargs)

    return guarded


def source_admins_only(view: SourceView[P]) -> Callable[..., HttpResponse]:
    """A view of one source, by its slug, for its admins; other people's sources answer 404."""

    @wraps(view)
    def guarded(request: HttpRequest, slug: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not is_signed_in(request.user):
            return to_sign_in(request)
        source = get_object_or_404(administered_by(request.user), slug=slug)
        return view(request, source, request.user, *args, **kwargs)

    return guarded


def source_seniors_only(view: SourceView[P]) -> Callable[..., HttpResponse]:
    """A view of one source, by its slug, for its senior moderators; other people's sources answer 404."""

    @wraps(view)
    def guarded(request: HttpRequest, slug: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not is_signed_in(request.user):
            return to_sign_in(request)
        source = get_object_or_404(led_by(request.user), slug=slug)
        return view(request, source, request.user, *args, **kwargs)

    return guarded


def seniors_only(view: UserView[P]) -> View[P]:
    """Pass the signed-in senior moderator of at least one source on; others get 403."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not is_signed_in(request.user):
            return to_sign_in(request)
        if not request.user.has_role(Role.SENIOR):
            raise PermissionDenied(NOT_A_SENIOR)
        return view(request, request.user, *args, **kwargs)

    return guarded


def admins_only(view: UserView[P]) -> View[P]:
    """Pass the signed-in admin of at least one source on; others get 403."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not is_signed_in(request.user):
            return to_sign_in(request)
        if not request.user.has_role(Role.ADMIN):
            raise PermissionDenied(NOT_AN_ADMIN)
        return view(request, request.user, *args, **kwargs)

    return guarded


def administered_by(user: User) -> SourceQuerySet:
    """The sources whose policy, tokens and members `user` may change, by name."""
    return Source.objects.visible_to(user, Role.ADMIN).order_by("name")


def led_by(user: User) -> SourceQuerySet:
    """The sources whose triggers and appeals `user` may handle, by name."""
    return Source.objects.visible_to(user, Role.SENIOR).order_by("name")


def people_of(source_id: int, role: Role = Role.MODERATOR, but: Iterable[int] = ()) -> QuerySet[User]:
    """Active people with at least `role` in the source, without those whose ids are in `but`."""
    here = Membership.objects.filter(Q(source=source_id) | Q(source=None), role__in=role.includes)
    found = User.objects.filter(Q(is_superuser=True) | Q(pk__in=here.values("user")), is_active=True)
    return found.exclude(pk__in=list(but))


def is_signed_in(user: User | AnonymousUser) -> TypeGuard[User]:
    return user.is_authenticated and user.is_active


def wants_fragment(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of a page; a boosted link gets the whole."""
    return bool(request.htmx) and not request.htmx.boosted  # type: ignore[attr-defined]


def to_sign_in(request: HttpRequest) -> HttpResponse:
    """To the sign-in page, and back from there to the page that was open.

    A script is told where that is, and nothing more: the page stays as it is, with all that was typed on it, and shows
    a banner with the way there.
    """
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect_to_login(request.get_full_path() if request.method == "GET" else "/")
    page = urlsplit(request.htmx.current_url or "/")  # type: ignore[attr-defined]
    back = page.path + (f"?{page.query}" if page.query else "")
    address = f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': back})}"
    return HttpResponse(SIGNED_OUT, status=401, content_type="text/plain", headers={SIGN_IN_AT: address})


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Django's handler for 403: a script gets the sentence alone, for the page to show."""
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponse(str(exception or "") or NOT_ALLOWED, status=403, content_type="text/plain")
    context = {"exception": str(exception or ""), "is_empty": isinstance(exception, NoCommunity)}
    return render(request, "403.html", context, status=403)


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's handler for a CSRF token that does not fit: the person signed in or out since the page was loaded.

    A script of a person who is signed in gets the token that fits now, and sends what it has once more. Other sites
    cannot read the answer. A browser without scripts gets its note back.
    """
    if request.htmx and not is_signed_in(request.user):  # type: ignore[attr-defined]
        return to_sign_in(request)
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponse(STALE, status=403, content_type="text/plain", headers={FRESH_TOKEN: get_token(request)})
    return render(request, "403_csrf.html", {"note": request.POST.get("note", "")}, status=403)


def token_of(key: str) -> ApiToken | None:
    """The token in force that this is the key of, with its source and how that answers clients."""
    if not key:
        return None
    known = ApiToken.objects.select_related("source__client_settings")
    token = known.filter(digest=digest_of_token(key.strip()), revoked_at=None).first()
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
