"""Why a claim is gone, in words for the person who lost it."""

from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy

from review.desk import claims
from review.desk.case_page import first_member
from review.foreign_text import isolated
from review.models import Case, Proposal, Reason, User

BARRED = gettext_lazy("An appeal is for a senior moderator other than whoever made the decision that it is about.")

FOR_OTHERS = gettext_lazy("This case is for somebody else.")


@dataclass(frozen=True)
class ClaimLost:
    """`can_return` is set where nobody else holds the case, so that it can be opened again."""

    case_id: int
    words: str
    can_return: bool = False


def claim_lost(user: User, case_id: int) -> ClaimLost:  # noqa: PLR0911 - one return a fate
    """What became of a case that `user` meant to hold."""
    case = Case.objects.visible_to(user).filter(pk=case_id).select_related("claimed_by", "joined__claimed_by").first()
    if case is None:
        return ClaimLost(case_id, gettext("That case is gone."))
    if case.joined is not None:
        return _joined(case.joined, user)
    said = {"whose": _whose(case), "by": _by(case, user)}
    if case.state == Case.State.CLOSED:
        return ClaimLost(case_id, _why_closed(case) % said)
    if case.state != Case.State.OPEN:
        return ClaimLost(case_id, gettext("%(whose)s was decided %(by)s.") % said)
    if case.claimed_by not in (None, user) and _is_held(case):
        return ClaimLost(case_id, gettext("%(whose)s was taken over %(by)s.") % said)
    if Proposal.objects.filter(case=case_id, ended_at=None).exists():
        return ClaimLost(case_id, gettext("%(whose)s waits for a second person to confirm what was decided.") % said)
    if not Case.objects.filter(claims.may_take(user), pk=case_id).exists():
        return ClaimLost(case_id, str(BARRED if case.reason == Reason.APPEAL else FOR_OTHERS))
    ran_out = gettext("Your hold on it ran out: %(whose)s is back in the queue.") % said
    return ClaimLost(case_id, ran_out, can_return=True)


def _why_closed(case: Case) -> str:
    if not first_member(case)[0].text:
        return gettext("%(whose)s needs no decision any more: what it was about was erased.")
    return gettext("%(whose)s needs no decision any more: the policy now acts on it by itself.")


def _joined(stays: Case, user: User) -> ClaimLost:
    """The words of a case whose messages went over to `stays`, which nobody may come upon as if it were theirs."""
    holder = stays.claimed_by if _is_held(stays) else None
    said = {"whose": _whose(stays), "holder": isolated(holder.get_username()) if holder else ""}
    if holder and holder != user:
        words = gettext("%(whose)s was joined with another case of the same text, which %(holder)s holds.")
    else:
        words = gettext("%(whose)s was joined with another case of the same text.")
    return ClaimLost(stays.pk, words % said, can_return=stays.state == Case.State.OPEN and holder in (None, user))


def _is_held(case: Case) -> bool:
    return bool(case.claim_expires_at and case.claim_expires_at > timezone.now())


def _whose(case: Case) -> str:
    author = first_member(case)[0].author
    if not author:
        return gettext("The case")
    return gettext("%(author)s’s case") % {"author": isolated(author)}  # noqa: RUF001  (a typographic apostrophe)


def _by(case: Case, user: User) -> str:
    if case.claimed_by is None:
        return gettext("by someone else")
    if case.claimed_by == user:
        return gettext("by you already")
    return gettext("by %(who)s") % {"who": isolated(case.claimed_by.get_username())}
