"""What colleagues have to do with each other's cases: handing over, what waits for whom, notes, mentions, reversals."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from review.access import moderators_only, wants_fragment
from review.desk import bulk, case_page, claims, proposals, referrals, reversals, undoing
from review.desk.forms import CaseNoteForm, ReferForm, RulingForm
from review.desk.showing import Notices, move_on, next_case, notes_in, show
from review.desk.views import first_error, lost
from review.models import Case, Decision, Mention, Proposal
from review.records.notes import add_note, mentions_of
from review.registry.policy_versions import policy_of

WORDS_NEEDED = gettext_lazy("Say in a note what they should know. Nothing was handed over; your note is kept.")
NOBODY = gettext_lazy("There is no other senior moderator here to hand it to.")
NOT_REVERSIBLE = gettext_lazy(
    "That decision cannot be reversed: it is not in effect, it was made on an appeal, or it is not yours."
)
OWN = gettext_lazy("You proposed this yourself. Somebody else has to confirm it.")
GONE = gettext_lazy("That waits no more: it was answered, taken back, or nobody answered it for a day.")
HEAVY = gettext_lazy(
    "The policy of this community has a second person confirm that, which a reversal cannot wait for. "
    "Nothing was reversed; choose a milder action, and report the message for the rest."
)
OVERTAKEN = gettext_lazy("A later decision has taken the place of that one already. Nothing was reversed.")


@require_GET
@never_cache
@moderators_only
def colleagues(request: HttpRequest, case_id: int) -> HttpResponse:
    """Whom the case may be handed to, as the options of a list."""
    case = _case(request, case_id)
    found = referrals.candidates(case.source, case.reason, _user(request))
    context = {"colleagues": found, "has_seniors": referrals.has_seniors(case.source, _user(request))}
    return render(request, "desk/_colleagues.html", context)


@require_POST
@moderators_only
def refer(request: HttpRequest, case_id: int) -> HttpResponse:
    """Hand a case over to a colleague or to the seniors, and hold the next one."""
    user, case = _user(request), _case(request, case_id)
    form = ReferForm(request.POST, referrals.candidates(case.source, case.reason, user))
    if "token" in form.errors:
        return lost(request, case_id)
    error = "" if form.is_valid() else _why_not_referred(form)
    to = form.cleaned_data.get("refer_to")
    if not (error or to or referrals.has_seniors(case.source, user)):
        error = str(NOBODY)
    if error:
        return show(request, claims.held_by(user), Notices(error=error, **notes_in(request)))
    if not referrals.refer(user, case_id, form.cleaned_data["token"], to, form.cleaned_data["refer_note"]):
        return lost(request, case_id)
    return move_on(request, next_case(request))


@require_GET
@never_cache
@moderators_only
def held(request: HttpRequest) -> HttpResponse:
    """Cases that wait for somebody, and notes that mention this person."""
    user = _user(request)
    context = {
        "waiting": referrals.waiting(user),
        "proposed": proposals.waiting(user),
        "mentions": mentions_of(user),
        "here": "held",
    }
    return render(request, "desk/held.html", context)


@require_POST
@moderators_only
def confirm(request: HttpRequest, proposal_id: int) -> HttpResponse:
    """Confirm what a colleague proposed, with all that they proposed at the same stroke."""
    user, proposal = _user(request), _proposal(request, proposal_id)
    if proposal.by_id == user.pk:
        raise PermissionDenied(OWN)
    effective_at = timezone.now() + bulk.TIME_TO_DECIDE + undoing.undo_window()
    if count := proposals.confirm(user, proposal, effective_at):
        confirmed = ngettext(
            "Confirmed: %(count)s decision. In effect in a moment.",
            "Confirmed: %(count)s decisions. In effect in a moment.",
            count,
        )
        messages.success(request, confirmed % {"count": count})
    else:
        messages.error(request, GONE)
    return redirect("held")


@require_POST
@moderators_only
def refuse(request: HttpRequest, proposal_id: int) -> HttpResponse:
    """Give the cases of a proposal back to the queue: a colleague's, or one's own."""
    if proposals.refuse(_user(request), _proposal(request, proposal_id)):
        messages.success(request, gettext("It waits in the queue again."))
    else:
        messages.error(request, GONE)
    return redirect("held")


@require_POST
@moderators_only
def offer(request: HttpRequest, case_id: int) -> HttpResponse:
    """Have a case wait for nobody any more."""
    if not referrals.offer_to_all(_user(request), _case(request, case_id)):
        messages.error(request, gettext("It waits for nobody any more, or it is not yours to give back."))
    return redirect("held")


@require_POST
@moderators_only
def note(request: HttpRequest, case_id: int) -> HttpResponse:
    """Keep a note on a case or on the author of its message."""
    user, case, form = _user(request), _case(request, case_id), CaseNoteForm(request.POST)
    author = case_page.first_member(case)[0].author
    if form.is_valid() and (author or form.cleaned_data["about"] == "case"):
        on_author = form.cleaned_data["about"] == "author"
        about: dict[str, Any] = {"author": author} if on_author else {"case": case}
        add_note(user, form.cleaned_data["text"], case.source, **about)
    if not wants_fragment(request):
        return redirect("case", case_id)
    error = " ".join(str(each) for each in form.errors.get("text", []))
    page = case_page.build(case, user)
    context = {"page": page, "error": error, "typed": request.POST.get("text", "") if error else ""}
    return render(request, "desk/_notes.html", context)


@require_POST
@moderators_only
def seen(request: HttpRequest, mention_id: int) -> HttpResponse:
    """A mention that this person has seen waits no more."""
    Mention.objects.filter(pk=mention_id, user=_user(request), seen_at=None).update(seen_at=timezone.now())
    return redirect("held")


@require_POST
@moderators_only
def reverse(request: HttpRequest, decision_id: int) -> HttpResponse:
    """Decide otherwise than was decided, from the page of the case."""
    user = _user(request)
    visible = Decision.objects.filter(case__in=Case.objects.visible_to(user)).select_related("case__source")
    decision = get_object_or_404(visible, pk=decision_id)
    if not Decision.objects.filter(reversals.reversible_by(user), pk=decision_id).exists():
        raise PermissionDenied(NOT_REVERSIBLE)
    form = RulingForm(request.POST, decision.case_id)
    if not form.is_valid():
        messages.error(request, first_error(form))
        return redirect("case", decision.case_id)
    fields = form.cleaned_data
    policy = policy_of(decision.case.source)
    default = fields["rule"].action if fields["rule"] else policy.default_action(fields["category"])
    if proposals.is_heavy(policy, decision.case, fields["action"] or default, fields["author_action"]):
        messages.error(request, HEAVY)
        return redirect("case", decision.case_id)
    made = reversals.reverse(
        user,
        decision,
        fields["category"],
        rule=fields["rule"],
        action=fields["action"] or None,
        note=fields["note"],
        note_to_author=fields["note_to_author"],
        author_action=fields["author_action"],
        effective_at=timezone.now() + undoing.undo_window(),
    )
    if made is None:
        messages.error(request, OVERTAKEN)
    return redirect("case", made.case_id if made else decision.case_id)


def _why_not_referred(form: ReferForm) -> str:
    if "refer_to" in form.errors:
        return gettext("That person cannot decide this case. Nothing was handed over; choose somebody else.")
    if form.has_error("refer_note", "required"):
        return str(WORDS_NEEDED)
    error = form.errors["refer_note"][0]
    return gettext("%(error)s Nothing was handed over; your note is kept.") % {"error": error}


def _proposal(request: HttpRequest, proposal_id: int) -> Proposal:
    return get_object_or_404(Proposal, pk=proposal_id, case__in=Case.objects.visible_to(_user(request)))


def _case(request: HttpRequest, case_id: int) -> Case:
    found: Case = get_object_or_404(Case.objects.visible_to(_user(request)).select_related("source"), pk=case_id)
    return found


def _user(request: HttpRequest) -> Any:
    """The signed-in person: `moderators_only` has made sure of it."""
    return request.user
