"""What a model wrote about a message, read with suspicion: it is for people, and gates nothing."""

import json
import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Explanation:
    """The written answer as it came, and what could be read out of it; `malformed` where it is no such JSON object."""

    raw: str
    reason: str | None
    emitted_confidence: float | None
    malformed: bool


def parse_explanation(raw: str) -> Explanation:
    """Read a written answer. Never raises: what cannot be read is kept as text and marked."""
    try:
        answer, _ = json.JSONDecoder().raw_decode(raw.strip())
    except (ValueError, RecursionError):
        return Explanation(raw, None, None, malformed=True)
    if not isinstance(answer, dict):
        return Explanation(raw, None, None, malformed=True)
    reason, confidence = answer.get("reason"), _chance(answer.get("confidence"))
    whole = isinstance(reason, str) and confidence is not None
    return Explanation(raw, reason if isinstance(reason, str) else None, confidence, malformed=not whole)


def _chance(value: object) -> float | None:
    """A number from 0 to 1, else None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) and 0 <= value <= 1 else None
