"""Writes a decision, with what follows from it: one outcome for each message of its case, one label for each text."""

from datetime import datetime
from typing import Any
from uuid import UUID

from review.enforcement import author_outcomes, outcomes
from review.models import (
    COMPARED,
    Action,
    AuthorAction,
    Case,
    Category,
    Decision,
    Label,
    Message,
    Reason,
    RuleVersion,
    User,
    Verdict,
)
from review.quality import second_opinions
from review.records import audit
from review.registry.policy_versions import policy_of

RESTRICTING = (Action.HIDE, Action.REMOVE)
NO_EVIDENCE = (Reason.ADJUDICATION, Reason.GOLD)
"""Whoever adjudicates saw what others decided, and the answer to a gold item is known: neither is a label."""


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
    if _holds(decision):
        outcomes.append_decided(decision)
        author_outcomes.ask_for(decision)
    if case.reason not in NO_EVIDENCE:
        _give_labels(decision)
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


def _give_labels(decision: Decision) -> None:
    """One label for each distinct text. The cohort rate is that of the first member, whose draw its copies share."""
    members = Message.objects.filter(cases=decision.case_id).order_by("text_digest", "pk")
    firsts = list(members.distinct("text_digest").values_list("pk", flat=True))
    rates = _cohort_rates(decision.case, firsts) if decision.case.blind else {}
    Label.objects.bulk_create(
        Label(
            decision=decision,
            source_id=decision.case.source_id,
            message_id=message,
            violation=decision.category != Category.BENIGN,
            category=decision.category,
            blind=decision.case.blind,
            cohort_rate=rates.get(message),
        )
        for message in firsts
    )


def _cohort_rates(case: Case, messages: list[int]) -> dict[int, float | None]:
    """By message. A second opinion is in the cohort where the first decision was: drawn at that rate, and blind."""
    if case.reason == Reason.SECOND_OPINION and (first := second_opinions.first_of(case)):
        return dict(first.labels.filter(blind=True).values_list("message", "cohort_rate"))
    drawn = Verdict.objects.filter(message__in=messages, cohort_rate__isnull=False)
    return dict(drawn.values_list("message", "cohort_rate"))
