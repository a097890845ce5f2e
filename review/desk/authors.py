"""An author's record in one source: how long, how much, and how often it ended badly."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import OuterRef, Subquery
from django.utils import timezone

from review.enforcement.outcomes import in_force
from review.models import Action, Case, Message, Outcome

WINDOW = timedelta(days=90)
LOOKED_AT = 300
COUNTED = 10_000
STRIP = 20
BAD = (Action.HIDE, Action.REMOVE)


@dataclass(frozen=True)
class AuthorRecord:
    """`judged` and `violations` are of the latest LOOKED_AT messages within 90 days; `strip` goes old to new."""

    name: str
    first_seen: datetime
    messages: int
    judged: int
    violations: int
    strip: list[str]

    @property
    def is_capped(self) -> bool:
        return self.judged >= LOOKED_AT


def record_of(case: Case, message: Message, *, sealed: bool) -> AuthorRecord | None:
    """The record of the message's author, without the case itself; None for messages that name no author.

    Where the case is sealed, only what people ruled counts, so that the record says nothing of the model's.
    """
    if not message.author:
        return None
    by_author = Message.objects.filter(source=case.source_id, author=message.author)
    outcomes = Outcome.objects.filter(in_force(), message=OuterRef("pk")).order_by("-seq")
    if sealed:
        outcomes = outcomes.filter(decision__isnull=False)
    latest = (
        by_author.order_by("-pk")
        .annotate(action=Subquery(outcomes.values("action")[:1]))
        .exclude(text_digest=message.text_digest)
        .values_list("received_at", "action")[:LOOKED_AT]
    )
    since = timezone.now() - WINDOW
    actions = [action for received_at, action in latest if action and received_at >= since]
    return AuthorRecord(
        name=message.author,
        first_seen=by_author.order_by("pk").values_list("sent_at", flat=True)[0],
        messages=by_author[: COUNTED + 1].count(),
        judged=len(actions),
        violations=sum(action in BAD for action in actions),
        strip=list(reversed(actions[:STRIP])),
    )
