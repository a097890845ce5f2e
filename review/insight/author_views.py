"""What was done to authors, and one author's record and messages. Moderators read; seniors take back."""

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from review.access import moderators_only
from review.enforcement import author_outcomes, strikes
from review.models import Appeal, AuthorOutcome, Role, Source
from review.one_source import chosen, page_of, sources_for
from review.records.notes import notes_on_author
from review.registry.policy_versions import policy_of
from review.registry.strike_ladder import parse_strikes
from review.search.finding import SearchQuery, find
from review.search.views import key_in

SHOWN = 50


@require_safe
@never_cache
@moderators_only
def authors(request: HttpRequest) -> HttpResponse:
    """What was done to authors of one source, the newest first."""
    sources = sources_for(request, Role.SENIOR)
    source = chosen(request, sources)
    page = page_of(request, AuthorOutcome.objects.filter(source=source))
    return render(request, "authors/authors.html", {"here": "authors", "sources": sources, "source": source, **page})


@require_safe
@never_cache
@moderators_only
def author(request: HttpRequest, slug: str, author: str) -> HttpResponse:
    """One author's record, with all their messages, the newest first, and their appeals."""
    source = get_object_or_404(Source.objects.visible_to(request.user), slug=slug)
    policy = policy_of(source)
    ladder = parse_strikes(policy.strikes)
    steps = AuthorOutcome.objects.filter(source=source, author=author).select_related("by").order_by("-seq")
    context = {
        "here": "authors",
        "source": source,
        "author": author,
        "record": author_outcomes.record_of(source, policy, author),
        "steps": steps[:SHOWN],
        "notes": notes_on_author(source, author),
        "strikes": strikes.active_strikes(source, author, ladder, timezone.now(), for_show=True)[:SHOWN],
        "hits": find([source], SearchQuery(author=author), key_in(request)),
        "is_first": "cursor" not in request.GET,
        "appeals": Appeal.objects.filter(source=source).filter(_by(author)).order_by("-pk")[:SHOWN],
        "may_lift": Source.objects.visible_to(request.user, Role.SENIOR).filter(pk=source.pk).exists(),
    }
    return render(request, "authors/author.html", context)


def _by(author: str) -> Q:
    return Q(message__author=author) | Q(author_outcome__author=author)


@require_POST
@moderators_only
def lift(request: HttpRequest, slug: str, author: str) -> HttpResponse:
    """Take back what is in force on an author."""
    source = get_object_or_404(Source.objects.visible_to(request.user, Role.SENIOR), slug=slug)
    if author_outcomes.lift(source, author, request.user):  # type: ignore[arg-type] # signed in, as the guard has seen
        messages.success(request, gettext("It is taken back. Another strike counts on top of those that are there."))
    return redirect("author", slug, author)
