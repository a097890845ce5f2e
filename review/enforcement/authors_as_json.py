"""What is done to authors as platforms read it: in the feed of outcomes and in webhooks alike."""

from collections.abc import Collection
from typing import Any

from review.enforcement.as_json import rule_json
from review.enforcement.author_statements import Reasons, author_statement, reasons_of
from review.enforcement.webhooks.bodies import says
from review.models import AuthorOutcome, Delivery, Event, Reason


def author_outcomes_json(steps: Collection[int]) -> dict[int, dict[str, Any]]:
    """Each of the steps (ids), by its id; a handful of queries for all.

    `seq` tells which of two on one author is later; `reverses` is the `seq` of what it takes back, null where nothing.
    """
    needs = ("policy", "reverses", "decision__case")
    found = AuthorOutcome.objects.select_related(*needs).in_bulk(steps)
    reasons = reasons_of(found.values())
    return {pk: _as_json(step, reasons[pk]) for pk, step in found.items()}


def author_part(step: int) -> dict[str, Any] | None:
    """The step (id) as a webhook tells it, or None where there is none."""
    told = author_outcomes_json([step]).get(step)
    return told and {"id": told.pop("author"), **told}


@says(Event.AUTHOR_OUTCOME)
def _told(delivery: Delivery) -> dict[str, Any]:
    return {"author": author_part(delivery.ids["author_outcome"])}


def _as_json(step: AuthorOutcome, reasons: Reasons) -> dict[str, Any]:
    rule = reasons.decided and reasons.decided.rule
    return {
        "author": step.author,
        "seq": step.seq,
        "action": step.action,
        "by": _by(step),
        "why": step.why,
        "rule": rule and rule_json(rule),
        "effective_at": step.effective_at,
        "statement": author_statement(step, reasons),
        "strikes": round(step.strikes, 1),
        "reverses": step.reverses.seq if step.reverses else None,
    }


def _by(step: AuthorOutcome) -> str:
    """As of an outcome on a message: `automation`, a `person`, or a person to whom a `report` had brought it."""
    if step.by_id is None:
        return "automation"
    return "report" if step.decision and step.decision.case.reason == Reason.REPORT else "person"
