"""What /policy/ shows: the ladder and the state of its rungs, what a proposal would do, targets, alarms, versions."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from inference.guarantees.risk_targets import Disagreement
from review.models import Alarm, CertificationAttempt, Policy, RiskTarget, Source, Watch
from review.policy import certification, context_preview, risk_targets
from review.policy.forms import STEPS, PolicyForm
from review.policy.label_plan import Plan, plan
from review.policy.preview import Proposal, bins_for_page, preview, scale_of
from review.policy.rerouted_messages import samples
from review.policy.risk_target_forms import RiskTargetForm
from review.policy.whatif import Scale
from review.registry import certificates
from review.registry.in_context import setup_of
from review.registry.ladder import DEFAULT, Ladders, Rung, SetupKey, parse
from review.registry.policy_versions import policy_of
from review.registry.scoring_setup import ScoringSetup
from review.verdicts.margin_counts import Counts, counts

VERSIONS = 20


@dataclass(frozen=True)
class State:
    """A rung as the page tells it. `shown` is the certified margin's probability under the calibrator in force.

    It is to be read, never compared; `elsewhere` says that its certificate is for another model or rubric.
    """

    ladder: str
    rung: Rung
    margin: float | None
    shown: float | None
    elsewhere: bool


@dataclass(frozen=True)
class TargetRow:
    """A risk target with everything that the page says of it."""

    target: RiskTarget
    rung: Rung | None
    certificate: CertificationAttempt | None
    shown: float | None
    last: CertificationAttempt | None
    applicable: bool
    plan: Plan | None
    watch: Watch | None
    alarm: Alarm | None
    disagreement: Disagreement | None
    attempts: int
    unwatched: bool

    @property
    def unwatched_hours(self) -> int:
        return int(certificates.UNWATCHED_AFTER.total_seconds() // 3600)


def context_of(source: Source, form: PolicyForm, target_form: RiskTargetForm) -> dict[str, Any]:
    policy, setup = policy_of(source), setup_of(source)
    scale = scale_of(source, setup)
    versions = Policy.objects.filter(source=source).select_related("created_by", "based_on").order_by("-version")
    found = _states(certificates.ladders_in_force(policy), scale)
    return {
        "source": source,
        "policy": policy,
        "form": form,
        "steps": STEPS,
        "states": found,
        **(_chart(source, setup, scale, found) if setup and scale else {"chart": None}),
        "versions": versions[:VERSIONS],
        **targets_of(source, target_form),
        **whatif_of(source, form),
    }


def whatif_of(source: Source, form: PolicyForm) -> dict[str, Any]:
    """What the form's policy would do, or what is wrong with it."""
    if not form.is_valid():
        return {"errors": form.errors, "source": source}
    if form.switches_to is not None:
        return {"source": source, "switch": context_preview.context_change(form.switches_to)}
    setup = setup_of(source)
    scale = scale_of(source, setup)
    if setup is None or scale is None:
        return {"source": source, "whatif": None}
    now = form.policy
    proposed = Proposal(parse(form.cleaned_data["ladders"]), form.cleaned_data["audit_rate"] / 100)
    found = preview(source, setup, scale, Proposal(parse(now.ladders), now.audit_rate), proposed)
    return {
        "source": source,
        "whatif": found,
        "alone": form.cleaned_data["alone"],
        "samples": samples(found.changes),
    }


def targets_of(source: Source, form: RiskTargetForm) -> dict[str, Any]:
    """Every active risk target, and what the family of them promises together."""
    policy, setup = policy_of(source), setup_of(source)
    scale = scale_of(source, setup)
    rows = [_row(target, policy, setup, scale) for target in certificates.active_targets(source)]
    certified = [row.target for row in rows if row.certificate and not row.unwatched]
    return {
        "source": source,
        "targets": rows,
        "target_form": form,
        "waiting": any(row.target.asked_at for row in rows),
        "certified": len(certified),
        "broken": risk_targets.expected_broken([row.target for row in rows]),
    }


def _row(target: RiskTarget, policy: Policy, setup: ScoringSetup | None, scale: Scale | None) -> TargetRow:
    setup_key = setup.key if setup else SetupKey("", 0)
    now = certificates.certificate_status(target, policy, setup_key)
    last = certification.last_attempt(target, setup) if setup else None
    alarm = target.alarms.filter(answered_at=None).first()
    above = risk_targets.pure_target(target).above
    return TargetRow(
        target=target,
        rung=now.rung,
        certificate=now.attempt,
        shown=_shown(now.certified.margin, certificates.ladder_name(target), scale) if now.certified else None,
        last=last,
        applicable=bool(last and certification.improves(last, now)),
        plan=plan(target, policy, counts(target.source, setup.model, setup.rubric), scale, last)
        if setup and scale
        else None,
        watch=Watch.objects.filter(target=target).first(),
        alarm=alarm,
        disagreement=risk_targets.disagreement_of(target.source, setup, above=above) if setup else None,
        attempts=target.attempts.filter(number__gt=0).count(),
        unwatched=now.attempt is not None and not certificates.is_watched(target),
    )


def _states(ladders: Ladders, scale: Scale | None) -> list[State]:
    every = [(DEFAULT, ladders.default), *ladders.by_category.items()]
    return [_state(name, rung, scale) for name, ladder in every for rung in ladder.rungs]


def _state(name: str, rung: Rung, scale: Scale | None) -> State:
    found = rung.in_force(scale.setup_key) if scale else None
    shown = _shown(found.margin, name, scale) if found else None
    return State(name, rung, found.margin if found else None, shown, rung.certified is not None and found is None)


def _shown(margin: float, ladder: str, scale: Scale | None) -> float | None:
    """The probability at a ladder's margin, read off the calibrator in force."""
    return float(np.interp(margin, scale.margins, scale.of(ladder))) if scale else None


def _chart(source: Source, setup: ScoringSetup, scale: Scale, found: list[State]) -> dict[str, Any]:
    """The data of the histogram and of the counting while a rung is dragged."""
    rungs = [
        {
            "ladder": state.ladder,
            "action": state.rung.action,
            "at": state.rung.at,
            "supervised": state.rung.supervised,
            "margin": state.margin,
            "shown": state.shown,
        }
        for state in found
    ]
    counted = counts(source, setup.model, setup.rubric)
    if not counted.total:
        return {"chart": None}
    return {"chart": bins_for_page(counted, scale) | {"rungs": rungs}, "deciles": _deciles(counted, scale)}


def _deciles(counted: Counts, scale: Scale) -> list[dict[str, int]]:
    """The chart as a table: messages by tenths of probability."""
    found = np.zeros(10)
    for name, bins in counted.by_category.items():
        tenth = np.minimum(9, (scale.probabilities[name] * 10).astype(int))
        found += np.bincount(tenth, bins, minlength=10)
    return [{"from": 10 * index, "to": 10 * index + 10, "count": int(count)} for index, count in enumerate(found)]
