"""Where a case stands in the queue. Pure.

The queue orders by `harm + AGE_WEIGHT * age`. Age grows equally for all, so `harm - AGE_WEIGHT * opened` gives the same
order, never changes, and can be indexed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import log10
from typing import Any

AGE_WEIGHT = 0.1
"""Harm per hour of waiting: after ten hours a harmless case stands beside the worst new one."""
BLIND_HARM = 0.5
"""The same for every blind case, so that its place in the queue tells nothing."""
FAILURE_HARM = 0.6
TRIGGER_HARM = 0.6
"""At least, where a community's own trigger sends a message to people."""
SELF_HARM = 1.5
"""Somebody may be in danger: before the likeliest threat of violence, and before whatever waits for hours."""
MOST_HARM = 1.4
"""Whatever the weights say: nothing comes before somebody in danger."""
REPORT_HARM = 0.75
"""Of what somebody complained about. It does not grow with their number: that would let many bury one."""
ILLEGAL_HARM = 1.0
"""Of what somebody says is against the law."""

APPEAL_HARM = 0.7
"""Of an appeal: somebody is restricted meanwhile, perhaps wrongly. Age does the rest, well before its time limit."""

SEVERITY = {"violence": 1.0, "hate_speech": 0.9, "sexual_content": 0.85, "harassment": 0.8, "toxicity": 0.6}
PATIENCE = 1 / AGE_WEIGHT
WORST = 1.0
"""The harm of the worst new message, to which a case has risen once it has waited for the target of its queue."""
MOST_READERS = 1e9
_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Weights:
    """What a policy says of the order: `severity` by category, `report` the harm of what is reported, at least.

    `reach` (0 to 1) is what each tenfold of readers adds, as a share. Age grows equally for all, or the order of two
    communities would change while both wait; so `patience`, the hours of waiting that weigh as much as the worst new
    message, scales the harm instead.
    """

    severity: Mapping[str, float] = field(default_factory=lambda: SEVERITY)
    reach: float = 0.0
    report: float = REPORT_HARM
    patience: float = PATIENCE

    def harm(self, probability: float | None, category: str, readers: float = 0.0) -> float:
        """Expected harm: how likely, times how bad, times how far it reaches. Middling without a probability."""
        likely = BLIND_HARM if probability is None else probability * self.severity.get(category, 0.6)
        return self.scaled(min(MOST_HARM, likely * (1 + self.reach * log10(1 + readers))))

    def triggered(self, probability: float | None, category: str, triggered: str, readers: float = 0.0) -> float:
        """As `harm`, of a message with a trigger of the category `triggered`. Who may be in danger comes first."""
        if triggered == "self_harm":
            return max(SELF_HARM, self.scaled(SELF_HARM))
        return max(self.scaled(TRIGGER_HARM), self.harm(probability, category, readers))

    def scaled(self, harm: float) -> float:
        return harm * self.patience / PATIENCE


STANDARD = Weights()


def weights_of(stored: Mapping[str, Any]) -> Weights:
    """As a policy stores them; what it does not name is as it is for all."""
    severity = SEVERITY | stored.get("severity", {})
    return Weights(severity, **{name: stored[name] for name in ("reach", "report", "patience") if name in stored})


def readers_of(metadata: Mapping[str, Any]) -> float:
    """How many see a message, where the platform says so as `reach`; 0 where it says nothing sensible."""
    told = metadata.get("reach")
    if isinstance(told, bool) or not isinstance(told, int | float) or not told > 0:
        return 0.0
    return min(float(told), MOST_READERS)


def harm(probability: float | None, category: str) -> float:
    """Expected harm by the weights that hold where a policy names none, in [0, 1]."""
    return STANDARD.harm(probability, category)


def priority(harm: float, opened: datetime) -> float:
    """The stored sort key; higher is served first."""
    return harm - AGE_WEIGHT * (opened - _EPOCH).total_seconds() / 3600


def raised_by(target: float | None) -> float:
    """What a target of so many hours adds to the harm of a case, so that what is harmless stands beside the worst new
    message once it has waited so long. A target that patience alone would meet adds nothing.
    """
    return 0.0 if target is None else max(0.0, WORST - AGE_WEIGHT * target)


def parts(stored: float, opened: datetime, now: datetime) -> tuple[float, float]:
    """What a stored sort key is made of at this moment: the expected harm, and what the wait adds to it."""
    return stored - priority(0.0, opened), AGE_WEIGHT * (now - opened).total_seconds() / 3600
