"""The pages of the search: the hits, and a message that never was in a case."""

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from review.access import moderators_only
from review.models import Message, Outcome, Source
from review.search import entries
from review.search.finding import Hits, SearchQuery, TooSlow, find
from review.search.forms import SearchForm

LATE = timedelta(minutes=2)
"""Then the page says that new messages cannot be found by their words yet."""


@require_safe
@never_cache
@moderators_only
def messages(request: HttpRequest) -> HttpResponse:
    """What fits, the newest first; without a question, the newest of all."""
    form = SearchForm(request.GET, user=request.user)  # type: ignore[arg-type] # signed in, as the guard has seen
    is_sound = form.is_valid()
    query = form.query if is_sound else SearchQuery()
    source = form.cleaned_data.get("source")
    sources = [source] if source else list(Source.objects.visible_to(request.user))
    hits, is_too_slow = Hits([], None), False
    if is_sound:
        try:
            hits = find(sources, query, key_in(request))
        except TooSlow:
            is_too_slow = True
    asked = request.GET.copy()
    asked.pop("cursor", None)
    late = entries.unwritten_since() if query.words else None
    context = {
        "here": "messages",
        "form": form,
        "hits": hits,
        "is_asked": not query.is_empty or source is not None,
        "is_too_slow": is_too_slow,
        "is_sound": is_sound,
        "is_first": "cursor" not in request.GET,
        "asked": asked.urlencode(),
        "late": late if late and timezone.now() - late > LATE else None,
    }
    return render(request, "messages/messages.html", context)


@require_safe
@never_cache
@moderators_only
def message(request: HttpRequest, pk: int) -> HttpResponse:
    """One message. Where it is or was in a case, that case has all there is to see."""
    found = get_object_or_404(Message.objects.visible_to(request.user).select_related("source"), pk=pk)
    if case := found.memberships.order_by("-case").values_list("case", flat=True).first():
        return redirect("case", case)
    outcomes = Outcome.objects.filter(message=found).select_related("by", "rule").order_by("seq")
    context = {
        "here": "messages",
        "message": found,
        "verdict": found.verdicts.select_related("policy", "calibrator").order_by("-pk").first(),
        "outcomes": outcomes[:50],
    }
    return render(request, "messages/message.html", context)


def key_in(request: HttpRequest) -> Any:
    """The key in the address from which the page goes on; None for the first page, or where it is no key."""
    cursor = request.GET.get("cursor", "")
    return int(cursor) if cursor.isascii() and cursor.isdecimal() and len(cursor) < 19 else None
