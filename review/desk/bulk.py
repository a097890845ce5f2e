"""Several cases decided at one stroke, each with a decision of its own, and taken back together.

Blind cases are never among them: they are drawn to be judged one by one. Nor are appeals, which need an answer each.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy, ngettext

from review.desk import claims, decisions, undoing
from review.desk.decision_buttons import DecisionButton, decision_buttons
from review.desk.thread import Thread, around
from review.models import Case, CaseMember, Decision, Message, Reason, Source, User
from review.numbers import number
from review.registry.policy_versions import policy_of
from review.registry.rules import rule_for_case, rules_of

MOST = 200
TIME_TO_DECIDE = timedelta(seconds=10)
"""The undo window of all begins when this is over: what would take longer is left undecided."""
DOES = {
    "allow": gettext_lazy("Allows %(messages)s of %(authors)s"),
    "hide": gettext_lazy("Hides %(messages)s of %(authors)s"),
    "remove": gettext_lazy("Removes %(messages)s of %(authors)s"),
}


@dataclass(frozen=True)
class Chosen:
    """One case of a selection, with what was said around it."""

    case: Case
    message: Message
    copies: int
    thread: Thread


@dataclass(frozen=True)
class Selection:
    """What of the chosen cases can be decided together; `left_out` says in words what cannot, and why."""

    source: Source | None
    rows: list[Chosen]
    left_out: list[str]
    messages: int
    authors: int
    buttons: list[DecisionButton]

    def words(self, button: DecisionButton) -> str:
        """What the decision does: "Removes 14 messages of 3 authors: harassment"."""
        does = DOES[button.action] % {"messages": self.messages_in_words, "authors": self.authors_in_words}
        return does if button.is_benign else f"{does}: {button.label}"

    @property
    def cases_in_words(self) -> str:
        return cases_in_words(len(self.rows))

    @property
    def messages_in_words(self) -> str:
        return messages_in_words(self.messages)

    @property
    def authors_in_words(self) -> str:
        """As it stands after "of", which in some languages is another form."""
        return ngettext("%(count)s author", "%(count)s authors", self.authors) % {"count": number(self.authors)}


def select(user: User, ids: Sequence[int]) -> Selection:
    """What `user` may decide of the cases `ids`, at most MOST of them, in that order, all of the first one's source."""
    wanted = list(dict.fromkeys(ids))[:MOST]
    seen = Case.objects.visible_to(user).filter(pk__in=wanted)
    place = {pk: number for number, pk in enumerate(wanted)}
    found = decidable(user).filter(pk__in=wanted).select_related("source", "verdict")
    cases = sorted(found, key=lambda case: place[case.pk])
    source = cases[0].source if cases else None
    of_others = [case for case in cases if case.source_id != (source.pk if source else None)]
    cases = [case for case in cases if case not in of_others]
    kept = [case.pk for case in cases]
    members = CaseMember.objects.filter(case__in=kept)
    firsts: dict[int, int] = {}
    for case, message in members.order_by("case", "-message").values_list("case", "message"):
        firsts[case] = message
    counts = dict(members.order_by().values_list("case").annotate(n=Count("pk")))
    messages = Message.objects.in_bulk(list(firsts.values()))
    return Selection(
        source=source,
        rows=[
            Chosen(case, messages[firsts[case.pk]], counts[case.pk] - 1, around(messages[firsts[case.pk]]))
            for case in cases
        ],
        left_out=_left_out(seen.exclude(pk__in=kept), of_others, len(dict.fromkeys(ids)) - len(wanted)),
        messages=sum(counts.values()),
        authors=Message.objects.filter(memberships__case__in=kept).values("author").distinct().count(),
        buttons=decision_buttons(policy_of(source), rules_of(source), set()) if source else [],
    )


def decide_all(user: User, ids: Sequence[int], field: str, value: str) -> tuple[UUID, int]:
    """Decide each of the cases as the button says, by itself, or propose that; under which sign, and how many.

    What somebody else took or decided meanwhile is left as it is, and so is what a rule that has left the book meant.
    """
    bulk, until = uuid4(), timezone.now() + TIME_TO_DECIDE
    effective_at = until + undoing.undo_window()
    decided = 0
    wanted = list(dict.fromkeys(ids))[:MOST]
    for case_id in wanted:
        if timezone.now() > until:
            break
        with transaction.atomic():
            rule = rule_for_case(case_id, int(value)) if field == "rule" else None
            token = _claim(user, case_id) if rule or field == "category" else None
            category = value if field == "category" else ""
            if token and decisions.decide(
                user, case_id, token, category, rule=rule, bulk=bulk, effective_at=effective_at, together=len(wanted)
            ):
                decided += 1
    return bulk, decided


def undo_all(user: User, bulk: UUID) -> int:
    """Take back what can still be taken back, and give the cases back to the queue; how many."""
    undone = 0
    for pk in decided_in(user, bulk).filter(effective_at__gt=Now()).values_list("pk", flat=True):
        undone += undoing.undo(user, pk, keep=False)
    return undone


def decided_in(user: User, bulk: UUID) -> QuerySet[Decision]:
    """The decisions that `user` made at that stroke and that were not taken back."""
    visible = Case.objects.visible_to(user)
    return Decision.objects.filter(bulk=bulk, by=user, undone_at=None, case__in=visible).order_by("pk")


def decidable(user: User) -> QuerySet[Case]:
    """Cases that `user` may decide together with others: open, free or their own, neither blind nor an appeal."""
    free_or_mine = Q(claim_expires_at=None) | Q(claim_expires_at__lte=Now()) | Q(claimed_by=user)
    cases: QuerySet[Case] = Case.objects.visible_to(user).filter(
        free_or_mine, claims.may_take(user), state=Case.State.OPEN, blind=False
    )
    return cases.exclude(reason=Reason.APPEAL)


def _claim(user: User, case_id: int) -> UUID | None:
    """Hold one case for the length of this transaction; what else the person holds stays theirs."""
    claim = claims.new_claim(user)
    return claim["claim_token"] if decidable(user).filter(pk=case_id).update(**claim) else None


def _left_out(cases: QuerySet[Case], of_others: Sequence[Case], too_many: int) -> list[str]:
    """Sentences, one a reason."""
    elsewhere = {case.pk for case in of_others}
    found = [case for case in cases.select_related("claimed_by") if case.pk not in elsewhere]
    kinds = {
        gettext("%(cases)s blind: each has to be judged by itself"): [
            c for c in found if c.state == Case.State.OPEN and c.blind
        ],
        gettext("%(cases)s an appeal: each needs an answer"): [
            c for c in found if c.state == Case.State.OPEN and _is_appeal(c)
        ],
        gettext("%(cases)s with somebody else"): [
            c for c in found if c.state == Case.State.OPEN and not c.blind and not _is_appeal(c)
        ],
        gettext("%(cases)s decided or closed meanwhile"): [c for c in found if c.state != Case.State.OPEN],
        gettext("%(cases)s of another community: decide those together next"): list(of_others),
    }
    said = [why % {"cases": cases_in_words(len(cases))} for why, cases in kinds.items() if cases]
    more = gettext("%(cases)s more than %(most)s") % {"cases": cases_in_words(too_many), "most": MOST}
    return [*said, more] if too_many > 0 else said


def _is_appeal(case: Case) -> bool:
    return case.reason == Reason.APPEAL and not case.blind


def cases_in_words(count: int) -> str:
    return ngettext("%(count)s case", "%(count)s cases", count) % {"count": number(count)}


def messages_in_words(count: int) -> str:
    return ngettext("%(count)s message", "%(count)s messages", count) % {"count": number(count)}
