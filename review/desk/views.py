"""The focus view: one case in hand, and the verbs on it. GET never claims."""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from review.access import moderators_only, wants_fragment
from review.desk import case_page, claims, decisions
from review.desk.forms import DecisionForm, HoldForm
from review.desk.lost_claims import ClaimLost, claim_lost
from review.enforcement.queue_summary import last_decided_at, queue_summary
from review.foreign_text import isolated
from review.models import Case, Decision

NONE_FREE = "Every case that waits is in someone else’s hands, or you passed it on."  # noqa: RUF001
LAST_ONE = "Nobody else can take this blind case now. Please decide it, or release it and come back to it later."
NOT_YOURS = "Only who made a decision, and senior moderators of its community, can undo it."
UNDONE = "That decision was undone already, by {}."
ANSWER_NEEDED = "An appeal needs an answer to its author. Nothing was decided; write one and decide again."
OTHER_RULES = (
    "The rules of this community were changed meanwhile. Nothing was decided; choose from those that hold now."
)
TOO_LATE = "Too late to undo: that decision is in effect. It stays as it is."


@dataclass(frozen=True)
class Notices:
    """What the page has to say besides the case: a lost claim, an error, notes that were kept, what was just done."""

    lost: ClaimLost | None = None
    error: str = ""
    note: str = ""
    answer: str = ""
    note_to_author: str = ""
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
    return move_on(request, case) if case else show(request, None, Notices(error=NONE_FREE))


@require_POST
@moderators_only
def decide(request: HttpRequest, case_id: int) -> HttpResponse:
    form = DecisionForm(request.POST, case_id)
    if not form.is_valid():
        return show(request, claims.held_by(_user(request)), Notices(error=_first_error(form), **notes_in(request)))
    fields = form.cleaned_data
    try:
        decision = decisions.decide(
            _user(request),
            case_id,
            fields["token"],
            fields["category"],
            rule=fields["rule"],
            action=fields["action"] or None,
            note=fields["note"],
            note_to_author=fields["note_to_author"],
            answer=fields["answer"],
        )
    except decisions.AnswerNeeded:
        return show(request, claims.held_by(_user(request)), Notices(error=ANSWER_NEEDED, **notes_in(request)))
    if decision is None:
        return _lost(request, case_id)
    return move_on(request, claims.take_next(_user(request)), Notices(undoable=decision))


@require_POST
@moderators_only
def skip(request: HttpRequest, case_id: int) -> HttpResponse:
    form = HoldForm(request.POST)
    if not form.is_valid():
        return _lost(request, case_id)
    token = form.cleaned_data["token"]
    if not claims.skip(_user(request), case_id, token):
        if held := claims.mine(_user(request), case_id, token).first():
            return show(request, held, Notices(error=LAST_ONE, **notes_in(request)))
        return _lost(request, case_id)
    return move_on(request, claims.take_next(_user(request)))


@require_POST
@moderators_only
def release(request: HttpRequest, case_id: int) -> HttpResponse:
    form = HoldForm(request.POST)
    if not form.is_valid() or not claims.release(_user(request), case_id, form.cleaned_data["token"]):
        return _lost(request, case_id)
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
    decision = get_object_or_404(_visible_decisions(user), pk=decision_id)
    if not decisions.may_undo(user, decision):
        raise PermissionDenied(NOT_YOURS)
    if not decisions.undo(user, decision_id):
        return show(request, claims.held_by(user), Notices(error=_why_not_undone(decision_id)))
    typed = "" if decision.rule and decision.note_to_author == decision.rule.note else decision.note_to_author
    return move_on(request, claims.held_by(user), Notices(note=decision.note, note_to_author=typed))


def _visible_decisions(user: Any) -> QuerySet[Decision]:
    return Decision.objects.filter(case__in=Case.objects.visible_to(user)).select_related("case", "rule")


def _why_not_undone(decision_id: int) -> str:
    decision = Decision.objects.select_related("undone_by").get(pk=decision_id)
    return UNDONE.format(isolated(decision.undone_by.get_username())) if decision.undone_by else TOO_LATE


def _lost(request: HttpRequest, case_id: int) -> HttpResponse:
    """Nothing was saved: say why, and keep what was typed."""
    user = _user(request)
    return show(request, claims.held_by(user), Notices(lost=claim_lost(user, case_id), **notes_in(request)))


def notes_in(request: HttpRequest) -> dict[str, Any]:
    """What was typed, by the name that `Notices` has for it."""
    return {name: request.POST.get(name, "") for name in ("note", "note_to_author", "answer")}


def move_on(request: HttpRequest, case: Case | None, notices: Notices | None = None) -> HttpResponse:
    """After a verb that worked: htmx gets what is in hand now, a browser goes there."""
    return show(request, case, notices) if wants_fragment(request) else redirect("desk")


def show(request: HttpRequest, case: Case | None, notices: Notices | None = None) -> HttpResponse:
    """The desk with `case` in hand, or none: for htmx the part that changes, for a browser the whole page."""
    user = _user(request)
    notices = notices or Notices()
    context: dict[str, Any] = {
        "page": case_page.build(case) if case else None,
        "undoable": notices.undoable or decisions.last_undoable(user),
        "undo_window": decisions.undo_window(),
        "last_decided_at": None if case else last_decided_at(user),
        "summary": None if case else queue_summary(user),
        "notices": notices,
        "here": "desk",
    }
    template = "desk/_desk.html" if wants_fragment(request) else "desk/desk.html"
    response = render(request, template, context, status=notices.status)
    response.headers["HX-Trigger"] = "moved"
    return response


def _first_error(form: DecisionForm) -> str:
    """In words a person can act on."""
    for name in ("note", "note_to_author", "answer"):
        if name in form.errors:
            kept = "answer" if name == "answer" else "note"
            return f"{form.errors[name][0]} Nothing was decided; your {kept} is kept."
    if form.has_error("rule", DecisionForm.OTHER_RULES):
        return OTHER_RULES
    return "That is none of the decisions. Nothing was decided; choose one of the buttons."


def _user(request: HttpRequest) -> Any:
    """The signed-in person: `moderators_only` has made sure of it."""
    return request.user
