"""Deciding a selection of the queue together: what it is, what would be done, and taking it back."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from review.access import moderators_only
from review.desk import bulk
from review.desk.decision_buttons import DecisionButton
from review.desk.similar_views import stack
from review.models import CaseMember, Proposal

WAITS = gettext_lazy(
    "What you decided together is heavy by the policy of this community: it waits for a second person."
)
CHANGED = gettext_lazy("The selection changed since you looked at it. Nothing was decided; look again.")


@require_safe
@never_cache
@moderators_only
def choose(request: HttpRequest) -> HttpResponse:
    """The selection, or one case with all like it; with a decision in the address, what that would do, to confirm."""
    user, like = _user(request), _number(request.GET.get("like", ""))
    selection = bulk.select(user, _ids(request.GET) or (stack(user, like) if like else []))
    return _page(request, selection, _button(selection, request.GET.get("decision", "")))


@require_POST
@moderators_only
def decide(request: HttpRequest) -> HttpResponse:
    """Do what was confirmed. Where the selection is no longer what the words were about, nothing is done."""
    ids = _ids(request.POST)
    selection = bulk.select(_user(request), ids)
    button = _button(selection, request.POST.get("decision", ""))
    if not button or request.POST.get("words") != selection.words(button):
        return _page(request, selection, button, error=str(CHANGED), status=409)
    chosen = [row.case.pk for row in selection.rows]
    stroke, decided = bulk.decide_all(_user(request), chosen, button.field, button.value)
    missed = (
        [
            ngettext(
                "%(count)s was taken or decided by others in this moment, or not reached in time",
                "%(count)s were taken or decided by others in this moment, or not reached in time",
                len(chosen) - decided,
            )
            % {"count": len(chosen) - decided}
        ]
        if decided < len(chosen)
        else []
    )
    for words in [*selection.left_out, *missed]:
        messages.warning(request, gettext("Left out: %(words)s.") % {"words": words})
    if Proposal.objects.filter(bulk=stroke).exists():
        messages.success(request, WAITS)
        return redirect("held")
    return redirect("bulk-result", stroke) if decided else redirect("queue")


@require_safe
@never_cache
@moderators_only
def result(request: HttpRequest, bulk_id: UUID) -> HttpResponse:
    """What was decided at one stroke, and the way back from it while there is one."""
    made = list(bulk.decided_in(_user(request), bulk_id).select_related("case__source", "rule"))
    if not made:
        raise Http404
    count = CaseMember.objects.filter(case__in=[each.case_id for each in made]).count()
    context = {
        "here": "queue",
        "first": made[0],
        "bulk": bulk_id,
        "cases": len(made),
        "messages_decided": bulk.messages_in_words(count),
    }
    return render(request, "queue/bulk_result.html", context)


@require_POST
@moderators_only
def undo(request: HttpRequest, bulk_id: UUID) -> HttpResponse:
    if undone := bulk.undo_all(_user(request), bulk_id):
        taken_back = ngettext(
            "%(count)s decision taken back. The cases wait again.",
            "%(count)s decisions taken back. The cases wait again.",
            undone,
        )
        messages.success(request, taken_back % {"count": undone})
    else:
        messages.error(request, gettext("Too late to undo: what was decided is in effect. It stays as it is."))
    return redirect("queue")


def _page(
    request: HttpRequest, selection: bulk.Selection, button: DecisionButton | None, error: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "here": "queue",
        "selection": selection,
        "button": button,
        "words": selection.words(button) if button else "",
        "most": bulk.MOST,
        "error": error,
    }
    return render(request, "queue/bulk.html", context, status=status)


def _button(selection: bulk.Selection, decision: str) -> DecisionButton | None:
    """The button that "category:spam" or "rule:12" stands for; None for one that is not there."""
    return next((each for each in selection.buttons if f"{each.field}:{each.value}" == decision), None)


def _ids(given: Any) -> list[int]:
    """Case ids from the address or form; what is none is left out."""
    return [number for each in given.getlist("case") if (number := _number(each))]


def _number(given: str) -> int:
    """An id, or 0 for what is none."""
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 19 else 0


def _user(request: HttpRequest) -> Any:
    """The signed-in person: `moderators_only` has made sure of it."""
    return request.user
