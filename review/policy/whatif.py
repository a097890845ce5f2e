"""What a ladder would have done to recent traffic. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from review.policy.ladder import ACTIONS, Ladders


@dataclass(frozen=True)
class Case:
    """A judged message: its probability (0 to 1), likeliest category, and what blind people ruled, if they did.

    Where the model is not `covered` for its script, no ladder applies: people look at it.
    """

    message: int
    probability: float
    category: str
    ruled_violation: bool | None = None
    covered: bool = True


@dataclass(frozen=True)
class Change:
    """A message that would have gone another way."""

    message: int
    probability: float
    before: str
    after: str


@dataclass(frozen=True)
class WhatIf:
    """Counts by action under both ladders, the messages that move, and what blind rulings say of the new one.

    `acted_ruled` counts the blind rulings among what the proposed ladder hides or removes, `acted_benign` those of
    them that were benign: the wrongly acted on.
    """

    total: int
    before: dict[str, int]
    after: dict[str, int]
    changes: list[Change] = field(default_factory=list)
    acted_ruled: int = 0
    acted_benign: int = 0
    allowed_ruled: int = 0
    allowed_violations: int = 0

    def share(self, counts: dict[str, int], action: str) -> float:
        """Share of the traffic in [0, 1] that takes `action`; 0 without traffic."""
        return counts[action] / self.total if self.total else 0.0


def compare(traffic: Sequence[Case], before: Ladders, after: Ladders) -> WhatIf:
    """Route `traffic` under both ladders."""
    old = [_action(one, before) for one in traffic]
    new = [_action(one, after) for one in traffic]
    changes = [
        Change(one.message, one.probability, was, now)
        for one, was, now in zip(traffic, old, new, strict=True)
        if was != now
    ]
    acted = [one.ruled_violation for one, now in zip(traffic, new, strict=True) if now in ("hide", "remove")]
    allowed = [one.ruled_violation for one, now in zip(traffic, new, strict=True) if now == "allow"]
    return WhatIf(
        total=len(traffic),
        before=_counts(old),
        after=_counts(new),
        changes=changes,
        acted_ruled=sum(ruled is not None for ruled in acted),
        acted_benign=sum(ruled is False for ruled in acted),
        allowed_ruled=sum(ruled is not None for ruled in allowed),
        allowed_violations=sum(ruled is True for ruled in allowed),
    )


def _action(one: Case, ladders: Ladders) -> str:
    return ladders.of(one.category).rung(one.probability).action if one.covered else "review"


def _counts(actions: Sequence[str]) -> dict[str, int]:
    counted = Counter(actions)
    return {action: counted[action] for action in ACTIONS}
