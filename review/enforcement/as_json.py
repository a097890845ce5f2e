"""Verdicts and outcomes as platforms read them: in the API, in the feeds and in webhooks alike."""

from typing import Any

from review.models import Outcome, Verdict

VERDICT_NEEDS = ("message", "score__model", "score__rubric", "score__explanation", "calibrator", "policy")
"""What `verdict_json` reads beside the verdict, for `select_related`."""


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
    """An outcome as the API shows it; `by` is the moderator's user name, None where the policy acted."""
    return {
        "seq": outcome.seq,
        "action": outcome.action,
        "by": outcome.by.username if outcome.by else None,
        "why": outcome.why,
        "effective_at": outcome.effective_at,
    }
