"""Writes a decision, with what follows from it: one outcome for each message of its case, one label for each text."""

from datetime import datetime

from review.enforcement import outcomes
from review.models import Action, Case, Category, Decision, Label, Message, RuleVersion, User, Verdict
from review.registry.policy_versions import policy_of

RESTRICTING = (Action.HIDE, Action.REMOVE)


def record_decision(
    case: Case,
    by: User,
    category: str,
    *,
    rule: RuleVersion | None = None,
    action: str | None = None,
    note: str = "",
    note_to_author: str = "",
    made_at: datetime,
    effective_at: datetime,
) -> Decision:
    """Write a decision with its outcomes and labels; the case must be decided already, in this transaction.

    With a `rule`, which must be of the case's source, its category is the decision's. Without an `action` the rule's
    default is taken, or else the policy's for the category. The author is told something only where the action
    restricts: `note_to_author`, or else what the rule has for that.
    Rulings that were made elsewhere, or long ago, come in here with their own times.
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
        created_at=made_at,
        effective_at=effective_at,
    )
    outcomes.append_decided(decision)
    _give_labels(decision)
    return decision


def _give_labels(decision: Decision) -> None:
    """One label for each distinct text. The cohort rate is that of the first member, whose draw its copies share."""
    members = Message.objects.filter(cases=decision.case_id).order_by("text_digest", "pk")
    firsts = list(members.distinct("text_digest").values_list("pk", flat=True))
    rates = _cohort_rates(firsts) if decision.case.blind else {}
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


def _cohort_rates(messages: list[int]) -> dict[int, float | None]:
    drawn = Verdict.objects.filter(message__in=messages, cohort_rate__isnull=False)
    return dict(drawn.values_list("message", "cohort_rate"))
