"""What is done to authors: warn, mute, ban, by the policy's ladder of strikes, and taking it back.

A step is taken when strikes reach it. It is taken back when the outcomes behind it are reversed so that they would not
have reached it; fading takes nothing back, since how long a mute lasts is the platform's to say. A person who
decides a case may ask for a step themselves.
"""

from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from review.enforcement import strikes
from review.enforcement.outbox import enqueue
from review.models import (
    Action,
    Appeal,
    AuthorAction,
    AuthorOutcome,
    Decision,
    Event,
    PendingAuthor,
    Policy,
    Reason,
    Source,
    User,
)
from review.records import audit
from review.records.sweeps import each_alone
from review.registry.policy_versions import policy_of
from review.registry.strike_ladder import parse_strikes

CHUNK = 200
REVERSED = "outcomes behind it were reversed"
_ASK = """
INSERT INTO review_pendingauthor (source_id, author, decision_id, due_at)
SELECT DISTINCT m.source_id, m.author, %(decision)s::bigint, %(at)s::timestamptz
  FROM review_casemember c JOIN review_message m ON m.id = c.message_id
 WHERE c.case_id = %(case)s AND m.author <> '' AND %(holds)s
"""


@dataclass(frozen=True)
class AuthorRecord:
    """An author's record now: `total` strikes, what is in force, and what one more strike would come to and do."""

    total: float
    count: int
    in_force: AuthorOutcome | None
    one_more: list[tuple[str, float, AuthorAction]]
    has_steps: bool

    @property
    def action(self) -> AuthorAction:
        return AuthorAction(self.in_force.action) if self.in_force else AuthorAction.NONE


def record_of(source: Source, policy: Policy, author: str, category: str = "") -> AuthorRecord:
    """The record under the policy in force, with one more strike for each action, for a message of `category`."""
    ladder, now = parse_strikes(policy.strikes), timezone.now()
    found = strikes.active_strikes(source, author, ladder, now, for_show=True)
    total, last = ladder.total(found, now), in_force(source, author)
    more = [(action, total + ladder.weight(action, category)) for action in ("hide", "remove")]
    return AuthorRecord(
        total=total,
        count=len(found),
        in_force=last,
        one_more=[(action, then, ladder.step(then)) for action, then in more],
        has_steps=bool(ladder.steps),
    )


def steps_of(policy: Policy) -> list[AuthorAction]:
    """What may be done to authors under `policy`, from the mildest; nothing where it has no steps."""
    steps = parse_strikes(policy.strikes).steps
    return [each for each in AuthorAction if each in steps]


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
def lift(
    source: Source, author: str, by: User, *, only: AuthorOutcome | None = None, why: str = "lifted by a person"
) -> bool:
    """Take back what is in force, or `only` that step if it still is; whether there was anything.

    Further strikes count on top of those that are there.
    """
    _hold(source, author)
    last = in_force(source, author)
    if last is None or last.action == AuthorAction.NONE or only not in (None, last):
        return False
    ladder = parse_strikes(policy_of(source).strikes)
    now = timezone.now()
    total = ladder.total(strikes.active_strikes(source, author, ladder, now), now)
    made = _append(source, author, AuthorAction.NONE, total, policy_of(source), why=why, reverses=last, by=by)
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
    found = strikes.active_strikes(source, author, ladder, now)
    total = ladder.total(found, now)
    reached, present = ladder.step(total), AuthorAction(last.action) if last else AuthorAction.NONE
    is_struck_anew = bool(found) and (last is None or found[0].since > last.created_at)
    if reached.rank > present.rank and is_struck_anew:
        _append(source, author, reached, total, policy, why=_strikes(total, policy))
    elif last and last.by_id is None and present.rank:
        _take_back(source, author, last, total)
    for decision in Decision.objects.filter(pendingauthor__in=ids, undone_at=None).order_by("pk").distinct():
        _do_as_decided(decision, source, author, total)
    PendingAuthor.objects.filter(pk__in=ids).delete()


def ask_for(decision: Decision, *, holds: bool = True) -> None:
    """Have done to the authors of its case what `decision` asks for, once it is in effect and unless it is undone.

    Of one that does not hold nothing is written, with as many statements.

    A reversal asks also where it has nothing to be done to them: for taking back what the reversed decision asked for.
    So does the answer to an appeal by which less is done than before.
    """
    reversed_one = _reversed_by(decision)
    asks = decision.author_action != AuthorAction.NONE
    if not asks and (reversed_one is None or reversed_one.author_action == AuthorAction.NONE):
        return
    with connection.cursor() as cursor:
        values: dict[str, Any] = {
            "decision": decision.pk,
            "case": decision.case_id,
            "at": decision.effective_at,
            "holds": holds,
        }
        cursor.execute(_ASK, values)


def _reversed_by(decision: Decision) -> Decision | None:
    """The decision whose place it takes, as a reversal or as the answer to an appeal that is overturned."""
    if decision.case.reason != Reason.APPEAL:
        return decision.case.reverses
    appeal = Appeal.objects.filter(case=decision.case_id).select_related("outcome__decision").first()
    outcome = appeal and appeal.outcome
    return outcome.decision if outcome and Action(decision.action).rank < Action(outcome.action).rank else None


def _do_as_decided(decision: Decision, source: Source, author: str, total: float) -> None:
    """Take the step that a person asked for, unless as much or more was done to the author since they decided."""
    last = in_force(source, author)
    asked, present = AuthorAction(decision.author_action), AuthorAction(last.action if last else AuthorAction.NONE)
    reversed_one = _reversed_by(decision)
    of_reversed = last if last and reversed_one and last.decision_id == reversed_one.pk else None
    is_new = last is None or asked.rank > present.rank or last.created_at < decision.effective_at
    if of_reversed is None and not (asked.rank and asked.rank >= present.rank and is_new):
        return
    _append(
        source,
        author,
        asked,
        total,
        policy_of(source),
        why=f"decided on case {decision.case_id}",
        reverses=of_reversed,
        by=decision.by,
        decision=decision,
    )


def _take_back(source: Source, author: str, last: AuthorOutcome, total: float) -> None:
    """Where the strikes that are left would not have reached the step in force, by the policy it was taken under."""
    then = parse_strikes(last.policy.strikes)
    left = strikes.active_strikes(source, author, then, last.created_at)
    would_have = then.step(then.total(left, last.created_at))
    if would_have.rank < AuthorAction(last.action).rank:
        _append(source, author, would_have, total, policy_of(source), why=REVERSED, reverses=last)


def _strikes(total: float, policy: Policy) -> str:
    number = f"{total:.2g}"
    return f"{number} strike{'' if number == '1' else 's'} under policy {policy.version}"


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
    decision: Decision | None = None,
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
        decision=decision,
        created_at=timezone.now(),
    )
    enqueue(Event.AUTHOR_OUTCOME, source, author_outcome=made.pk)
    return made


def _hold(source: Source, author: str) -> None:
    """Have whoever else looks at this author wait for the end of this transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, %s))", [author, source.pk])
