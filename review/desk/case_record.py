"""A case in full, with where everything came from: for looking back, not for deciding fast."""

from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils import timezone

from review.desk import case_page, reversals, undoing
from review.desk.case_page import CasePage
from review.models import Case, Category, Decision, Message, Outcome, Proposal, Skip, User, Verdict

SHOWN = 100


@dataclass(frozen=True)
class VerdictRow:
    """A verdict, and its categories in their usual order."""

    verdict: Verdict
    categories: list[tuple[str, float]]


@dataclass(frozen=True)
class CaseRecord:
    """`messages`, `verdicts` and outcomes of acting by itself are left out while the case is sealed.

    `undoable` is the decision that this person can still take back, `reversible` the one that they may reverse.
    `proposal` waits for a second person.
    """

    page: CasePage
    messages: list[Message]
    verdicts: list[VerdictRow]
    decisions: list[Decision]
    outcomes: list[Outcome]
    skips: list[Skip]
    is_held: bool
    is_mine: bool
    undoable: Decision | None
    reversible: Decision | None
    proposal: Proposal | None


def build(case: Case, user: User) -> CaseRecord:
    """Gather the record of `case`, at most SHOWN members and what happened to them."""
    page = case_page.build(case, user)
    messages = list(case.messages.order_by("pk")[:SHOWN])
    made = list(
        case.decisions.select_related("by", "undone_by", "case", "rule").prefetch_related("reversals").order_by("pk")
    )
    is_held = bool(case.claim_expires_at and case.claim_expires_at > timezone.now())
    return CaseRecord(
        page=page,
        messages=[] if page.is_sealed else messages,
        verdicts=[] if page.is_sealed else [_row(verdict) for verdict in _verdicts(messages)],
        decisions=made,
        outcomes=list(_outcomes(case, messages, sealed=page.is_sealed)),
        skips=list(case.skips.select_related("user").order_by("pk")),
        is_held=is_held,
        is_mine=is_held and case.claimed_by_id == user.pk,
        reversible=_reversible(case, user),
        proposal=Proposal.objects.filter(case=case, ended_at=None).select_related("by").first(),
        undoable=next((each for each in made if _can_be_undone(each, user)), None),
    )


def _can_be_undone(decision: Decision, user: User) -> bool:
    in_time = decision.undone_at is None and decision.effective_at > timezone.now()
    return in_time and undoing.may_undo(user, decision)


def _reversible(case: Case, user: User) -> Decision | None:
    """The standing decision, where `user` may reverse it and nobody has."""
    standing = Decision.objects.filter(reversals.reversible_by(user), case=case)
    return standing.exclude(reversals__state=Case.State.DECIDED).first()


def _row(verdict: Verdict) -> VerdictRow:
    named = [(str(name.label), verdict.categories[name]) for name in Category if name in verdict.categories]
    return VerdictRow(verdict, named)


def _verdicts(messages: list[Message]) -> QuerySet[Verdict]:
    return (
        Verdict.objects.filter(message__in=messages)
        .select_related(
            "score__model",
            "score__rubric",
            "score__explanation",
            "calibrator",
            "policy",
            "message",
            "trigger__added_in",
        )
        .defer("score__rubric__text", "calibrator__parameters")
        .order_by("-pk")[:SHOWN]
    )


def _outcomes(case: Case, messages: list[Message], *, sealed: bool) -> QuerySet[Outcome]:
    """What was done to the messages. While sealed, what was done without this case would give others' views away."""
    outcomes = Outcome.objects.filter(message__in=messages).select_related("by", "message", "rule")
    if sealed:
        outcomes = outcomes.filter(decision__case=case)
    return outcomes.order_by("message", "seq")[:SHOWN]
