"""What the desk answers with: the case in hand, what there is to say besides, or that the next one is here already."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string

from review.access import wants_fragment
from review.desk import case_page, claims, offers, undoing
from review.desk.keys import keys_of
from review.desk.lost_claims import ClaimLost
from review.enforcement.queue_summary import last_decided_at, queue_summary
from review.models import Case, Decision, Skip
from review.quality import care

LOADED = "Moddog-Loaded"
"""The header of an answer that tells the page to show the case that it loaded ahead."""


@dataclass(frozen=True)
class Notices:
    """What the page has to say besides the case: a lost claim, an error, notes that were kept, what was done."""

    lost: ClaimLost | None = None
    error: str = ""
    note: str = ""
    answer: str = ""
    note_to_author: str = ""
    refer_note: str = ""
    undoable: Decision | None = None
    proposed: bool = False

    @property
    def status(self) -> int:
        return 409 if self.lost else 200


def notes_in(request: HttpRequest) -> dict[str, Any]:
    """What was typed, by the name that `Notices` has for it."""
    return {name: request.POST.get(name, "") for name in ("note", "note_to_author", "answer", "refer_note")}


def move_on(request: HttpRequest, case: Case | None, notices: Notices | None = None) -> HttpResponse:
    """After a verb that worked: htmx gets what is in hand now, a browser goes there."""
    if not wants_fragment(request):
        return redirect("desk")
    if case and request.POST.get("ahead") == str(case.claim_token):
        return _tell_moved(request, notices or Notices())
    return show(request, case, notices)


def _tell_moved(request: HttpRequest, notices: Notices) -> HttpResponse:
    """The page has loaded the case already: it is told what was done, and puts that into what it has."""
    user = _user(request)
    context = {
        "keys": keys_of(user),
        "care": care.care_of(user),
        "seconds": round(offers.LEASE.total_seconds()),
        "proposed": notices.proposed,
        "undoable": notices.undoable or undoing.last_undoable(user),
        "undo_window": undoing.undo_window(),
    }
    headers = {"HX-Trigger": "moved", LOADED: "yes"}
    return HttpResponse(render_to_string("desk/_moved.html", context, request), headers=headers)


def is_beside_list(request: HttpRequest) -> bool:
    """Whether the case is read beside the list of cases, where the next one is the next row."""
    return wants_fragment(request) and (request.POST.get("list") or request.GET.get("list")) == "yes"


def next_case(request: HttpRequest) -> Case | None:
    """What comes into hand after a verb."""
    return None if is_beside_list(request) else claims.take_next(_user(request))


def show(
    request: HttpRequest, case: Case | None, notices: Notices | None = None, *, tells: bool = True
) -> HttpResponse:
    """The desk with `case` in hand, or none: for htmx the part that changes, for a browser the whole page.

    The header's figures are told that something moved, unless nothing did.
    """
    user = _user(request)
    notices = notices or Notices()
    page, state = case_page.build(case, user) if case else None, care.care_of(user)
    beside_list = is_beside_list(request)
    is_resting = case is None and not beside_list
    context: dict[str, Any] = {
        "page": page,
        "keys": keys_of(user),
        "skip_reasons": Skip.Why.choices,
        "care": state,
        "is_covered": page and state.covers(page.likely, sealed=page.is_sealed),
        "proposed": notices.proposed,
        "undoable": notices.undoable or undoing.last_undoable(user),
        "undo_window": undoing.undo_window(),
        "beside_list": beside_list,
        "last_decided_at": last_decided_at(user) if is_resting else None,
        "summary": queue_summary(user) if is_resting else None,
        "is_any_free": is_resting and offers.is_any_free(user),
        "notices": notices,
        "here": "desk",
    }
    template = "desk/_desk.html" if wants_fragment(request) else "desk/desk.html"
    response = render(request, template, context, status=notices.status)
    if tells:
        response.headers["HX-Trigger"] = "moved"
    return response


def _user(request: HttpRequest) -> Any:
    """The signed-in person: `moderators_only` has made sure of it."""
    return request.user
