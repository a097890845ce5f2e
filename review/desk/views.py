"""The focus view: one case in hand, and the verbs on it. GET never claims."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from review.access import moderators_only
from review.desk import claims, decisions, offers, undoing
from review.desk.forms import DecisionForm, HoldForm, RulingForm, SkipForm
from review.desk.lost_claims import claim_lost
from review.desk.showing import Notices, move_on, next_case, notes_in, show
from review.enforcement.queue_summary import queue_summary
from review.foreign_text import isolated
from review.models import Case, Decision

LAST_ONE = gettext_lazy(
    "Nobody else can take this blind case now. Please decide it, or release it and come back to it later."
)
NOT_YOURS = gettext_lazy("Only who made a decision, and senior moderators of its community, can undo it.")
UNDONE = gettext_lazy("That decision was undone already, by %(who)s.")
ANSWER_NEEDED = gettext_lazy(
    "An appeal needs an answer to its author. Nothing was decided; write one and decide again."
)
OTHER_RULES = gettext_lazy(
    "The rules of this community were changed meanwhile. Nothing was decided; choose from those that hold now."
)
TOO_LATE = gettext_lazy("Too late to undo: that decision is in effect. It stays as it is.")


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
    user = _user(request)
    if case := claims.take_next(user):
        return move_on(request, case)
    return show(request, None)


@require_POST
@moderators_only
def ahead(request: HttpRequest) -> HttpResponse:
    """The case that comes after the one in hand, for the page to load it meanwhile; 204 where there is none."""
    following = claims.take_ahead(_user(request))
    return show(request, following, tells=False) if following else HttpResponse(status=204)


@require_POST
@moderators_only
def release_ahead(request: HttpRequest) -> HttpResponse:
    """The page that loaded a case ahead is going."""
    form = HoldForm(request.POST)
    claims.release_ahead(_user(request), form.cleaned_data["token"] if form.is_valid() else None)
    return HttpResponse(status=204)


@require_POST
@moderators_only
def decide(request: HttpRequest, case_id: int) -> HttpResponse:
    form = DecisionForm(request.POST, case_id)
    if not form.is_valid():
        return show(request, claims.held_by(_user(request)), Notices(error=first_error(form), **notes_in(request)))
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
            author_action=fields["author_action"],
            answer=fields["answer"],
        )
    except decisions.AnswerNeeded:
        return show(request, claims.held_by(_user(request)), Notices(error=str(ANSWER_NEEDED), **notes_in(request)))
    if decision is None:
        return lost(request, case_id)
    told = Notices(undoable=decision) if isinstance(decision, Decision) else Notices(proposed=True)
    return move_on(request, next_case(request), told)


@require_POST
@moderators_only
def skip(request: HttpRequest, case_id: int) -> HttpResponse:
    form = SkipForm(request.POST)
    if not form.is_valid():
        return lost(request, case_id)
    token = form.cleaned_data["token"]
    if not claims.skip(_user(request), case_id, token, form.cleaned_data["why"]):
        if held := claims.mine(_user(request), case_id, token).first():
            return show(request, held, Notices(error=str(LAST_ONE), **notes_in(request)))
        return lost(request, case_id)
    return move_on(request, next_case(request))


@require_POST
@moderators_only
def release(request: HttpRequest, case_id: int) -> HttpResponse:
    form = HoldForm(request.POST)
    if not form.is_valid() or not claims.release(_user(request), case_id, form.cleaned_data["token"]):
        return lost(request, case_id)
    claims.release_all(_user(request))
    return move_on(request, None)


@require_POST
@moderators_only
def renew(request: HttpRequest, case_id: int) -> JsonResponse:
    """The heartbeat of an open page: `{"seconds": 120}`, or 409 and `{"lost": words}`."""
    form = HoldForm(request.POST)
    if form.is_valid() and claims.renew(_user(request), case_id, form.cleaned_data["token"]):
        return JsonResponse({"seconds": round(offers.LEASE.total_seconds())})
    return JsonResponse({"lost": claim_lost(_user(request), case_id).words}, status=409)


@require_POST
@moderators_only
def undo(request: HttpRequest, decision_id: int) -> HttpResponse:
    user = _user(request)
    decision = get_object_or_404(_visible_decisions(user), pk=decision_id)
    if not undoing.may_undo(user, decision):
        raise PermissionDenied(NOT_YOURS)
    if not undoing.undo(user, decision_id):
        return show(request, claims.held_by(user), Notices(error=_why_not_undone(decision_id)))
    typed = "" if decision.rule and decision.note_to_author == decision.rule.note else decision.note_to_author
    return move_on(request, claims.held_by(user), Notices(note=decision.note, note_to_author=typed))


def _visible_decisions(user: Any) -> QuerySet[Decision]:
    return Decision.objects.filter(case__in=Case.objects.visible_to(user)).select_related("case", "rule")


def _why_not_undone(decision_id: int) -> str:
    decision = Decision.objects.select_related("undone_by").get(pk=decision_id)
    if decision.undone_by is None:
        return str(TOO_LATE)
    return UNDONE % {"who": isolated(decision.undone_by.get_username())}


def lost(request: HttpRequest, case_id: int) -> HttpResponse:
    """Nothing was saved: say why, and keep what was typed."""
    user = _user(request)
    return show(request, claims.held_by(user), Notices(lost=claim_lost(user, case_id), **notes_in(request)))


def first_error(form: RulingForm) -> str:
    """In words a person can act on."""
    if "author_action" in form.errors:
        return gettext("%(error)s Nothing was decided.") % {"error": form.errors["author_action"][0]}
    for name in ("note", "note_to_author", "answer"):
        if name in form.errors:
            if name == "answer":
                kept = gettext("%(error)s Nothing was decided; your answer is kept.")
            else:
                kept = gettext("%(error)s Nothing was decided; your note is kept.")
            return kept % {"error": form.errors[name][0]}
    if form.has_error("rule", DecisionForm.OTHER_RULES):
        return str(OTHER_RULES)
    return gettext("That is none of the decisions. Nothing was decided; choose one of the buttons.")


def _user(request: HttpRequest) -> Any:
    """The signed-in person: `moderators_only` has made sure of it."""
    return request.user
