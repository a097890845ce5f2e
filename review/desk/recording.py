"""Writes a decision, with what follows from it: one outcome for each message of its case, one label for each text."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from review.enforcement import author_outcomes, outcomes
from review.models import (
    COMPARED,
    Action,
    AuthorAction,
    Case,
    Category,
    Decision,
    Reason,
    RuleVersion,
    User,
)
from review.quality import second_opinions
from review.records import audit
from review.registry.policy_versions import policy_of

RESTRICTING = (Action.HIDE, Action.REMOVE)
NO_EVIDENCE = (Reason.ADJUDICATION, Reason.GOLD)
"""Whoever adjudicates saw what others decided, and the answer to a gold item is known: neither is a label."""

# The cohort rate is that of the first member, whose draw its copies share. A second opinion is in the cohort where the
# first decision was: drawn at that rate, and blind.
_LABEL = """
INSERT INTO review_label (decision_id, source_id, message_id, violation, category, blind, cohort_rate)
SELECT DISTINCT ON (m.text_digest) %(decision)s, %(source)s, m.id, %(violation)s, %(category)s, %(blind)s,
       CASE WHEN NOT %(blind)s THEN NULL
            WHEN second.first_id IS NOT NULL THEN (
                 SELECT l.cohort_rate FROM review_label l
                  WHERE l.decision_id = second.first_id AND l.message_id = m.id AND l.blind)
            ELSE (SELECT v.cohort_rate FROM review_verdict v
                   WHERE v.message_id = m.id AND v.cohort_rate IS NOT NULL ORDER BY v.id DESC LIMIT 1) END
  FROM review_casemember c JOIN review_message m ON m.id = c.message_id
  LEFT JOIN review_secondopinion second ON second.case_id = c.case_id
 WHERE c.case_id = %(case)s AND %(counts)s
 ORDER BY m.text_digest, m.id
"""


def record_decision(
    case: Case,
    by: User,
    category: str,
    *,
    rule: RuleVersion | None = None,
    action: str | None = None,
    note: str = "",
    note_to_author: str = "",
    author_action: str = "",
    made_at: datetime,
    effective_at: datetime,
    bulk: UUID | None = None,
) -> Decision:
    """Write a decision with its outcomes and labels; the case must be decided already, in this transaction.

    With a `rule`, which must be of the case's source, its category is the decision's. Without an `action` the rule's
    default is taken, or else the policy's for the category. The author is told something only where the action
    restricts: `note_to_author`, or else what the rule has for that. `author_action` is done to the authors of the
    messages that the case has now, once the decision is in effect.
    Decisions that were made elsewhere, or long ago, come in here with their own times.
    """
    action = action or (rule.action if rule else policy_of(case.source).default_action(category))
    told = note_to_author or (rule.note if rule else "")
    decision = Decision.objects.create(
        case=case,
        by=by,
        category=rule.category if rule else category,
        action=action,
        rule=rule,
        note=note,
        note_to_author=told if action in RESTRICTING else "",
        author_action=author_action or AuthorAction.NONE,
        created_at=made_at,
        effective_at=effective_at,
        bulk=bulk,
    )
    # Blind cases of all kinds take the same statements, so that a stopwatch does not tell afterwards which one it was.
    holds = _holds(decision)
    outcomes.append_decided(decision, holds=holds)
    author_outcomes.ask_for(decision, holds=holds)
    _give_labels(decision, counts=case.reason not in NO_EVIDENCE)
    return decision


def conclude(case: Case, by: User, category: str, **what: Any) -> Decision:
    """Write the decision of a case that was judged here, for what see `record_decision`; some get a second opinion."""
    decision = record_decision(case, by, category, **what)
    second_opinions.draw(decision)
    by_rule = {"rule": decision.rule_id} if decision.rule_id else {}
    audit.record(by, "decided", case, case.source, category=decision.category, action=decision.action, **by_rule)
    return decision


def _holds(decision: Decision) -> bool:
    """Whether something is done because of it: not where it was only asked for to be compared with another."""
    if decision.case.reason == Reason.ADJUDICATION:
        return second_opinions.changes_what_stands(decision)
    return decision.case.reason not in COMPARED


def _give_labels(decision: Decision, *, counts: bool) -> None:
    """One label for each distinct text, of a decision that `counts` as evidence. One statement, whether or not."""
    case = decision.case
    values: dict[str, Any] = {
        "decision": decision.pk,
        "case": case.pk,
        "source": case.source_id,
        "category": decision.category,
        "violation": decision.category != Category.BENIGN,
        "blind": case.blind,
        "counts": counts,
    }
    with connection.cursor() as cursor:
        cursor.execute(_LABEL, values)
