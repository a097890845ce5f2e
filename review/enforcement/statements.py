"""Statements of reasons: why an outcome restricts somebody, made of what is on record.

Nothing in one is written for the occasion. Where an author was told nothing, `facts` is a plain sentence of what the
record says. A statement is not stored: it is the same as long as the record is.
"""

from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext_lazy

from review.enforcement.appeal_links import url_of
from review.models import Action, AuthorOutcome, Case, Category, Outcome, Reason, RuleVersion
from review.sentences import in_sentence
from review.verdicts.probabilities import likeliest

APPEALED_WITHIN = timedelta(days=183)
"""Six months from the outcome on, as Article 20 of the DSA has it."""
RESTRICTS = (Action.HIDE, Action.REMOVE)
AUTOMATION, REPORT, PERSON = "automation", "report", "person"
STATEMENT_NEEDS = ("rule__rule", "decision__case", "verdict__trigger", "verdict__score")
"""What `statement_of` reads beside the outcome, for `select_related`."""

_SCOPE = {
    Action.HIDE: gettext_lazy("This message is hidden from others, wherever this community is read."),
    Action.REMOVE: gettext_lazy("This message is removed, wherever this community is read."),
}
_FOUND_BY = {Reason.REPORT: REPORT, Reason.BORDERLINE: AUTOMATION, Reason.TRIGGER: AUTOMATION}
_FOUND = {
    AUTOMATION: gettext_lazy("The message was found by automated means, and %(judged)s."),
    REPORT: gettext_lazy("The message was reported, and %(judged)s."),
    PERSON: gettext_lazy("The message was found by a person, and %(judged)s."),
}
_JUDGED = {
    "fully": gettext_lazy("an automated system judged it to be %(category)s, and nobody looked at it before"),
    "partially": gettext_lazy("it has the same words as a message that a person judged to be %(category)s"),
    "not": gettext_lazy("a person judged it to be %(category)s"),
}


def statement_of(outcome: Outcome) -> dict[str, Any] | None:
    """The reasons for `outcome` as the API shows them; None where it restricts nobody."""
    if outcome.action not in RESTRICTS:
        return None
    found_by, automated = found_by_of(outcome), automated_decision(outcome)
    on_appeal = appealed(outcome)
    return {
        "rule": rule_json(outcome),
        "facts": facts_of(outcome, found_by, automated),
        "ground": ground_of(outcome),
        "found_by": found_by,
        "decided_by": PERSON if automated == "not" else AUTOMATION,
        "automated_detection": found_by == AUTOMATION,
        "automated_decision": automated,
        "scope": str(_SCOPE[Action(outcome.action)]),
        "starts_at": outcome.effective_at,
        "ends_at": None,
        "appeal_url": url_of(on_appeal or outcome),
        "appeal_until": None if on_appeal else appeal_until(outcome),
    }


def appeal_until(outcome: Outcome | AuthorOutcome) -> datetime:
    """Until when the author whom it restricts may object."""
    return outcome.effective_at + APPEALED_WITHIN


def category_of(outcome: Outcome) -> Category:
    """What the message was judged to be: by the person, the trigger or the model that the outcome came of."""
    if outcome.decision:
        return Category(outcome.decision.category)
    if outcome.verdict:
        trigger = outcome.verdict.trigger
        return Category(trigger.category if trigger else likeliest(outcome.verdict.score.category_log_probs))
    return Category(outcome.rule.category) if outcome.rule else Category.TOXICITY


def ground_of(outcome: Outcome) -> str:
    """Whether it is about the `law` or the `terms` of the community."""
    return str(outcome.rule.ground if outcome.rule else RuleVersion.Ground.TERMS.value)


def rule_json(outcome: Outcome) -> dict[str, Any]:
    """The rule in its main locale; without rules the category alone stands for one."""
    rule = outcome.rule
    if rule is None:
        return {"id": None, "version": None, "text": str(category_of(outcome).label)}
    return {
        "id": rule.rule_id,
        "version": rule.version,
        "text": f"{rule.name}: {rule.text}" if rule.text else rule.name,
    }


def found_by_of(outcome: Outcome) -> str:
    """What brought the message up. What was drawn at random, or imported, was found by a person.

    A copy that followed a decision was found by its words alone, however the message that was decided came up.
    """
    if outcome.decision is None or outcome.by_id is None:
        return AUTOMATION
    case = outcome.decision.case
    if before := _decided_anew(case, outcome.message_id):
        return found_by_of(before)
    return PERSON if case.blind else _FOUND_BY.get(Reason(case.reason), PERSON)


def automated_decision(outcome: Outcome) -> str:
    """`fully` where nobody looked, `partially` where a copy followed what a person decided of the same words."""
    if outcome.decision is None:
        return "fully"
    return "not" if outcome.by_id else "partially"


def facts_of(outcome: Outcome, found_by: str, automated: str) -> str:
    """The note to the author, or else what the record says, in a sentence."""
    if outcome.decision and outcome.decision.note_to_author:
        return outcome.decision.note_to_author
    return plain_facts(outcome, found_by, automated)


def plain_facts(outcome: Outcome, found_by: str, automated: str) -> str:
    """What the record says, without anybody's words."""
    judged = _JUDGED[automated] % {"category": in_sentence(category_of(outcome).label)}
    return _FOUND[found_by] % {"judged": judged}


def appealed(outcome: Outcome) -> Outcome | None:
    """The outcome that this one was decided about, where it came of an appeal: that was the one objection.

    None for a copy that followed the answer: its own author has objected to nothing yet.
    """
    if outcome.decision is None or outcome.decision.case.reason != Reason.APPEAL:
        return None
    return _decided_anew(outcome.decision.case, outcome.message_id)


def _decided_anew(case: Case, message: int) -> Outcome | None:
    """The outcome on the message (id) that an appeal or a reversal decided anew in `case`; None for other cases."""
    outcomes = Outcome.objects.select_related(*STATEMENT_NEEDS).filter(message=message)
    if case.reverses_id:
        return outcomes.filter(decision=case.reverses_id).first()
    return outcomes.filter(appeals__case=case).first() if case.reason == Reason.APPEAL else None
