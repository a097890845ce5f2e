"""Which triggers brought a case to people, from what is on record, and where they stand in its text."""

from collections.abc import Sequence

from review.models import Case, Trigger
from review.triggers.highlight import Span
from review.triggers.matcher import Matcher

MEMBERS = 50
"""Of a raid's copies, all of the same text, how many are looked at."""
MOST = 20


def triggers_of(case: Case) -> list[Trigger]:
    """The triggers, other than those in shadow, that messages of the case had when they were judged."""
    members = case.members.order_by("-message").values("message")[:MEMBERS]
    matched = Trigger.objects.filter(matches__message__in=members, mode=Trigger.Mode.ON)
    return list(matched.order_by("pk").distinct()[:MOST])


def spans_in(text: str, triggers: Sequence[Trigger]) -> list[Span]:
    """Where the triggers stand in a text; empty where there are none."""
    return [(match.start, match.end) for match in Matcher(triggers).find(text)] if triggers else []
