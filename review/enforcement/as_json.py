"""Outcomes as platforms read them: in the API, in the feed and in webhooks alike."""

from collections.abc import Collection
from typing import Any

from review.enforcement.statements import STATEMENT_NEEDS, statement_of
from review.models import Outcome, Reason, RuleVersion

OUTCOME_NEEDS = STATEMENT_NEEDS
"""What `outcome_json` reads beside the outcome, for `select_related`."""
_TOLD = (
    *("seq", "action", "by_id", "why", "effective_at", "message__external_id"),
    *("rule__rule_id", "rule__version", "rule__locale", "rule__wording", "rule__category", "rule__ground"),
    *(
        "decision__category",
        "decision__note_to_author",
        "decision__case__blind",
        "decision__case__reason",
        "decision__case__reverses",
    ),
    *("verdict__trigger__category", "verdict__score__category_log_probs"),
)


def outcomes_to_tell(outcomes: Collection[int]) -> dict[int, Outcome]:
    """Each of the outcomes (ids), by its id, with what `outcome_json` reads and the name of its message; one query.

    Nothing else is read, texts least of all: thousands a second go into feeds and webhooks.
    """
    needs = ("message", "rule", "decision__case", "verdict__trigger", "verdict__score")
    return Outcome.objects.select_related(*needs).only(*_TOLD).in_bulk(outcomes)


def outcome_json(outcome: Outcome) -> dict[str, Any]:
    """An outcome as the API, the feeds and webhooks show it."""
    return {
        "seq": outcome.seq,
        "action": outcome.action,
        "by": _by(outcome),
        "why": outcome.why,
        "rule": outcome.rule and rule_json(outcome.rule),
        "effective_at": outcome.effective_at,
        "statement": statement_of(outcome),
    }


def rule_json(version: RuleVersion) -> dict[str, Any]:
    """The version of a rule that something was done by, with its name in its main locale."""
    return {"id": version.rule_id, "version": version.version, "name": version.name}


def _by(outcome: Outcome) -> str:
    """Who acted: `automation`; a `person`; or a person to whom a `report` had brought it, which never acts itself."""
    if outcome.by_id is None or outcome.decision is None:
        return "automation" if outcome.by_id is None else "person"
    return "report" if outcome.decision.case.reason == Reason.REPORT else "person"
