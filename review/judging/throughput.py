"""How fast this process scores: what its heartbeat tells, and `/metrics` shows."""

from dataclasses import dataclass
from typing import Any


@dataclass
class Tally:
    """Since this process started."""

    seconds: float = 0.0
    passes: int = 0
    messages: int = 0
    tokens: int = 0
    last_ms: float = 0.0


_tally = Tally()


def note(seconds: float, messages: int, tokens: int) -> None:
    """Count one call of the scorer that took so long for so many messages and tokens of theirs."""
    if not messages:
        return
    _tally.seconds += seconds
    _tally.passes += 1
    _tally.messages += messages
    _tally.tokens += tokens
    _tally.last_ms = 1000.0 * seconds / messages


def figures() -> dict[str, Any]:
    """As it goes into a heartbeat."""
    return {
        "scoring_seconds": round(_tally.seconds, 3),
        "scoring_calls": _tally.passes,
        "messages_scored": _tally.messages,
        "tokens_scored": _tally.tokens,
        "ms_a_message": round(_tally.last_ms, 3),
    }
