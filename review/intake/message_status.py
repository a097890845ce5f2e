"""How a message stands: what the API tells its platform about it."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from review.enforcement.as_json import OUTCOME_NEEDS, VERDICT_NEEDS, outcome_json, verdict_json
from review.enforcement.outcomes import in_force
from review.models import Case, Decision, Message, Pending, Reason, Source, Verdict


def find(source: Source, external_id: str) -> Message | None:
    """The source's message of that id. Ids of other sources, and ids that no message can have, find nothing."""
    if "\0" in external_id:
        return None
    return Message.objects.select_related("source").filter(source=source, external_id=external_id).first()


def message_status(message: Message) -> dict[str, Any]:
    """The message as the API shows it. What is not yet effective, or was taken back, does not show.

    The verdict shows for blind cases too: this is for the platform, not for the moderator.
    """
    verdict, outcome = _latest_verdict(message), in_force(message, *OUTCOME_NEEDS)
    return {
        "id": message.external_id,
        "state": _state(message, verdict),
        "author": message.author,
        "channel": message.channel,
        "thread": message.thread,
        "sent_at": message.sent_at,
        "received_at": message.received_at,
        "verdict": verdict and verdict_json(verdict),
        "outcome": outcome and outcome_json(outcome),
        "decisions": [_decision_json(each) for each in _effective_decisions(message).order_by("effective_at", "id")],
    }


def latest_verdicts(messages: Sequence[int]) -> dict[int, Verdict]:
    """The verdict in force on each of the messages (ids) that has one, with all that `verdict_json` needs."""
    latest = Verdict.objects.filter(message__in=messages).order_by("message", "-id").distinct("message")
    return {verdict.message_id: verdict for verdict in latest.select_related(*VERDICT_NEEDS)}


def _latest_verdict(message: Message) -> Verdict | None:
    return latest_verdicts([message.pk]).get(message.pk)


def _effective_decisions(message: Message) -> "QuerySet[Decision]":
    return Decision.objects.filter(
        case__members__message=message, undone_at=None, effective_at__lte=timezone.now()
    ).select_related("by")


def _state(message: Message, verdict: Verdict | None) -> str:
    """Of several cases the newest tells; a decision that is not yet effective leaves the message in review."""
    if not message.text:  # only erasure empties a text
        return "erased"
    case = Case.objects.filter(members__message=message).order_by("-id").first()
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
