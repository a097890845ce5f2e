"""The rungs that the probabilities are for, and what was certified: shown among the figures, computed elsewhere."""

from typing import Any

from review.calibration.refit_attempt import InForce
from review.calibration.scope import Scope
from review.models import Policy, Source
from review.policy import certification, risk_targets
from review.registry.calibrators import probability_at
from review.registry.ladder import Pair, Rung, parse
from review.registry.model_versions import Judge

SOURCES = 20  # whose promises are listed


def promises(judge: Judge, in_force: InForce | None, scope: Scope) -> dict[str, Any]:
    """`rungs` of the one source in scope, or of the only one there is; `certified` margins in force in the scope."""
    sources = list(_sources(scope)[: SOURCES + 1])
    alone = sources[0] if len(sources) == 1 else None
    return {
        "rungs": _rungs(alone, judge.pair, in_force, scope) if alone else [],
        "rungs_of": alone.name if alone else "",
        "certified": [found for source in sources[:SOURCES] for found in _certified(source, judge, in_force)],
    }


def _sources(scope: Scope) -> Any:
    sources = Source.objects.order_by("pk")
    return sources if scope.sources is None else sources.filter(pk__in=scope.sources)


def _policy(source: Source) -> Policy | None:
    """The policy in force, if there is one: looking must not make a source's first."""
    return Policy.objects.filter(source=source).order_by("-version").first()


def _rungs(source: Source, pair: Pair, in_force: InForce | None, scope: Scope) -> list[dict[str, Any]]:
    policy = _policy(source)
    if policy is None:
        return []
    ladders = parse(policy.ladders)
    ladder = ladders.of(scope.category) if scope.category else ladders.default
    found = [rung for rung in ladder.rungs if rung.at > 0 or rung.in_force(pair)]
    return [_rung(rung, pair, _at(rung, pair, in_force, source, scope.category)) for rung in found]


def _at(rung: Rung, pair: Pair, in_force: InForce | None, source: Source, category: str) -> float:
    """Where the rung stands among the scope's messages: with no category chosen, a certified margin is shown pooled."""
    certified = rung.in_force(pair)
    return probability_at(in_force.map, certified.margin, source.pk, category) if certified and in_force else rung.at


def _rung(rung: Rung, pair: Pair, at: float) -> dict[str, Any]:
    certified = rung.in_force(pair)
    return {"at": at, "action": rung.action, "certified": bool(certified), "supervised": rung.supervised}


def _certified(source: Source, judge: Judge, in_force: InForce | None) -> list[dict[str, Any]]:
    policy = _policy(source)
    if policy is None:
        return []
    found = []
    for goal in risk_targets.standing(source):
        now = certification.standing(goal, policy, judge.pair)
        if now.derivation and now.certified:
            found.append(
                {
                    "source": source.name,
                    "action": goal.action,
                    "goal": goal.get_kind_display().lower(),
                    "risk": goal.risk,
                    "confidence": 1.0 - goal.delta,
                    "margin": now.certified.margin,
                    # Of a goal for the common ladder the margin's probability is that of its categories pooled.
                    "probability": probability_at(in_force.map, now.certified.margin, source.pk, goal.category)
                    if in_force
                    else None,
                    "share": now.derivation.share,
                    "bound": now.derivation.bound,
                    "labels": now.derivation.labels,
                    "errors": now.derivation.errors,
                }
            )
    return found
