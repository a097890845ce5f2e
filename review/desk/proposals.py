"""Heavy decisions: made by one person, in effect only once another one has confirmed them.

The case waits with its proposal and is offered to nobody. Refused, taken back or left for a day, it goes to the queue.

Blind cases of all kinds wait alike, so that it does not tell what they are: gold items and second opinions too, of
which nothing leaves whoever confirms them.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from review.access import people_of
from review.desk import claims
from review.desk.case_page import first_member
from review.desk.recording import conclude
from review.models import COMPARED, AuthorAction, Case, Decision, Message, Policy, Proposal, Reason, User
from review.records import audit
from review.registry.heavy import parse_heavy

EXPIRES = timedelta(days=1)
CHUNK = 500
SHOWN = 100


@dataclass(frozen=True)
class PendingProposal:
    """What was proposed at one stroke: its first case with its message, and how many cases there are.

    `is_own` is whether who looks proposed it.
    """

    proposal: Proposal
    message: Message
    cases: int
    is_own: bool

    @property
    def expires_at(self) -> datetime:
        return self.proposal.created_at + EXPIRES


def is_heavy(policy: Policy, case: Case, action: str, author_action: str, together: int = 1) -> bool:
    """Whether such a decision of `case`, one of so many at a stroke, needs a second person."""
    is_a_second_look = case.reason == Reason.APPEAL  # somebody else has decided before, so one person is enough
    return not is_a_second_look and parse_heavy(policy.heavy).covers(action, author_action, together)


def propose(case: Case, by: User, category: str, **what: Any) -> Proposal:
    """Have the case, which `by` holds in this transaction, wait for a second person."""
    Case.objects.filter(pk=case.pk).update(state=Case.State.OPEN, decided_at=None, **claims.NO_CLAIM)
    what["author_action"] = what["author_action"] or AuthorAction.NONE
    made = Proposal.objects.create(case=case, by=by, category=category, **what)
    audit.record(by, "proposed", case, case.source, action=made.action, author_action=made.author_action)
    return made


def waiting(user: User) -> list[PendingProposal]:
    """What waits for a second person in the sources of `user`, by stroke: first what they may answer, then by age."""
    firsts: dict[object, Proposal] = {}
    for each in _open(user).select_related("case__source", "by", "rule").order_by("pk")[:SHOWN]:
        firsts.setdefault(each.bulk or each.pk, each)
    rows = [
        PendingProposal(
            each, first_member(each.case, sealed=True)[0], len(_of_the_same_bulk(user, each)), each.by_id == user.pk
        )
        for each in firsts.values()
    ]
    return sorted(rows, key=lambda row: row.is_own)


def confirm(user: User, proposal: Proposal, effective_at: datetime) -> int:
    """Have what somebody else proposed, at that stroke, in effect from then on; how many of it could be."""
    return sum(_confirm(user, pk, effective_at) is not None for pk in _of_the_same_bulk(user, proposal))


def refuse(user: User, proposal: Proposal) -> int:
    """Give the cases of that stroke back to the queue; whoever proposed it takes it back by that. How many."""
    return sum(_end(user, pk) for pk in _of_the_same_bulk(user, proposal))


def expire_due() -> int:
    """End what nobody answered in time, and what waits for nothing any more; how many, at most CHUNK at a time."""
    late = Q(created_at__lte=Now() - EXPIRES) | ~Q(case__state=Case.State.OPEN)
    due = Proposal.objects.filter(late, ended_at=None).order_by("pk").values_list("pk", flat=True)[:CHUNK]
    return sum(_expire(pk) for pk in due)


@transaction.atomic
def _confirm(user: User, pk: int, effective_at: datetime) -> Decision | None:
    barred = Q(by=user) | Q(created_at__lte=Now() - EXPIRES)
    if not _won(_open(user).exclude(barred), user, pk, Proposal.End.CONFIRMED):
        return None
    decision = _decide(_proposal(pk), effective_at)
    if decision is None:
        transaction.set_rollback(True)
        return None
    audit.record(user, "confirmed", decision.case, decision.case.source, decision=decision.pk)
    return decision


def _decide(proposal: Proposal, effective_at: datetime) -> Decision | None:
    """Have it be the decision of who made it; None where its case waits no more."""
    now, case = timezone.now(), proposal.case
    decided = {"state": Case.State.DECIDED, "decided_at": now, "claimed_by": proposal.by}
    if not Case.objects.filter(pk=case.pk, state=Case.State.OPEN).update(**decided):
        return None
    case.state = Case.State.DECIDED
    what = {name: getattr(proposal, name) for name in ("rule", "action", "note", "note_to_author", "author_action")}
    decision = conclude(
        case, proposal.by, proposal.category, made_at=now, effective_at=effective_at, bulk=proposal.bulk, **what
    )
    Proposal.objects.filter(pk=proposal.pk).update(decision=decision)
    return decision


@transaction.atomic
def _end(user: User, pk: int) -> bool:
    proposal = Proposal.objects.select_related("case__source").get(pk=pk)
    end = Proposal.End.WITHDRAWN if proposal.by_id == user.pk else Proposal.End.REFUSED
    if not _won(_open(user), user, pk, end):
        return False
    verb = "took back proposal" if end == Proposal.End.WITHDRAWN else "refused proposal"
    audit.record(user, verb, proposal.case, proposal.case.source, proposal=pk)
    return True


@transaction.atomic
def _expire(pk: int) -> bool:
    if not _won(Proposal.objects.filter(ended_at=None), None, pk, Proposal.End.EXPIRED):
        return False
    proposal = _proposal(pk)
    audit.record(None, "proposal expired", proposal.case, proposal.case.source, proposal=pk)
    if _is_an_answer_alone(proposal):
        _decide(proposal, timezone.now())
    return True


def _is_an_answer_alone(proposal: Proposal) -> bool:
    """Whether nothing is done because of it, and nobody could have confirmed it who may not know what it is.

    In the queue again it would go round for ever: from the one person who may judge it to nobody.
    """
    case = proposal.case
    others = people_of(case.source_id, but=[proposal.by_id, *case.not_for])
    return case.reason in COMPARED and not others.exists()


def _proposal(pk: int) -> Proposal:
    return Proposal.objects.select_related("case__source__quality_rates", "by", "rule").get(pk=pk)


def _won(proposals: QuerySet[Proposal], by: User | None, pk: int, end: Proposal.End) -> bool:
    return bool(proposals.filter(pk=pk).update(ended_at=Now(), end=end, ended_by=by))


def _open(user: User) -> QuerySet[Proposal]:
    """What waits, of cases that `user` may judge; and what they proposed themselves."""
    cases = Case.objects.visible_to(user).filter(state=Case.State.OPEN)
    judged = cases.filter(claims.may_judge(user))
    return Proposal.objects.filter(Q(case__in=judged) | Q(case__in=cases, by=user), ended_at=None)


def _of_the_same_bulk(user: User, proposal: Proposal) -> list[int]:
    """The proposal, or all that were made at its stroke."""
    same = Q(bulk=proposal.bulk) if proposal.bulk else Q(pk=proposal.pk)
    return list(_open(user).filter(same).order_by("pk").values_list("pk", flat=True))
