"""The list, one case in full, and opening a case from either."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from review.access import moderators_only, wants_fragment
from review.desk import case_record, claims, lost_claims
from review.desk.forms import QueueForm
from review.desk.queue import Filters, page_of
from review.desk.views import Notices, move_on, notes_in, show
from review.models import Case


@require_GET
@never_cache  # htmx and browsers get different answers at one address
@moderators_only
def queue(request: HttpRequest) -> HttpResponse:
    form = QueueForm(request.GET, user=_user(request))
    filters = _filters(form)
    page = page_of(_user(request), filters, request.GET.get("cursor", ""))
    asked = request.GET.copy()
    asked.pop("cursor", None)
    context = {"form": form, "filters": filters, "page": page, "asked": asked.urlencode(), "here": "queue"}
    template = "queue/_list.html" if wants_fragment(request) else "queue/queue.html"
    return render(request, template, context)


@require_GET
@never_cache
@moderators_only
def case(request: HttpRequest, case_id: int) -> HttpResponse:
    found = _case_or_404(request, case_id)
    return _show_record(
        request, found.joined or found, lost_claims.claim_lost(_user(request), case_id) if found.joined else None
    )


@require_POST
@moderators_only
def open_case(request: HttpRequest, case_id: int) -> HttpResponse:
    """Claim this case and go to the desk, with the notes that a lost claim left behind; or tell who has it."""
    found = _case_or_404(request, case_id)
    if claimed := claims.open_case(_user(request), case_id):
        kept = notes_in(request)
        return show(request, claimed, Notices(**kept)) if any(kept.values()) else move_on(request, claimed)
    return _show_record(request, found.joined or found, lost_claims.claim_lost(_user(request), case_id), status=409)


def _show_record(
    request: HttpRequest, case: Case, lost: lost_claims.ClaimLost | None = None, status: int = 200
) -> HttpResponse:
    context = {"record": case_record.build(case, _user(request)), "lost": lost, "here": "queue"}
    return render(request, "cases/case.html", context, status=status)


def _case_or_404(request: HttpRequest, case_id: int) -> Case:
    visible = Case.objects.visible_to(_user(request)).select_related(
        "source", "claimed_by", "joined__source", "joined__claimed_by"
    )
    found: Case | None = visible.filter(pk=case_id).first()
    if found is None:
        raise Http404
    return found


def _filters(form: QueueForm) -> Filters:
    """What makes no sense is left at its default: the list is never an error page."""
    form.is_valid()
    given = {name: value for name, value in form.cleaned_data.items() if value}
    return Filters(**given)


def _user(request: HttpRequest) -> Any:
    """The signed-in person: `moderators_only` has made sure of it."""
    return request.user
