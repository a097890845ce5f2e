"""What is done to authors: warn, mute, ban, by the policy's ladder of strikes, and taking it back.

A step is taken when strikes reach it. It is taken back when the outcomes behind it are reversed so that they would not
have reached it; fading takes nothing back, since how long a mute lasts is the platform's to say.
"""

from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from review.enforcement import strikes
from review.enforcement.outbox import enqueue
from review.enforcement.webhooks.bodies import says
from review.models import AuthorAction, AuthorOutcome, Delivery, Event, PendingAuthor, Policy, Source, User
from review.records import audit
from review.records.sweeps import each_alone
from review.registry.policy_versions import policy_of
from review.registry.strike_ladder import parse_strikes

CHUNK = 200
REVERSED = "outcomes behind it were reversed"


@dataclass(frozen=True)
class Standing:
    """An author's record now: `total` strikes, what is in force, and what one more strike would come to and do."""

    total: float
    count: int
    in_force: AuthorOutcome | None
    one_more: list[tuple[str, float, AuthorAction]]
    has_steps: bool

    @property
    def action(self) -> AuthorAction:
        return AuthorAction(self.in_force.action) if self.in_force else AuthorAction.NONE


def standing(source: Source, policy: Policy, author: str, category: str = "") -> Standing:
    """The record under the policy in force, with one more strike for each action, for a message of `category`."""
    ladder, now = parse_strikes(policy.strikes), timezone.now()
    found = strikes.counted(source, author, ladder, now, for_show=True)
    total, last = ladder.total(found, now), in_force(source, author)
    more = [(action, total + ladder.weight(action, category)) for action in ("hide", "remove")]
    return Standing(
        total=total,
        count=len(found),
        in_force=last,
        one_more=[(action, then, ladder.step(then)) for action, then in more],
        has_steps=bool(ladder.steps),
    )


def in_force(source: Source, author: str) -> AuthorOutcome | None:
    """The last step; None if nothing was ever done to the author."""
    steps = AuthorOutcome.objects.filter(source=source, author=author)
    return steps.order_by("-seq").select_related("policy", "by").first()


def settle_due() -> int:
    """Look at every author whose record has changed by now, at most CHUNK changes at a time; how many."""
    due = PendingAuthor.objects.filter(due_at__lte=timezone.now()).order_by("due_at")
    rows = list(due.values_list("source_id", "author")[:CHUNK])
    authors = list(dict.fromkeys(rows))
    sources = Source.objects.in_bulk({source for source, _ in authors})
    each_alone("authors", authors, lambda each: _settle(sources[each[0]], each[1]))
    return len(rows)


@transaction.atomic
def lift(source: Source, author: str, by: User) -> bool:
    """Take back what is in force; whether there was anything. Further strikes count on top of those that are there."""
    _hold(source, author)
    last = in_force(source, author)
    if last is None or last.action == AuthorAction.NONE:
        return False
    ladder = parse_strikes(policy_of(source).strikes)
    now = timezone.now()
    total = ladder.total(strikes.counted(source, author, ladder, now), now)
    made = _append(
        source, author, AuthorAction.NONE, total, policy_of(source), why="lifted by a person", reverses=last, by=by
    )
    audit.record(by, "lifted author outcome", made, source)
    return True


@transaction.atomic
def _settle(source: Source, author: str) -> None:
    """Bring what is done to an author in line with the record, then forget that it was due."""
    _hold(source, author)
    now = timezone.now()
    due = PendingAuthor.objects.filter(source=source, author=author, due_at__lte=now)
    ids = list(due.values_list("pk", flat=True))
    policy, last = policy_of(source), in_force(source, author)
    ladder = parse_strikes(policy.strikes)
    found = strikes.counted(source, author, ladder, now)
    total = ladder.total(found, now)
    reached, present = ladder.step(total), AuthorAction(last.action) if last else AuthorAction.NONE
    is_struck_anew = bool(found) and (last is None or found[0].since > last.created_at)
    if reached.rank > present.rank and is_struck_anew:
        _append(source, author, reached, total, policy, why=f"{total:.2g} strikes under policy {policy.version}")
    elif last and last.by_id is None and present.rank:
        _take_back(source, author, last, total)
    PendingAuthor.objects.filter(pk__in=ids).delete()


def _take_back(source: Source, author: str, last: AuthorOutcome, total: float) -> None:
    """Where the strikes that are left would not have reached the step in force, by the policy it was taken under."""
    then = parse_strikes(last.policy.strikes)
    left = strikes.counted(source, author, then, last.created_at)
    would_have = then.step(then.total(left, last.created_at))
    if would_have.rank < AuthorAction(last.action).rank:
        _append(source, author, would_have, total, policy_of(source), why=REVERSED, reverses=last)


def _append(
    source: Source,
    author: str,
    action: AuthorAction,
    total: float,
    policy: Policy,
    *,
    why: str,
    reverses: AuthorOutcome | None = None,
    by: User | None = None,
) -> AuthorOutcome:
    last = in_force(source, author)
    made = AuthorOutcome.objects.create(
        source=source,
        author=author,
        seq=last.seq + 1 if last else 1,
        action=action,
        strikes=total,
        policy=policy,
        why=why,
        reverses=reverses,
        by=by,
        created_at=timezone.now(),
    )
    enqueue(Event.AUTHOR_OUTCOME, source, author_outcome=made.pk)
    return made


@says(Event.AUTHOR_OUTCOME)
def _told(delivery: Delivery) -> dict[str, Any]:
    """The step on the author. `seq` tells which of two is later; `reverses` is the `seq` of what it takes back."""
    made = AuthorOutcome.objects.select_related("by", "reverses").filter(pk=delivery.ids["author_outcome"]).first()
    if made is None:
        return {"author": None}
    return {
        "author": {
            "id": made.author,
            "seq": made.seq,
            "action": made.action,
            "by": made.by.username if made.by else None,
            "why": made.why,
            "strikes": round(made.strikes, 1),
            "reverses": made.reverses.seq if made.reverses else None,
        }
    }


def _hold(source: Source, author: str) -> None:
    """Have whoever else looks at this author wait for the end of this transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, %s))", [author, source.pk])
