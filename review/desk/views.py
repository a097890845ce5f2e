"""The focus view: one case in hand, and the verbs on it. GET never claims."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from review.access import moderators_only, wants_fragment
from review.desk import case_page, claims, decisions
from review.desk.forms import DecisionForm, HoldForm
from review.desk.lost_claims import ClaimLost, claim_lost
from review.enforcement.queue_summary import last_decided_at, queue_summary
from review.models import Case, Decision

NONE_FREE = "Every case that waits is in someone else’s hands, or you passed it on."  # noqa: RUF001
LAST_ONE = "Nobody else can take this blind case now. Please rule on it, or release it and come back to it later."
TOO_LATE = "Too late to undo: that decision is in effect. It stays as it is."


@dataclass(frozen=True)
class Said:
    """What the page has to say besides the case: a lost claim, an error, the note that was kept, what was just done."""

    lost: ClaimLost | None = None
    error: str = ""
    note: str = ""
    undoable: Decision | None = None

    @property
    def status(self) -> int:
        return 409 if self.lost else 200


@require_GET
@never_cache
@moderators_only
def desk(request: HttpRequest) -> HttpResponse:
    return show(request, claims.held_by(_user(request)))


@require_GET
@never_cache
@moderators_only
def figures(request: HttpRequest) -> HttpResponse:
    """What waits, for the header. It asks for itself, so that no case has to wait for a count."""
    return render(request, "_nav_figures.html", {"summary": queue_summary(_user(request))})


@require_POST
@moderators_only
def take(request: HttpRequest) -> HttpResponse:
    case = claims.take_next(_user(request))
    return move_on(request, case) if case else show(request, None, Said(error=NONE_FREE))


@require_POST
@moderators_only
def decide(request: HttpRequest, case_id: int) -> HttpResponse:
    form = DecisionForm(request.POST)
    note = request.POST.get("note", "")
    if not form.is_valid():
        return show(request, claims.held_by(_user(request)), Said(error=_first_error(form), note=note))
    fields = form.cleaned_data
    ruled = decisions.decide(
        _user(request),
        case_id,
        fields["token"],
        fields["category"],
        action=fields["action"] or None,
        note=fields["note"],
    )
    if ruled is None:
        return _lost(request, case_id, note)
    return move_on(request, claims.take_next(_user(request)), Said(undoable=ruled))


@require_POST
@moderators_only
def skip(request: HttpRequest, case_id: int) -> HttpResponse:
    form, note = HoldForm(request.POST), request.POST.get("note", "")
    if not form.is_valid():
        return _lost(request, case_id, note)
    token = form.cleaned_data["token"]
    if not claims.skip(_user(request), case_id, token):
        if held := claims.mine(_user(request), case_id, token).first():
            return show(request, held, Said(error=LAST_ONE, note=note))
        return _lost(request, case_id, note)
    return move_on(request, claims.take_next(_user(request)))


@require_POST
@moderators_only
def release(request: HttpRequest, case_id: int) -> HttpResponse:
    form = HoldForm(request.POST)
    if not form.is_valid() or not claims.release(_user(request), case_id, form.cleaned_data["token"]):
        return _lost(request, case_id, request.POST.get("note", ""))
    return move_on(request, None)


@require_POST
@moderators_only
def renew(request: HttpRequest, case_id: int) -> JsonResponse:
    """The heartbeat of an open page: `{"seconds": 120}`, or 409 and `{"lost": words}`."""
    form = HoldForm(request.POST)
    if form.is_valid() and claims.renew(_user(request), case_id, form.cleaned_data["token"]):
        return JsonResponse({"seconds": round(claims.LEASE.total_seconds())})
    return JsonResponse({"lost": claim_lost(_user(request), case_id).words}, status=409)


@require_POST
@moderators_only
def undo(request: HttpRequest, decision_id: int) -> HttpResponse:
    user = _user(request)
    if not decisions.undo(user, decision_id):
        return show(request, claims.held_by(user), Said(error=TOO_LATE))
    note = Decision.objects.values_list("note", flat=True).get(pk=decision_id)
    return move_on(request, claims.held_by(user), Said(note=note))


def _lost(request: HttpRequest, case_id: int, note: str) -> HttpResponse:
    """Nothing was saved: say why, and keep what was typed."""
    user = _user(request)
    return show(request, claims.held_by(user), Said(lost=claim_lost(user, case_id), note=note))


def move_on(request: HttpRequest, case: Case | None, said: Said | None = None) -> HttpResponse:
    """After a verb that worked: htmx gets what is in hand now, a browser goes there."""
    return show(request, case, said) if wants_fragment(request) else redirect("desk")


def show(request: HttpRequest, case: Case | None, said: Said | None = None) -> HttpResponse:
    """The desk with `case` in hand, or none: for htmx the part that changes, for a browser the whole page."""
    user = _user(request)
    said = said or Said()
    context: dict[str, Any] = {
        "page": case_page.build(case) if case else None,
        "undoable": said.undoable or decisions.last_undoable(user),
        "undo_window": decisions.undo_window(),
        "last_decided_at": None if case else last_decided_at(user),
        "summary": None if case else queue_summary(user),
        "said": said,
        "here": "desk",
    }
    template = "desk/_desk.html" if wants_fragment(request) else "desk/desk.html"
    response = render(request, template, context, status=said.status)
    response.headers["HX-Trigger"] = "moved"
    return response


def _first_error(form: DecisionForm) -> str:
    """In words a person can act on."""
    if "note" in form.errors:
        return "The note is too long: 2,000 characters at most. Nothing was decided; your note is kept."
    return "That was not a ruling. Nothing was decided; choose one of the buttons."


def _user(request: HttpRequest) -> Any:
    """The signed-in person: `moderators_only` has made sure of it."""
    return request.user
