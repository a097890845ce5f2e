"""Rulings that came with a file: decisions of an import account, labels that fit calibrators and certify nothing."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from review.models import Case, CaseMember, Category, Decision, Label, Message, Reason, Source, User
from review.registry.policies import policy_of
from review.verdicts import priority

ACCOUNT = "import"
VIOLATION = Category.TOXICITY  # the broadest, for rows that say "1" and no more


class InvalidLabel(ValueError):
    """A label is neither 0, nor 1, nor a category."""


def ruling_of(item: Mapping[str, Any], field: str) -> Category | None:
    """The category that `item` was ruled in `field`, None where that is empty. Raises InvalidLabel.

    0 is benign; 1 is the violation named in the row's `category`, if it names one, else toxicity.
    """
    value = item.get(field)
    if value is None or value == "":
        return None
    word = str(int(value)) if isinstance(value, bool | int) or value in (0.0, 1.0) else str(value).strip()
    if word == "0":
        return Category.BENIGN
    if word == "1":
        named = item.get("category")
        return (
            Category(named)
            if isinstance(named, str) and named in set(Category.values) - {Category.BENIGN}
            else VIOLATION
        )
    if word in Category.values:
        return Category(word)
    raise InvalidLabel(f"{field}: must be 0, 1 or a category, not {word[:40]!r}")


def import_account() -> User:
    """The account in whose name imports decide. Nobody can sign in with it."""
    user, _ = User.objects.get_or_create(
        username=ACCOUNT, defaults={"is_active": False, "password": make_password(None), "first_name": "Import"}
    )
    return user


@transaction.atomic
def decide_imported(source: Source, rulings: Mapping[str, Category]) -> int:
    """Rule on messages by external id; returns how many were not ruled on by an import before.

    Each becomes a decided case with a decision in force and a label. No outcome: what was done about the message,
    if anything, was done elsewhere. Up to 1,000 at a time keep the transaction short.
    """
    account, policy, now = import_account(), policy_of(source), timezone.now()
    User.objects.select_for_update().get(pk=account.pk)  # two imports of one file must not both rule
    messages = list(
        Message.objects.filter(source=source, external_id__in=rulings).exclude(cases__decisions__by=account)
    )
    ruled = [rulings[message.external_id] for message in messages]
    rank = priority.priority(0, now)
    cases = Case.objects.bulk_create(_case(message, rank, now) for message in messages)
    CaseMember.objects.bulk_create(
        CaseMember(case=case, message=message) for case, message in zip(cases, messages, strict=True)
    )
    decisions = Decision.objects.bulk_create(
        Decision(case=case, by=account, category=category, action=policy.default_action(category), effective_at=now)
        for case, category in zip(cases, ruled, strict=True)
    )
    Label.objects.bulk_create(_label(decision, message) for decision, message in zip(decisions, messages, strict=True))
    return len(messages)


def _case(message: Message, rank: float, now: datetime) -> Case:
    return Case(
        source_id=message.source_id,
        reason=Reason.IMPORT,
        state=Case.State.DECIDED,
        text_digest=message.text_digest,
        priority=rank,
        opened_at=now,
        decided_at=now,
    )


def _label(decision: Decision, message: Message) -> Label:
    return Label(
        decision=decision,
        source_id=message.source_id,
        message=message,
        violation=decision.category != Category.BENIGN,
        category=decision.category,
        blind=False,
        cohort_rate=None,
    )
