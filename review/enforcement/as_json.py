"""Verdicts and outcomes as platforms read them: in the API, in the feeds and in webhooks alike."""

from typing import Any

from review.enforcement.statements import STATEMENT_NEEDS, statement_of
from review.models import Outcome, Reason, RuleVersion, Verdict

VERDICT_NEEDS = ("message", "score__model", "score__rubric", "score__explanation", "calibrator", "policy")
"""What `verdict_json` reads beside the verdict, for `select_related`."""


OUTCOME_NEEDS = STATEMENT_NEEDS
"""What `outcome_json` reads beside the outcome, for `select_related` or `prefetch_related`."""


def verdict_json(verdict: Verdict) -> dict[str, Any]:
    """A verdict as the API shows it."""
    score = verdict.score
    explanation = getattr(score, "explanation", None)
    return {
        "id": verdict.message.external_id,
        "flag": verdict.flag,
        "category": verdict.category,
        "probability": verdict.probability,
        "confidence": verdict.confidence,
        "margin": score.margin,
        "categories": verdict.categories,
        "route": verdict.route,
        "reason": (explanation.reason or None) if explanation else None,
        "emitted_confidence": explanation.emitted_confidence if explanation else None,
        "model": f"{score.model.name}@{score.model.weights_hash[:12]}",
        "rubric": score.rubric.version,
        "calibrator": verdict.calibrator.version if verdict.calibrator else None,
        "policy": verdict.policy.version,
        "why": verdict.why,
        "windows": score.windows,
        "worst_window": score.worst_window,
        "bounded": score.bounded,
    }


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
