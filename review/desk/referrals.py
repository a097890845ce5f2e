"""A case that waits for somebody: for a colleague who knows more, or for a senior moderator who may decide more.

While it waits it is offered to nobody else; but whoever sees it may open it, and after a day it is offered to all
again, so that no case is left to somebody who is away.
"""

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from review.desk import claims
from review.desk.case_page import first_member
from review.models import Case, Message, Reason, Referral, Role, Source, User
from review.models.visibility import reach_of
from review.records import audit
from review.records.notes import add_note, colleagues

SHOWN = 100


@dataclass(frozen=True)
class Waiting:
    """A case that waits for somebody, with its first message."""

    referral: Referral
    message: Message


def candidates(source: Source, reason: str, by: User) -> QuerySet[User]:
    """Whom `by` may ask for a decision; of an appeal only senior moderators."""
    others = colleagues(source, but=by)
    return others.filter(_leads(source)) if reason == Reason.APPEAL else others


def has_seniors(source: Source, by: User) -> bool:
    """Whether there is another senior moderator to escalate to."""
    return colleagues(source, but=by).filter(_leads(source)).exists()


@transaction.atomic
def refer(by: User, case_id: int, token: UUID | str, to: User | None, note: str) -> Referral | None:
    """Give a case that `by` holds to somebody, or to the seniors where nobody is named, with a note.

    None if the claim was lost: then nothing is written. An earlier referral of the case is over with this one.
    """
    case = claims.mine(by, case_id, token).first()
    if case is None or not claims.release(by, case_id, token):
        return None
    Referral.objects.filter(case=case, ended_at=None).update(ended_at=Now())
    written = add_note(by, note, case.source, case=case)
    made = Referral.objects.create(case=case, by=by, to=to, note=written)
    audit.record(by, "referred", case, case.source, **({"to": to.pk} if to else {}))
    return made


def offer_to_all(by: User, case: Case) -> bool:
    """Give a case that waits for somebody back to all; whether it did. For who referred it, who is asked, seniors."""
    concerned = Q(by=by) | Q(to=by)
    reach = reach_of(by, Role.SENIOR)
    if reach is None or case.source_id in reach:
        concerned = Q()
    ended = Referral.objects.filter(concerned, case=case, ended_at=None).update(ended_at=Now())
    if ended:
        audit.record(by, "offered to all", case, case.source)
    return bool(ended)


def waiting(user: User) -> list[Waiting]:
    """The cases that wait for somebody, in the sources of `user`: first those that wait for them, then by age."""
    found = (
        Referral.objects.filter(ended_at=None, case__state=Case.State.OPEN, case__in=Case.objects.visible_to(user))
        .select_related("case__source", "case__claimed_by", "by", "to", "note")
        .order_by("pk")[:SHOWN]
    )
    rows = [Waiting(each, first_member(each.case, sealed=True)[0]) for each in found]
    return sorted(rows, key=lambda row: not is_asked(user, row.referral))


def is_asked(user: User, referral: Referral) -> bool:
    """Whether it waits for `user`: by name, or as one of the seniors."""
    if referral.to_id:
        return referral.to_id == user.pk
    reach = reach_of(user, Role.SENIOR)
    return referral.by_id != user.pk and (reach is None or referral.case.source_id in reach)


def _leads(source: Source) -> Q:
    here = Q(memberships__source=source) | Q(memberships__source=None)
    return Q(is_superuser=True) | (here & Q(memberships__role__in=Role.SENIOR.includes))
