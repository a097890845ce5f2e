"""What it takes to certify a risk target at the present traffic, and by when: the arithmetic that the page prints."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from django.utils import timezone
from numpy.typing import NDArray

from inference.guarantees.bounds import delta_of_attempt, labels_needed
from inference.guarantees.risk_targets import audit_rate_for
from review.models import Action, CertificationAttempt, Policy, RiskTarget
from review.policy import risk_targets
from review.policy.whatif import Array, Scale, course
from review.registry import certificates
from review.registry.ladder import ACTIONS, Ladder, parse
from review.verdicts.margin_counts import Counts

FOREVER = 520  # weeks beyond which a date says nothing


@dataclass(frozen=True)
class Plan:
    """`needed` labels without an error certify; `missing` are still to come, at `per_week * rate` a week.

    `weeks` and `by` say when at that rate: None where nothing comes in. `rate_in_time` would do it in its weeks.
    """

    needed: int
    missing: int
    per_week: float
    rate: float
    weeks: float | None
    by: datetime | None
    rate_in_time: float | None

    @property
    def labels_a_week(self) -> float:
        return self.per_week * self.rate


def plan(target: RiskTarget, policy: Policy, counts: Counts, scale: Scale, last: CertificationAttempt | None) -> Plan:
    """The plan for a risk target that is not certified yet, from the newest attempt."""
    pure = risk_targets.pure_target(target)
    attempts = target.attempts.filter(number__gt=0).count()
    needed = labels_needed(pure.risk, delta_of_attempt(pure.delta, attempts + 1))
    missing = last.missing if last and last.missing else needed
    per_week, rate = _coming(target, policy, counts, scale)
    pace = per_week * rate
    weeks = missing / pace if pace > 0 else None
    return Plan(
        needed=needed,
        missing=missing,
        per_week=per_week,
        rate=rate,
        weeks=weeks,
        by=timezone.now() + timedelta(weeks=weeks) if weeks is not None and weeks < FOREVER else None,
        rate_in_time=audit_rate_for(pure, per_week, target.weeks) if per_week > 0 else None,
    )


def _coming(target: RiskTarget, policy: Policy, counts: Counts, scale: Scale) -> tuple[float, float]:
    """Messages a week that the risk is a share of, and the mean rate at which they are judged blind."""
    ladders = parse(policy.ladders)
    pure = risk_targets.pure_target(target)
    messages, drawn = 0.0, 0.0
    for name in certificates.categories_of(target, ladders):
        rates = course(ladders.of(name), scale, name).rates(policy.audit_rate)
        bins, probabilities = counts.by_category[name].astype(float), scale.probabilities[name]
        if pure.of_class:
            bins = bins * (probabilities if pure.wrong_class else 1.0 - probabilities)
        else:
            bins = np.where(_reached(target, ladders.of(name), probabilities), bins, 0.0)
        messages += float(bins.sum())
        drawn += float(bins @ rates)
    return messages * 7 / counts.days, drawn / messages if messages else policy.audit_rate


def _reached(target: RiskTarget, ladder: Ladder, probabilities: Array) -> NDArray[np.bool_]:
    """Bins whose messages would take the risk target's rung by their probability."""
    ats = {rung.action: rung.at for rung in ladder.rungs}
    if target.action == Action.ALLOW:
        harsher = [ats[action] for action in ACTIONS[1:] if action in ats]
        return probabilities < min(harsher, default=1.1)
    return probabilities >= ats.get(target.action, 1.1)
