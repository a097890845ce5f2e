"""The appeals that wait, what is late first, and those that were answered. For senior moderators."""

from datetime import datetime

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from review.access import seniors_only
from review.models import Appeal, Role, User

PAGE = 50


@require_safe
@never_cache
@seniors_only
def appeals(request: HttpRequest, user: User) -> HttpResponse:
    """A page of what is open, by when it is due; with `?answered=on` of what was answered, the newest first."""
    answered = request.GET.get("answered") == "on"
    visible = Appeal.objects.visible_to(user, Role.SENIOR).select_related("source", "message", "outcome__by", "case")
    rows = list(_page(visible, request.GET.get("cursor", ""), answered=answered)[: PAGE + 1])
    context = {
        "here": "appeals",
        "appeals": rows[:PAGE],
        "answered": answered,
        "now": timezone.now(),
        "is_first": not request.GET.get("cursor"),
        "next_cursor": _cursor(rows[PAGE - 1], answered=answered) if len(rows) > PAGE else "",
    }
    return render(request, "appeals/appeals.html", context)


def _page(visible: QuerySet[Appeal], cursor: str, *, answered: bool) -> QuerySet[Appeal]:
    after = _read(cursor)
    if answered:
        done = visible.exclude(state=Appeal.State.OPEN).order_by("-resolved_at", "-pk")
        return done.filter(Q(resolved_at__lt=after[0]) | Q(resolved_at=after[0], pk__lt=after[1])) if after else done
    waiting = visible.filter(state=Appeal.State.OPEN).order_by("due", "pk")
    return waiting.filter(Q(due__gt=after[0]) | Q(due=after[0], pk__gt=after[1])) if after else waiting


def _cursor(last: Appeal, *, answered: bool) -> str:
    moment = last.resolved_at if answered else last.due
    return f"{moment:%Y-%m-%dT%H:%M:%S.%fZ}_{last.pk}"


def _read(cursor: str) -> tuple[datetime, int] | None:
    """Where the page before ended; None for a cursor that makes no sense."""
    moment, _, pk = cursor.partition("_")
    try:
        at = parse_datetime(moment)
    except ValueError:
        return None
    return (at, int(pk)) if at and at.tzinfo and pk.isdecimal() and len(pk) < 19 else None
