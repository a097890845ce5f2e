"""The list of cases: filters, orders, and pages by key. Nothing is counted past a limit, nothing is skipped over."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from dataclasses import dataclass
from datetime import datetime
from math import isfinite
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Now

from review.enforcement.queue_summary import LIMIT
from review.models import Case, CaseMember, Decision, Message, Source, User
from review.models.sealing import sealed

PAGE = 50


@dataclass(frozen=True)
class Filters:
    """What is asked for. `reason` "blind" means all sealed cases: their true reason never filters."""

    state: str = Case.State.OPEN
    source: Source | None = None
    reason: str = ""
    order: str = "priority"
    mine: bool = False


@dataclass(frozen=True)
class Order:
    """A column that an index sorts by, then the id."""

    column: str
    descending: bool


ORDERS = {
    "priority": Order("priority", descending=True),
    "oldest": Order("opened_at", descending=False),
    "likeliest": Order("margin", descending=True),
}
LATELY = Order("decided_at", descending=True)


@dataclass(frozen=True)
class Row:
    case: Case
    message: Message
    copies: int
    is_sealed: bool
    decision: Decision | None

    @property
    def probability(self) -> float | None:
        return None if self.is_sealed or self.case.verdict is None else self.case.verdict.probability


@dataclass(frozen=True)
class Page:
    """`next_cursor` is empty on the last page; `found` is at most LIMIT + 1."""

    rows: list[Row]
    next_cursor: str
    found: int


def page_of(user: User, filters: Filters, cursor: str = "", size: int = PAGE) -> Page:
    """The page after `cursor`, or the first one where there is none or it makes no sense."""
    order = order_of(filters)
    found = matching(user, filters)
    cases = list(_after(found, order, cursor).select_related("source", "claimed_by", "verdict")[: size + 1])
    more = len(cases) > size
    next_cursor = _cursor(cases[size - 1], order) if more else ""
    return Page(_rows(cases[:size]), next_cursor, found[: LIMIT + 1].count())


def order_of(filters: Filters) -> Order:
    return LATELY if filters.state == Case.State.DECIDED else ORDERS[filters.order]


def matching(user: User, filters: Filters) -> QuerySet[Case]:
    """Cases that `user` may see and that pass the filters."""
    cases: QuerySet[Case] = Case.objects.visible_to(user).filter(state=filters.state)
    if filters.source:
        cases = cases.filter(source=filters.source)
    if filters.reason == "blind":
        cases = cases.filter(sealed())
    elif filters.reason:
        cases = cases.filter(~sealed(), reason=filters.reason)
    if filters.mine and filters.state == Case.State.OPEN:
        cases = cases.filter(claimed_by=user, claim_expires_at__gt=Now())
    elif filters.mine:
        cases = cases.filter(decisions__in=user.decisions.filter(undone_at=None))
    if order_of(filters).column == "margin":
        cases = cases.filter(~sealed(), margin__isnull=False)
    return cases


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
    """A query each for first messages, for how many there are, for which cases are sealed, and for the decisions."""
    ids = [case.pk for case in cases]
    members = CaseMember.objects.filter(case__in=ids)
    first = CaseMember.objects.filter(case=OuterRef("pk")).order_by("message")
    firsts = dict(Case.objects.filter(pk__in=ids).values_list("pk", Subquery(first.values("message")[:1])))
    counts = dict(members.order_by().values_list("case").annotate(n=Count("pk")))
    messages = Message.objects.in_bulk(list(firsts.values()))
    hidden = set(Case.objects.filter(sealed(), pk__in=ids).values_list("pk", flat=True))
    decisions = {decision.case_id: decision for decision in Decision.objects.filter(case__in=ids, undone_at=None)}
    return [
        Row(case, messages[firsts[case.pk]], counts[case.pk] - 1, case.pk in hidden, decisions.get(case.pk))
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
