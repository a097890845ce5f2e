"""Who reports, how often they were right, and whose reports move nothing any more. For senior moderators."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from review.access import moderators_only
from review.enforcement import reporters as known
from review.models import Reporter, Role, Source
from review.models.visibility import SourceQuerySet

PAGE = 50
NOT_A_SENIOR = "This page is for senior moderators of a source."


@require_safe
@never_cache
@moderators_only
def reporters(request: HttpRequest) -> HttpResponse:
    """The reporters of one source, the newest first."""
    sources = _sources(request)
    slug, cursor = request.GET.get("source", ""), request.GET.get("cursor", "")
    source = get_object_or_404(sources, slug=slug) if slug else sources[0]
    rows = Reporter.objects.filter(source=source).exclude(name="").order_by("-pk")
    if cursor.isdecimal() and len(cursor) < 19:
        rows = rows.filter(pk__lt=int(cursor))
    page = list(rows.select_related("muted_by")[: PAGE + 1])
    context = {
        "here": "authors",
        "sources": sources,
        "source": source,
        "rows": known.with_records(page[:PAGE]),
        "next_cursor": page[PAGE - 1].pk if len(page) > PAGE else None,
        "is_first": not cursor,
    }
    return render(request, "authors/reporters.html", context)


@require_POST
@moderators_only
def mute(request: HttpRequest, pk: int) -> HttpResponse:
    """Mute a reporter, or hear them again. What they reported before stays as it is."""
    reporter = get_object_or_404(Reporter.objects.filter(source__in=_sources(request)).select_related("source"), pk=pk)
    muted = request.POST.get("muted") == "on"
    if known.mute(reporter, request.user, muted=muted):  # type: ignore[arg-type] # signed in, as the guard has seen
        said = "are kept, and move nothing from now on" if muted else "bring messages to people again"
        messages.success(request, f"Their reports {said}.")
    return redirect(f"{reverse('reporters')}?source={reporter.source.slug}")


def _sources(request: HttpRequest) -> SourceQuerySet:
    sources = Source.objects.visible_to(request.user, Role.SENIOR).order_by("name")
    if not sources:
        raise PermissionDenied(NOT_A_SENIOR)
    return sources
