"""Appends the next outcome to a message's sequence: a person's decision, or what the policy does by itself.

Webhooks and feeds read what is written here. Which way a message goes by itself, `review.verdicts.routing` decides.
"""

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.models.expressions import RawSQL
from django.db.models.functions import Now
from django.utils import timezone

from review.bulk_insert import insert
from review.models import Action, Category, Decision, Message, Outcome, OutcomeFeed, RuleVersion, Verdict
from review.registry.rules import RuleBooks, rule_books
from review.sentences import on_record
from review.verdicts.probabilities import likeliest

# Two statements: the second must see the sequence as it is once the rows are locked, in one order for all writers.
_LOCK = """
SELECT m.id FROM review_message m JOIN review_casemember c ON c.message_id = m.id
 WHERE c.case_id = %s ORDER BY m.id FOR NO KEY UPDATE OF m
"""
_LOCK_MESSAGES = "SELECT FROM review_message WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"
_LAST = "SELECT message_id, max(seq) FROM review_outcome WHERE message_id = ANY(%s) GROUP BY 1"
_APPEND = """
INSERT INTO review_outcome (message_id, seq, action, by_id, why, decision_id, rule_id, created_at,
                            effective_at)
SELECT c.message_id, 1 + coalesce((SELECT max(o.seq) FROM review_outcome o WHERE o.message_id = c.message_id), 0),
       %(action)s, %(by)s, %(why)s, %(decision)s, %(rule)s, %(made_at)s, %(effective_at)s
  FROM review_casemember c WHERE c.case_id = %(case)s AND %(holds)s
"""


def append_decided(decision: Decision, *, holds: bool = True) -> int:
    """Write the decision's step into the sequence of each message of its case; returns how many.

    Must run in the decision's transaction. A raid of thousands takes as many statements as one message, and a decision
    that does not hold, of which nothing is written, as many as one that does.
    """
    values: dict[str, Any] = {
        "action": decision.action,
        "by": decision.by_id,
        "why": f"decided {on_record(Category(decision.category).label)}",
        "decision": decision.pk,
        "rule": decision.rule_id,
        "made_at": decision.created_at,
        "effective_at": decision.effective_at,
        "case": decision.case_id,
        "holds": holds,
    }
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [decision.case_id])
        cursor.execute(_APPEND, values)
        return int(cursor.rowcount)


def append_automatic(verdicts: Sequence[Verdict]) -> None:
    """Write the route of each verdict, by trigger or policy, into its message's sequence, in force now.

    Must run in their transaction.
    """
    now = timezone.now()
    books = rule_books({verdict.message.source_id for verdict in verdicts if _may_have_rule(verdict)})
    append(
        [
            Outcome(
                message_id=verdict.message_id,
                action=verdict.route,
                why=f"trigger {verdict.trigger_id}" if verdict.trigger_id else f"policy {verdict.policy.version}",
                verdict=verdict,
                rule=_rule_for(verdict, books),
                effective_at=now,
            )
            for verdict in verdicts
        ]
    )


def append(outcomes: Sequence[Outcome]) -> None:
    """Write outcomes, one a message, each as the next step in its message's sequence."""
    if not outcomes:
        return
    ids = sorted(outcome.message_id for outcome in outcomes)
    with connection.cursor() as cursor:
        cursor.execute(_LOCK_MESSAGES, [ids])
        cursor.execute(_LAST, [ids])
        last = dict(cursor.fetchall())
    for outcome in outcomes:
        outcome.seq = last.get(outcome.message_id, 0) + 1
    insert(outcomes)


def withdraw(decision_id: int) -> bool:
    """Take the outcomes of a decision back, unless one was published; must run in the transaction that takes it back.

    They leave the feed first: the publisher holds the rows that it numbers, so one of the two comes too late.
    """
    outcomes = Outcome.objects.filter(decision=decision_id, withdrawn_at=None)
    taken, _ = OutcomeFeed.objects.filter(outcome__in=outcomes.values("pk"), seq=None).delete()
    return outcomes.update(withdrawn_at=Now()) == taken


def _may_have_rule(verdict: Verdict) -> bool:
    return verdict.trigger.rule_id is not None if verdict.trigger else verdict.route in (Action.HIDE, Action.REMOVE)


def _rule_for(verdict: Verdict, books: RuleBooks) -> RuleVersion | None:
    """The rule that the trigger stands for, or that of the violation on whose ladder the message was."""
    if not _may_have_rule(verdict):
        return None
    if verdict.trigger:
        return books.by_rule.get(verdict.trigger.rule_id or 0)
    return books.by_category.get((verdict.message.source_id, likeliest(verdict.score.category_log_probs)))


LATEST = """
SELECT {column} FROM review_outcome o
 WHERE o.message_id = {message} AND o.withdrawn_at IS NULL AND {also}
 ORDER BY o.seq DESC LIMIT 1
"""
"""The last outcome of a message that is not withdrawn: it is in force, or will be once its undo window is over."""
IN_FORCE = LATEST.format(
    column="{column}", message="{message}", also="o.effective_at <= statement_timestamp() AND {also}"
)
"""The outcome in force on a message at this moment: the last one that is effective and not withdrawn."""


def in_force(message: Message, *related: str) -> Outcome | None:
    """The outcome in force on a message now, with `related` rows, or None if nothing was ever done to it."""
    query = IN_FORCE.format(column="o.id", message="%s", also="true")
    found = Outcome.objects.filter(pk__in=RawSQL(query, [message.pk]))  # noqa: S611 - a constant of ours
    return found.select_related(*related).first() if related else found.first()
