"""Where a case stands in the queue. Pure.

The queue orders by `harm + AGE_WEIGHT * age`. Age grows equally for all, so `harm - AGE_WEIGHT * opened` gives the same
order, never changes, and can be indexed.
"""

from datetime import UTC, datetime

AGE_WEIGHT = 0.1
"""Harm per hour of waiting: after ten hours a harmless case stands beside the worst new one."""
BLIND_HARM = 0.5
"""The same for every blind case, so that its place in the queue tells nothing."""
FAILURE_HARM = 0.6
TRIGGER_HARM = 0.6
"""At least, where a community's own trigger sends a message to people."""
SELF_HARM = 1.5
"""Somebody may be in danger: before the likeliest threat of violence, and before whatever waits for hours."""
REPORT_HARM = 0.75
"""Of what somebody complained about. It does not grow with their number: that would let many bury one."""
ILLEGAL_HARM = 1.0
"""Of what somebody says is against the law."""

APPEAL_HARM = 0.7
"""Of an appeal: somebody is restricted meanwhile, perhaps wrongly. Age does the rest, well before its time limit."""

_SEVERITY = {"violence": 1.0, "hate_speech": 0.9, "sexual_content": 0.85, "harassment": 0.8, "toxicity": 0.6}
_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


def harm(probability: float | None, category: str) -> float:
    """Expected harm in [0, 1]: how likely, times how bad. Without a probability, as a case of middling harm."""
    if probability is None:
        return BLIND_HARM
    return probability * _SEVERITY.get(category, 0.6)


def triggered_harm(probability: float | None, category: str, triggered: str) -> float:
    """As `harm`, of a message with a trigger of the category `triggered`."""
    return SELF_HARM if triggered == "self_harm" else max(TRIGGER_HARM, harm(probability, category))


def priority(harm: float, opened: datetime) -> float:
    """The stored sort key; higher is served first."""
    return harm - AGE_WEIGHT * (opened - _EPOCH).total_seconds() / 3600
