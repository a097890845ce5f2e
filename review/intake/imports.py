"""Labels that came with a file, as decisions of an import account and labels of their own kind."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from review.intake.labels import Labelled
from review.models import Case, CaseMember, Category, Decision, Label, Message, Reason, Source, User
from review.registry.policy_versions import policy_of
from review.verdicts import priority

ACCOUNT = "import"


@dataclass
class Imported:
    """What became of labels: `new` ones, `corrected` ones, and `differing` ones that were left as they stand.

    The last are named by external id, with what stands.
    """

    new: int = 0
    corrected: int = 0
    differing: dict[str, str] = field(default_factory=dict)


def import_account() -> User:
    """The account in whose name imports decide. Nobody can sign in with it."""
    user, _ = User.objects.get_or_create(
        username=ACCOUNT, defaults={"is_active": False, "password": make_password(None), "first_name": "Import"}
    )
    return user


@transaction.atomic
def decide_imported(source: Source, wanted: Mapping[str, Category], labelled: Labelled) -> Imported:
    """Label messages by external id as is wanted.

    Each becomes a decided case with a decision in force and a label. No outcome: what was done about the message,
    if anything, was done elsewhere. Up to 1,000 at a time keep the transaction short.
    """
    account, now = import_account(), timezone.now()
    User.objects.select_for_update().get(pk=account.pk)  # two imports of one file must not both decide
    found = Message.objects.filter(source=source, external_id__in=wanted)
    in_force = _labels_in_force(source, account, wanted)
    new = [message for message in found if message.external_id not in in_force]
    cases = _open_cases(new, now)
    imported = Imported(new=len(new))
    for external_id, label in in_force.items():
        if (label.category, label.cohort_rate) != (wanted[external_id], labelled.drawn):
            imported.differing[external_id] = _said(label)
    if labelled.relabel:
        corrected = [in_force[external_id] for external_id in imported.differing]
        Decision.objects.filter(pk__in=[label.decision_id for label in corrected]).update(
            undone_at=now, undone_by=account
        )
        cases += [(label.decision.case, label.message) for label in corrected]
        imported = Imported(new=len(new), corrected=len(corrected))
    _decide(cases, wanted, labelled, account, now)
    return imported


def _labels_in_force(source: Source, account: User, wanted: Mapping[str, Category]) -> dict[str, Label]:
    """What imports said before of these messages."""
    labels = Label.objects.filter(
        source=source, message__external_id__in=wanted, decision__by=account, decision__undone_at=None
    )
    return {label.message.external_id: label for label in labels.select_related("message", "decision__case")}


def _said(label: Label) -> str:
    return f"{label.category}, drawn at {label.cohort_rate:g}" if label.cohort_rate else label.category


def _open_cases(messages: list[Message], now: datetime) -> list[tuple[Case, Message]]:
    rank = priority.priority(0, now)
    cases = Case.objects.bulk_create(_case(message, rank, now) for message in messages)
    pairs = list(zip(cases, messages, strict=True))
    CaseMember.objects.bulk_create(CaseMember(case=case, message=message) for case, message in pairs)
    return pairs


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


def _decide(
    cases: list[tuple[Case, Message]],
    wanted: Mapping[str, Category],
    labelled: Labelled,
    account: User,
    now: datetime,
) -> None:
    if not cases:
        return
    policy = policy_of(cases[0][1].source)
    decisions = Decision.objects.bulk_create(
        Decision(case=case, by=account, category=category, action=policy.default_action(category), effective_at=now)
        for case, category in ((case, wanted[message.external_id]) for case, message in cases)
    )
    Label.objects.bulk_create(
        _label(decision, message, labelled.drawn) for decision, (_, message) in zip(decisions, cases, strict=True)
    )


def _label(decision: Decision, message: Message, drawn: float | None) -> Label:
    return Label(
        decision=decision,
        source_id=message.source_id,
        message=message,
        violation=decision.category != Category.BENIGN,
        category=decision.category,
        blind=drawn is not None,
        cohort_rate=drawn,
        declared=drawn is not None,
    )
