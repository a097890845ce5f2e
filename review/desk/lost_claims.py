"""Why a claim is gone, in words for the person who lost it."""

from dataclasses import dataclass

from django.utils import timezone

from review.desk.case_page import first_member
from review.models import Case, User


@dataclass(frozen=True)
class ClaimLost:
    """`can_return` is set where nobody else holds the case, so that it can be opened again."""

    case_id: int
    words: str
    can_return: bool = False


def claim_lost(user: User, case_id: int) -> ClaimLost:
    """What became of a case that `user` meant to hold."""
    case = Case.objects.visible_to(user).filter(pk=case_id).select_related("claimed_by").first()
    if case is None:
        return ClaimLost(case_id, "That case is gone.")
    whose = _whose(case)
    if case.state == Case.State.CLOSED:
        return ClaimLost(case_id, f"{whose} needs no ruling any more: the policy now acts on it by itself.")
    if case.state != Case.State.OPEN:
        return ClaimLost(case_id, f"{whose} was decided {_by(case, user)}.")
    if case.claimed_by not in (None, user) and case.claim_expires_at and case.claim_expires_at > timezone.now():
        return ClaimLost(case_id, f"{whose} was taken over {_by(case, user)}.")
    return ClaimLost(case_id, f"Your hold on it ran out: {whose} is back in the queue.", can_return=True)


def _whose(case: Case) -> str:
    author = first_member(case)[0].author
    return f"{author}’s case" if author else "The case"  # noqa: RUF001  (a typographic apostrophe)


def _by(case: Case, user: User) -> str:
    if case.claimed_by is None:
        return "by someone else"
    return "by you already" if case.claimed_by == user else f"by {case.claimed_by.get_username()}"
