"""Pages of one source at a time, chosen among those in which a person has a role, with rows by key."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy

from review.access import NoCommunity
from review.models import Role, Source
from review.models.sources import SourceQuerySet

PAGE = 50
FOR_ROLE = {
    Role.MODERATOR: gettext_lazy("This page is for moderators of a source."),
    Role.SENIOR: gettext_lazy("This page is for senior moderators of a source."),
    Role.ADMIN: gettext_lazy("This page is for admins of a source."),
}


def sources_for(request: HttpRequest, role: Role) -> SourceQuerySet:
    """The sources in which the person has at least `role`, by name.

    Raises PermissionDenied where there is none, and of that NoCommunity where nobody has named one yet.
    """
    sources = Source.objects.visible_to(request.user, role).order_by("name")
    if not sources and not Source.objects.exists():
        raise NoCommunity
    if not sources:
        raise PermissionDenied(str(FOR_ROLE[role]))
    return sources


def chosen(request: HttpRequest, sources: SourceQuerySet) -> Source:
    """The source that the address names, else the first. Raises Http404 for one that is none of `sources`."""
    slug = request.GET.get("source", "")
    return get_object_or_404(sources, slug=slug) if slug else sources[0]


def page_of(request: HttpRequest, rows: QuerySet[Any]) -> dict[str, Any]:
    """A page of `rows` from the newest on, after the cursor in the address: `rows`, `next_cursor`, `is_first`."""
    cursor = request.GET.get("cursor", "")
    found = rows.order_by("-pk")
    if cursor.isascii() and cursor.isdecimal() and len(cursor) < 19:
        found = found.filter(pk__lt=int(cursor))
    page = list(found[: PAGE + 1])
    return {
        "rows": page[:PAGE],
        "next_cursor": page[PAGE - 1].pk if len(page) > PAGE else None,
        "is_first": not cursor,
    }
