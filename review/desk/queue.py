"""The list of cases: filters, orders, and pages by key. Nothing is counted past a limit, nothing is skipped over."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import isfinite
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext

from review.models import Case, CaseMember, Decision, Message, Proposal, Queue, Reason, Report, Source, User
from review.models.sealing import sealed
from review.numbers import number
from review.verdicts import priority

COUNTED = 1_000
"""So far cases are counted under any filter: ten times as many took longer than all else that the database does."""
PAGE = 30
"""Two screens of rows. Each costs half a millisecond of the page, most of it the template."""


@dataclass(frozen=True)
class Filters:
    """What is asked for. `reason` "blind" means all sealed cases: their true reason never filters.

    `rule` is a rule's id, `least` and `most` are probabilities, `waited` hours. What would tell of the model, or that
    somebody complained, leaves sealed cases out.
    """

    state: str = Case.State.OPEN
    source: Source | None = None
    reason: str = ""
    order: str = "priority"
    mine: bool = False
    category: str = ""
    rule: int = 0
    reports: int = 0
    least: float | None = None
    most: float | None = None
    waited: int = 0
    channel: str = ""
    author: str = ""
    queue: Queue | None = None
    language: str = ""

    @property
    def is_narrow(self) -> bool:
        """Whether anything beside the state and the order is asked for."""
        return self != Filters(state=self.state, order=self.order)

    @property
    def is_narrower(self) -> bool:
        """Whether a filter is set that does not stand in the first row."""
        first = Filters(state=self.state, order=self.order, source=self.source, reason=self.reason, mine=self.mine)
        return self != replace(first, queue=self.queue)


@dataclass(frozen=True)
class Order:
    """A column that an index sorts by, then the id."""

    column: str
    descending: bool


ORDERS = {
    "priority": Order("rank", descending=True),
    "oldest": Order("opened_at", descending=False),
    "likeliest": Order("margin", descending=True),
    "reports": Order("reports", descending=True),
}
LATELY = Order("decided_at", descending=True)


@dataclass(frozen=True)
class Row:
    case: Case
    message: Message
    copies: int
    is_sealed: bool
    decision: Decision | None
    is_proposed: bool

    @property
    def can_be_picked(self) -> bool:
        """Whether it may be decided together with others."""
        return not self.is_sealed and not self.is_proposed and self.case.reason != Reason.APPEAL

    @property
    def reason(self) -> str:
        """Its label. Django's own way to it makes a dictionary of all of them for each row."""
        return str(Reason(self.case.reason).label)

    @property
    def urgency(self) -> str:
        """Why it stands where it does, in words. The harm of a blind case is the same for all, so it tells nothing."""
        harm, wait = priority.parts(self.case.priority, self.case.opened_at, timezone.now())
        raised = self.case.raised
        shares = {"all": harm + wait + raised, "harm": harm, "wait": wait, "raised": raised}
        said = {name: number(share, ".2f") for name, share in shares.items()}
        if raised:
            words = gettext(
                "Urgency %(all)s: %(harm)s for how likely and how bad it is, as the policy weighs it, "
                "%(wait)s for the wait, %(raised)s for the target of its queue"
            )
        else:
            words = gettext(
                "Urgency %(all)s: %(harm)s for how likely and how bad it is, as the policy weighs it, "
                "%(wait)s for the wait"
            )
        return words % said

    @property
    def probability(self) -> float | None:
        return None if self.is_sealed or self.case.verdict is None else self.case.verdict.probability


@dataclass(frozen=True)
class Page:
    """`next_cursor` is empty on the last page; `found` is at most `counted` + 1, which reads as "more"."""

    rows: list[Row]
    next_cursor: str
    found: int
    counted: int = COUNTED


def page_of(user: User, filters: Filters, cursor: str = "", size: int = PAGE, counted: int = COUNTED) -> Page:
    """The page after `cursor`, or the first one where there is none or it makes no sense."""
    order = order_of(filters)
    found = matching(user, filters)
    wanted = found.select_related("source", "claimed_by", "verdict").defer("verdict__categories")
    cases = list(_after(wanted, order, cursor)[: size + 1])
    more = len(cases) > size
    next_cursor = _cursor(cases[size - 1], order) if more else ""
    count = found[: counted + 1].count() if more or cursor else len(cases)
    return Page(_rows(cases[:size]), next_cursor, count, counted)


def order_of(filters: Filters) -> Order:
    return LATELY if filters.state == Case.State.DECIDED else ORDERS[filters.order]


def matching(user: User, filters: Filters) -> QuerySet[Case]:
    """Cases that `user` may see and that pass the filters."""
    cases: QuerySet[Case] = Case.objects.visible_to(user).filter(state=filters.state)
    # Said so plainly for what waits, the conditions are those of the indexes.
    is_open = filters.state == Case.State.OPEN
    hidden = Q(blind=True) if is_open else sealed()
    cases = cases.exclude(not_for__contains=[user.pk]) if is_open else cases.exclude(gold_of_others(user))
    if filters.source:
        cases = cases.filter(source=filters.source)
    if filters.reason == "blind":
        cases = cases.filter(hidden)
    elif filters.reason:
        cases = cases.filter(~hidden, reason=filters.reason)
    if filters.mine and is_open:
        cases = cases.filter(claimed_by=user, ahead=False, claim_expires_at__gt=Now())
    elif filters.mine:
        cases = cases.filter(decisions__in=user.decisions.filter(undone_at=None))
    cases = cases.filter(*_narrowed(user, filters, ~hidden))
    if order_of(filters).column == "margin":
        cases = cases.filter(~hidden, margin__isnull=False)
    elif order_of(filters).column == "reports":
        cases = cases.filter(~hidden, reports__gt=0)
    return cases


def _narrowed(user: User, filters: Filters, shown: Q) -> list[Q]:
    """What only some ask for; `shown` is what is not sealed. All but author and rule stands on the case itself."""
    is_open = filters.state == Case.State.OPEN
    asked: list[Q] = []
    if filters.category:
        asked.append(shown & Q(category=filters.category) if is_open else _ruled(category=filters.category))
    if filters.rule:
        asked.append(shown & _about_rule(filters.rule) if is_open else _ruled(rule__rule=filters.rule))
    if filters.reports:
        asked.append(shown & Q(reports__gte=filters.reports))
    if filters.least is not None:
        asked.append(shown & Q(probability__gte=filters.least))
    if filters.most is not None:
        asked.append(shown & Q(probability__lte=filters.most))
    if filters.waited:
        asked.append(Q(opened_at__lte=Now() - timedelta(hours=filters.waited)))
    if filters.queue:
        asked.append(Q(queue=filters.queue))
    if filters.language:
        asked.append(Q(language=filters.language))
    if filters.channel:
        asked.append(Q(channel=filters.channel))
    if filters.author:
        sources = [filters.source] if filters.source else list(Source.objects.visible_to(user))
        theirs = Message.objects.filter(source__in=[each.pk for each in sources], author=filters.author)
        asked.append(Q(pk__in=CaseMember.objects.filter(message__in=theirs).values("case")))
    return asked


def _ruled(**how: Any) -> Q:
    return Q(pk__in=Decision.objects.filter(undone_at=None, **how).values("case"))


def _about_rule(rule: int) -> Q:
    """A report names the rule, or the trigger that matched stands for it."""
    reported = CaseMember.objects.filter(message__in=Report.objects.filter(rule=rule).values("message"))
    return Q(pk__in=reported.values("case")) | Q(verdict__trigger__rule=rule)


def gold_of_others(user: User) -> Q:
    """Gold items that somebody else has answered: `user` may still get them, and must not know the answer.

    Who confirmed a heavy answer or refused one does know it, and goes on seeing the case as any other.
    """
    own = Decision.objects.filter(case=OuterRef("pk"), by=user)
    met = Proposal.objects.filter(case=OuterRef("pk"), ended_by=user)
    return Q(reason=Reason.GOLD) & ~Q(state=Case.State.OPEN) & ~Q(Exists(own)) & ~Q(Exists(met))


def _after(cases: QuerySet[Case], order: Order, cursor: str) -> QuerySet[Case]:
    """Keyset: the rows after the cursor's, in the order of the index."""
    sign, beyond = ("-", "lt") if order.descending else ("", "gt")
    ordered = cases.order_by(f"{sign}{order.column}", "id")
    if (at := _read(cursor, order)) is None:
        return ordered
    value, pk = at
    return ordered.filter(
        Q(**{f"{order.column}__{beyond}": value}) | Q(id__gt=pk), **{f"{order.column}__{beyond}e": value}
    )


def _rows(cases: list[Case]) -> list[Row]:
    """A query each for first messages, for how many there are, for which cases are sealed, for the decisions, and for
    the heavy ones that wait for a second person."""
    ids = [case.pk for case in cases]
    members = CaseMember.objects.filter(case__in=ids)
    first = CaseMember.objects.filter(case=OuterRef("pk")).order_by("message")
    firsts = dict(Case.objects.filter(pk__in=ids).values_list("pk", Subquery(first.values("message")[:1])))
    counts = dict(members.order_by().values_list("case").annotate(n=Count("pk")))
    messages = Message.objects.defer("context", "metadata").in_bulk(list(firsts.values()))
    hidden = set(Case.objects.filter(sealed(), pk__in=ids).values_list("pk", flat=True))
    proposed = set(Proposal.objects.filter(case__in=ids, ended_at=None).values_list("case", flat=True))
    decisions = {decision.case_id: decision for decision in Decision.objects.filter(case__in=ids, undone_at=None)}
    return [
        Row(
            case,
            messages[firsts[case.pk]],
            0 if case.pk in hidden else counts[case.pk] - 1,
            case.pk in hidden,
            decisions.get(case.pk),
            case.pk in proposed,
        )
        for case in cases
    ]


def _cursor(case: Case, order: Order) -> str:
    value = getattr(case, order.column)
    plain = value.isoformat() if isinstance(value, datetime) else value
    return urlsafe_b64encode(json.dumps([order.column, plain, case.pk]).encode()).decode()


def _read(cursor: str, order: Order) -> tuple[Any, int] | None:
    """The cursor's value and id; None for one of another order, or one that was tampered with."""
    try:
        column, plain, pk = json.loads(urlsafe_b64decode(cursor.encode()))
        value = datetime.fromisoformat(plain) if order.column.endswith("_at") else float(plain)
        sound = value.tzinfo is not None if isinstance(value, datetime) else isfinite(value)
        return (value, int(pk)) if sound and column == order.column else None
    except (NotBase64, ValueError, TypeError, OverflowError, RecursionError):
        return None
