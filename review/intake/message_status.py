"""How a message stands: what the API tells its platform about it."""

from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from review.enforcement.as_json import OUTCOME_NEEDS, outcome_json
from review.enforcement.outcomes import in_force
from review.enforcement.verdicts_as_json import latest_verdicts
from review.models import COMPARED, Case, Decision, Message, Pending, Reason, Source


def find(source: Source, external_id: str) -> Message | None:
    """The source's message of that id. Ids of other sources, and ids that no message can have, find nothing."""
    if "\0" in external_id:
        return None
    return Message.objects.select_related("source").filter(source=source, external_id=external_id).first()


def message_status(message: Message) -> dict[str, Any]:
    """The message as the API shows it. What is not yet effective, or was taken back, does not show.

    The verdict shows for blind cases too: this is for the platform, not for the moderator.
    """
    verdict, outcome = latest_verdicts([message.pk]).get(message.pk), in_force(message, *OUTCOME_NEEDS)
    return {
        "id": message.external_id,
        "state": _state(message, verdict),
        "author": message.author,
        "channel": message.channel,
        "thread": message.thread,
        "sent_at": message.sent_at,
        "received_at": message.received_at,
        "verdict": verdict,
        "outcome": outcome and outcome_json(outcome),
        "decisions": [_decision_json(each) for each in _effective_decisions(message).order_by("effective_at", "id")],
    }


def _effective_decisions(message: Message) -> "QuerySet[Decision]":
    return Decision.objects.filter(
        ~Q(case__reason__in=COMPARED),
        case__members__message=message,
        undone_at=None,
        effective_at__lte=timezone.now(),
    ).select_related("by")


def _state(message: Message, verdict: dict[str, Any] | None) -> str:
    """Of several cases the newest tells, save those that only check another.

    A decision that is not yet effective leaves the message in review.
    """
    if not message.text:  # only erasure empties a text
        return "erased"
    cases = Case.objects.filter(members__message=message).exclude(reason__in=(*COMPARED, Reason.ADJUDICATION))
    case = cases.order_by("-id").first()
    if case and case.state != Case.State.CLOSED:
        if _effective_decisions(message).filter(case=case).exists():
            return "decided"
        return "failed" if case.reason == Reason.FAILURE else "in_review"
    if verdict is None or Pending.objects.filter(message=message).exists():
        return "pending"
    return "judged"


def _decision_json(decision: Decision) -> dict[str, Any]:
    """Without the note: that is between moderators."""
    return {
        "category": decision.category,
        "action": decision.action,
        "by": decision.by.username,
        "decided_at": decision.created_at,
        "effective_at": decision.effective_at,
    }
