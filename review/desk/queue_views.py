"""The list, one case in full, and opening a case from either."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from review import language_names
from review.access import moderators_only, wants_fragment
from review.desk import case_page, case_record, claims, lost_claims, saved_views, undoing
from review.desk.keys import keys_of
from review.desk.queue import gold_of_others, page_of
from review.desk.queue_forms import QueueForm, SaveViewForm
from review.desk.showing import Notices, is_beside_list, move_on, notes_in, show
from review.models import Case, Proposal, Role
from review.quality import care


@require_GET
@never_cache  # htmx and browsers get different answers at one address
@moderators_only
def queue(request: HttpRequest) -> HttpResponse:
    form = QueueForm(request.GET, user=_user(request))
    filters = form.filters
    page = page_of(_user(request), filters, request.GET.get("cursor", ""))
    asked = request.GET.copy()
    asked.pop("cursor", None)
    context = {
        "form": form,
        "filters": filters,
        "page": page,
        "asked": asked.urlencode(),
        "here": "queue",
        "is_senior": _user(request).has_role(Role.SENIOR),
        "keys": keys_of(_user(request)),
        "views": saved_views.seen_by(_user(request), form.query),
        "save_form": SaveViewForm(user=_user(request), initial={"query": form.query}, label_suffix=""),
    }
    if wants_fragment(request):
        return render(request, "queue/_list.html", context)
    context["languages"] = language_names.choices()
    return render(request, "queue/queue.html", context)


@require_GET
@never_cache
@moderators_only
def case(request: HttpRequest, case_id: int) -> HttpResponse:
    found = _case_or_404(request, case_id)
    return _show_record(
        request, found.joined or found, lost_claims.claim_lost(_user(request), case_id) if found.joined else None
    )


@require_GET
@never_cache
@moderators_only
def preview(request: HttpRequest, case_id: int) -> HttpResponse:
    """The case beside the list: to be read, or with the keys of the desk where the person holds it."""
    found = _case_or_404(request, case_id)
    user = _user(request)
    if (held := claims.held_by(user)) and held.pk == case_id:
        return show(request, held, tells=False)
    return _show_beside(request, found.joined or found)


@require_POST
@moderators_only
def open_case(request: HttpRequest, case_id: int) -> HttpResponse:
    """Claim this case and go to the desk, with the notes that a lost claim left behind; or tell who has it."""
    found = _case_or_404(request, case_id)
    if claimed := claims.open_case(_user(request), case_id):
        kept = notes_in(request)
        return show(request, claimed, Notices(**kept)) if any(kept.values()) else move_on(request, claimed)
    lost = lost_claims.claim_lost(_user(request), case_id)
    if is_beside_list(request):
        return _show_beside(request, found.joined or found, lost, status=409)
    return _show_record(request, found.joined or found, lost, status=409)


def _show_beside(
    request: HttpRequest, case: Case, lost: lost_claims.ClaimLost | None = None, status: int = 200
) -> HttpResponse:
    user, page = _user(request), case_page.build(case, _user(request))
    state = care.care_of(user)
    is_held = bool(page.lease_seconds) and case.claimed_by_id != user.pk
    context = {
        "page": page,
        "lost": lost,
        "holder": case.claimed_by if is_held else None,
        "is_proposed": Proposal.objects.filter(case=case, ended_at=None).exists(),
        "may_take": Case.objects.filter(claims.may_take(user), pk=case.pk).exists(),
        "is_covered": state.covers(page.likely, sealed=page.is_sealed),
        "keys": keys_of(user),
        "undoable": undoing.last_undoable(user),
        "undo_window": undoing.undo_window(),
    }
    return render(request, "queue/_preview.html", context, status=status)


def _show_record(
    request: HttpRequest, case: Case, lost: lost_claims.ClaimLost | None = None, status: int = 200
) -> HttpResponse:
    context = {"record": case_record.build(case, _user(request)), "lost": lost, "here": "queue"}
    return render(request, "cases/case.html", context, status=status)


def _case_or_404(request: HttpRequest, case_id: int) -> Case:
    visible = (
        Case.objects.visible_to(_user(request))
        .exclude(gold_of_others(_user(request)))
        .select_related("source", "claimed_by", "joined__source", "joined__claimed_by")
    )
    found: Case | None = visible.filter(pk=case_id).first()
    if found is None:
        raise Http404
    return found


def _user(request: HttpRequest) -> Any:
    """The signed-in person: `moderators_only` has made sure of it."""
    return request.user
