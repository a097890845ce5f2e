"""Why a claim is gone, in words for the person who lost it."""

from dataclasses import dataclass

from django.utils import timezone

from review.desk import claims
from review.desk.case_page import first_member
from review.foreign_text import isolated
from review.models import Case, Proposal, Reason, User

BARRED = "An appeal is for a senior moderator other than whoever made the decision that it is about."

FOR_OTHERS = "This case is for somebody else."


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
        return ClaimLost(case_id, "That case is gone.")
    if case.joined is not None:
        return _joined(case.joined, user)
    whose = _whose(case)
    if case.state == Case.State.CLOSED:
        return ClaimLost(case_id, f"{whose} needs no decision any more: {_why_closed(case)}.")
    if case.state != Case.State.OPEN:
        return ClaimLost(case_id, f"{whose} was decided {_by(case, user)}.")
    if case.claimed_by not in (None, user) and _is_held(case):
        return ClaimLost(case_id, f"{whose} was taken over {_by(case, user)}.")
    if Proposal.objects.filter(case=case_id, ended_at=None).exists():
        return ClaimLost(case_id, f"{whose} waits for a second person to confirm what was decided.")
    if not Case.objects.filter(claims.may_take(user), pk=case_id).exists():
        return ClaimLost(case_id, BARRED if case.reason == Reason.APPEAL else FOR_OTHERS)
    return ClaimLost(case_id, f"Your hold on it ran out: {whose} is back in the queue.", can_return=True)


def _why_closed(case: Case) -> str:
    is_erased = not first_member(case)[0].text
    return "what it was about was erased" if is_erased else "the policy now acts on it by itself"


def _joined(stays: Case, user: User) -> ClaimLost:
    """The words of a case whose messages went over to `stays`, which nobody may come upon as if it were theirs."""
    holder = stays.claimed_by if _is_held(stays) else None
    whom = f", which {isolated(holder.get_username())} holds" if holder and holder != user else ""
    words = f"{_whose(stays)} was joined with another case of the same text{whom}."
    return ClaimLost(stays.pk, words, can_return=stays.state == Case.State.OPEN and holder in (None, user))


def _is_held(case: Case) -> bool:
    return bool(case.claim_expires_at and case.claim_expires_at > timezone.now())


def _whose(case: Case) -> str:
    author = first_member(case)[0].author
    return f"{isolated(author)}’s case" if author else "The case"  # noqa: RUF001  (a typographic apostrophe)


def _by(case: Case, user: User) -> str:
    if case.claimed_by is None:
        return "by someone else"
    return "by you already" if case.claimed_by == user else f"by {isolated(case.claimed_by.get_username())}"
