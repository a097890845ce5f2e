"""The rungs that the probabilities are for, and what was certified: shown among the figures, computed elsewhere."""

from typing import Any

from review.calibration.refit_attempt import InForce
from review.calibration.scope import Scope
from review.models import Policy, Source
from review.registry import certificates
from review.registry.calibrators import probability_at
from review.registry.ladder import Rung, SetupKey, parse
from review.registry.scoring_setup import ScoringSetup

SOURCES = 20  # whose promises are listed


def certified_thresholds(setup: ScoringSetup, in_force: InForce | None, scope: Scope) -> dict[str, Any]:
    """`rungs` of the one source in scope, or of the only one there is; `certified` margins in force in the scope."""
    sources = list(_sources(scope)[: SOURCES + 1])
    alone = sources[0] if len(sources) == 1 else None
    return {
        "rungs": _rungs(alone, setup.key, in_force, scope) if alone else [],
        "rungs_of": alone.name if alone else "",
        "certified": [found for source in sources[:SOURCES] for found in _certified(source, setup, in_force)],
    }


def _sources(scope: Scope) -> Any:
    sources = Source.objects.order_by("pk")
    return sources if scope.sources is None else sources.filter(pk__in=scope.sources)


def _policy(source: Source) -> Policy | None:
    """The policy in force, if there is one: looking must not make a source's first."""
    return Policy.objects.filter(source=source).order_by("-version").first()


def _rungs(source: Source, setup_key: SetupKey, in_force: InForce | None, scope: Scope) -> list[dict[str, Any]]:
    policy = _policy(source)
    if policy is None:
        return []
    ladders = parse(policy.ladders)
    ladder = ladders.of(scope.category) if scope.category else ladders.default
    found = [rung for rung in ladder.rungs if rung.at > 0 or rung.in_force(setup_key)]
    return [_rung(rung, setup_key, _at(rung, setup_key, in_force, source, scope.category)) for rung in found]


def _at(rung: Rung, setup_key: SetupKey, in_force: InForce | None, source: Source, category: str) -> float:
    """Where the rung stands among the scope's messages: with no category chosen, a certified margin is shown pooled."""
    certified = rung.in_force(setup_key)
    return (
        probability_at(in_force.calibrator, certified.margin, source.pk, category)
        if certified and in_force
        else rung.at
    )


def _rung(rung: Rung, setup_key: SetupKey, at: float) -> dict[str, Any]:
    certified = rung.in_force(setup_key)
    return {"at": at, "action": rung.action, "certified": bool(certified), "supervised": rung.supervised}


def _certified(source: Source, setup: ScoringSetup, in_force: InForce | None) -> list[dict[str, Any]]:
    policy = _policy(source)
    if policy is None:
        return []
    found = []
    for target in certificates.active_targets(source):
        now = certificates.certificate_status(target, policy, setup.key)
        if now.attempt and now.certified:
            found.append(
                {
                    "source": source.name,
                    "action": target.action,
                    "target": target.get_kind_display().lower(),
                    "risk": target.risk,
                    "confidence": 1.0 - target.delta,
                    "margin": now.certified.margin,
                    # Of a risk target for the common ladder the margin's probability is that of its categories pooled.
                    "probability": probability_at(in_force.calibrator, now.certified.margin, source.pk, target.category)
                    if in_force
                    else None,
                    "share": now.attempt.share,
                    "bound": now.attempt.bound,
                    "labels": now.attempt.labels,
                    "errors": now.attempt.errors,
                }
            )
    return found
