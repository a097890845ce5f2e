"""How many outcomes a year a certificate is watched over: what the level of its alarm is made from, once."""

import numpy as np

from review.models import Action, Policy, RiskTarget
from review.policy import risk_targets
from review.policy.preview import scale_of
from review.policy.whatif import course
from review.registry import certificates
from review.registry.ladder import parse
from review.registry.scoring_setup import ScoringSetup
from review.verdicts.margin_counts import CENTRES, counts

WEEKS = 52.18
LEAST = 52.18  # a year, one a week: fewer make the level no lower


def outcomes_a_year(target: RiskTarget, setup: ScoringSetup, policy: Policy, margin: float) -> float:
    """Messages of a year beyond the margin; for a share of a class, those of its ladder that are drawn.

    From the traffic of the last 30 days under the setup.
    """
    if risk_targets.pure_target(target).of_class:
        a_week = _drawn_a_week(target, setup, policy)
    else:
        a_week = messages_a_week(target, setup, policy, margin)
    return max(a_week * WEEKS, LEAST)


def messages_a_week(target: RiskTarget, setup: ScoringSetup, policy: Policy, margin: float) -> float:
    """How many messages a week lie beyond the certified margin, on the risk target's ladder."""
    counted = counts(target.source, setup.model, setup.rubric)
    beyond = margin >= CENTRES if target.action == Action.ALLOW else margin <= CENTRES
    names = certificates.categories_of(target, parse(policy.ladders))
    return sum(int(counted.by_category[name][beyond].sum()) for name in names) * 7 / counted.days


def _drawn_a_week(target: RiskTarget, setup: ScoringSetup, policy: Policy) -> float:
    """How many messages a week of the target's ladder are judged blind, under the policy."""
    counted, scale = counts(target.source, setup.model, setup.rubric), scale_of(target.source, setup)
    ladders = parse(policy.ladders)
    drawn = 0.0
    for name in certificates.categories_of(target, ladders):
        bins = counted.by_category[name]
        rates = course(ladders.of(name), scale, name).rates(policy.audit_rate) if scale else policy.audit_rate
        drawn += float(np.sum(bins * rates))
    return drawn * 7 / counted.days
