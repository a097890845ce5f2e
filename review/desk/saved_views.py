"""Filters of the queue under a name: one's own, and those shared with all who moderate a source."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_POST

from review.access import moderators_only
from review.desk.queue_forms import QueueForm, SaveViewForm
from review.models import Role, SavedView, User
from review.models.visibility import reach_of
from review.records import audit

MOST = 100  # that one person may keep
LONGEST = 1_000  # characters of an address
NOT_YOURS = gettext_lazy("Only who saved a view, and senior moderators of its community, can drop it.")


@dataclass(frozen=True)
class Shown:
    """A view as the page has it; `is_here` says that its filters are those on the page."""

    view: SavedView
    is_here: bool
    may_drop: bool


def seen_by(user: User, query: str) -> list[Shown]:
    """One's own views and those shared with one's sources, by name."""
    views = SavedView.objects.visible_to(user).select_related("source").order_by("name", "pk")
    return [Shown(view, view.query == query, _may_drop(user, view)) for view in views[:MOST]]


@require_POST
@moderators_only
def save(request: HttpRequest) -> HttpResponse:
    """Keep the filters under a name; the same name again means these filters from now on."""
    user: Any = request.user
    form = SaveViewForm(request.POST, user=user)
    query = QueueForm(QueryDict(request.POST.get("query", "")), user=user).query
    if not form.is_valid() or len(query) > LONGEST or user.saved_views.count() >= MOST:
        refused = gettext("Nothing was saved: a view needs a name of at most 60 characters; %(most)s at most.")
        messages.error(request, refused % {"most": MOST})
        return redirect("queue")
    given = form.cleaned_data
    with transaction.atomic():
        view, is_new = SavedView.objects.update_or_create(
            by=user, source=given["share"], name=given["name"], defaults={"query": query}
        )
        audit.record(user, "saved view" if is_new else "changed view", view, view.source)
    return redirect(f"{reverse('queue')}?{query}")


@require_POST
@moderators_only
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget a view: one's own, or as a senior of its source."""
    user: Any = request.user
    view = get_object_or_404(SavedView.objects.visible_to(user), pk=pk)
    if not _may_drop(user, view):
        raise PermissionDenied(NOT_YOURS)
    with transaction.atomic():
        audit.record(user, "dropped view", view, view.source)
        view.delete()
    return redirect("queue")


def _may_drop(user: User, view: SavedView) -> bool:
    reach = reach_of(user, Role.SENIOR)
    return view.by_id == user.pk or (view.source_id is not None and (reach is None or view.source_id in reach))
