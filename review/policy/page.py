"""What /policy/ shows: the ladder and its rungs' states, what a proposal would do, goals, alarms and versions."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from inference.guarantees.risk_targets import Disagreement
from review.models import Alarm, Derivation, Goal, Policy, Source, Watch
from review.policy import certification, risk_targets
from review.policy.forms import STEPS, PolicyForm
from review.policy.label_plan import Plan, plan
from review.policy.preview import Proposal, bins_for_page, preview, scale_of
from review.policy.recent_traffic import samples
from review.policy.risk_target_forms import GoalForm
from review.policy.whatif import Scale
from review.registry.ladder import DEFAULT, Ladders, Pair, Rung, parse
from review.registry.model_versions import Judge, active_judge
from review.registry.policies import policy_of
from review.verdicts.margin_counts import Counts, counts

VERSIONS = 20


@dataclass(frozen=True)
class State:
    """A rung as the page tells it. `shown` is the certified margin's probability under the map in force, to be read
    and never compared; `elsewhere` says that its certificate is for another model or rubric."""

    ladder: str
    rung: Rung
    margin: float | None
    shown: float | None
    elsewhere: bool


@dataclass(frozen=True)
class Aim:
    """A goal with everything that the page says of it."""

    goal: Goal
    rung: Rung | None
    certificate: Derivation | None
    shown: float | None
    last: Derivation | None
    applicable: bool
    plan: Plan | None
    watch: Watch | None
    alarm: Alarm | None
    disagreement: Disagreement | None
    looks: int


def context_of(source: Source, form: PolicyForm, goal_form: GoalForm) -> dict[str, Any]:
    policy, judge = policy_of(source), active_judge()
    scale = scale_of(source, judge)
    versions = Policy.objects.filter(source=source).select_related("created_by", "based_on").order_by("-version")
    found = _states(parse(policy.ladders), scale)
    return {
        "source": source,
        "policy": policy,
        "form": form,
        "steps": STEPS,
        "states": found,
        **(_chart(source, judge, scale, found) if judge and scale else {"chart": None}),
        "versions": versions[:VERSIONS],
        **goals_of(source, goal_form),
        **whatif_of(source, form),
    }


def whatif_of(source: Source, form: PolicyForm) -> dict[str, Any]:
    """What the form's policy would do, or what is wrong with it."""
    judge = active_judge()
    scale = scale_of(source, judge)
    if not form.is_valid():
        return {"errors": form.errors, "source": source}
    if judge is None or scale is None:
        return {"source": source, "whatif": None}
    now = form.policy
    proposed = Proposal(parse(form.cleaned_data["ladders"]), form.cleaned_data["audit_rate"] / 100)
    found = preview(source, judge, scale, Proposal(parse(now.ladders), now.audit_rate), proposed)
    return {
        "source": source,
        "whatif": found,
        "alone": form.cleaned_data["alone"],
        "samples": samples(found.changes),
    }


def goals_of(source: Source, form: GoalForm) -> dict[str, Any]:
    """Every standing goal, and what the family of them promises together."""
    policy, judge = policy_of(source), active_judge()
    scale = scale_of(source, judge)
    aims = [_aim(goal, policy, judge, scale) for goal in risk_targets.standing(source)]
    certified = [aim.goal for aim in aims if aim.certificate]
    return {
        "source": source,
        "goals": aims,
        "goal_form": form,
        "waiting": any(aim.goal.asked_at for aim in aims),
        "certified": len(certified),
        "broken": risk_targets.expected_broken([aim.goal for aim in aims]),
    }


def _aim(goal: Goal, policy: Policy, judge: Judge | None, scale: Scale | None) -> Aim:
    pair = judge.pair if judge else Pair("", 0)
    now = certification.standing(goal, policy, pair)
    last = certification.last_look(goal, judge) if judge else None
    alarm = goal.alarms.filter(answered_at=None).first()
    above = risk_targets.wanted(goal).above
    return Aim(
        goal=goal,
        rung=now.rung,
        certificate=now.derivation,
        shown=_shown(now.certified.margin, risk_targets.ladder_name(goal), scale) if now.certified else None,
        last=last,
        applicable=bool(last and certification.improves(last, now)),
        plan=plan(goal, policy, counts(goal.source, judge.model, judge.rubric), scale, last)
        if judge and scale
        else None,
        watch=Watch.objects.filter(goal=goal).first(),
        alarm=alarm,
        disagreement=risk_targets.disagreement_of(goal.source, judge, above=above) if judge else None,
        looks=goal.derivations.filter(look__gt=0).count(),
    )


def _states(ladders: Ladders, scale: Scale | None) -> list[State]:
    every = [(DEFAULT, ladders.default), *ladders.by_category.items()]
    return [_state(name, rung, scale) for name, ladder in every for rung in ladder.rungs]


def _state(name: str, rung: Rung, scale: Scale | None) -> State:
    found = rung.in_force(scale.pair) if scale else None
    shown = _shown(found.margin, name, scale) if found else None
    return State(name, rung, found.margin if found else None, shown, rung.certified is not None and found is None)


def _shown(margin: float, ladder: str, scale: Scale | None) -> float | None:
    """The probability at a ladder's margin, read off the map in force."""
    return float(np.interp(margin, scale.margins, scale.of(ladder))) if scale else None


def _chart(source: Source, judge: Judge, scale: Scale, found: list[State]) -> dict[str, Any]:
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
    counted = counts(source, judge.model, judge.rubric)
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
