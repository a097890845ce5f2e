"""What a webhook says: made from ids when it is sent, so that what was erased meanwhile is not told."""

from collections.abc import Callable, Sequence
from typing import Any

from django.utils.translation import override

from review.enforcement.as_json import outcome_json, outcomes_to_tell
from review.enforcement.verdicts_as_json import latest_verdicts
from review.models import Delivery, Event, Outcome

Parts = Callable[[Delivery], dict[str, Any]]
_PARTS: dict[str, Parts] = {}


def says(event: Event) -> Callable[[Parts], Parts]:
    """Decorates the function that adds to the bodies of `event` what its `ids` stand for, by key."""

    def register(parts: Parts) -> Parts:
        _PARTS[event] = parts
        return parts

    return register


def bodies(deliveries: Sequence[Delivery]) -> list[dict[str, Any]]:
    """The body of each delivery, in order and in English. A batch takes as many queries as one; `message` and `outcome`
    are read.
    """
    outcomes = outcomes_to_tell({each.outcome_id for each in deliveries if each.outcome_id})
    verdicts = latest_verdicts({each.message_id for each in deliveries if each.message_id})
    with override("en"):
        return [_body(each, outcomes, verdicts) for each in deliveries]


def _body(each: Delivery, outcomes: dict[int, Outcome], verdicts: dict[int, dict[str, Any]]) -> dict[str, Any]:
    message, outcome = each.message, outcomes.get(each.outcome_id or 0)
    return {
        "event": each.event,
        "id": str(each.uid),
        "occurred_at": outcome.effective_at if outcome else each.created_at,
        "message": message
        and {
            "id": message.external_id,
            "author": message.author,
            "channel": message.channel,
            "thread": message.thread,
            "sent_at": message.sent_at,
        },
        "outcome": outcome and outcome_json(outcome),
        "verdict": verdicts.get(each.message_id or 0),
        **(_PARTS[each.event](each) if each.event in _PARTS else {}),
    }
