"""The simulator: keeps the demo community talking, a line at a time, until somebody switches it off."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from django.db.models import F

from review.intake import storing
from review.intake.rows import Row
from review.models import Simulator

CHATTER = Path(__file__).parent / "chatter.jsonl"


def say_next() -> int:
    """Post the next line in every community whose simulator is on; returns how many spoke."""
    return sum(_say(simulator) for simulator in Simulator.objects.filter(running=True).select_related("source"))


def _say(simulator: Simulator) -> bool:
    """Advance first, so that two runs at once do not say the same line; the end leads back to the beginning."""
    position = simulator.position
    moved = Simulator.objects.filter(pk=simulator.pk, running=True, position=position).update(
        position=F("position") + 1
    )
    if not moved:
        return False
    line = _lines()[position % len(_lines())]
    row = Row(f"live-{position}", line["text"], line["author"], line["channel"], line["thread"] or "")
    return storing.store(simulator.source, [row]).accepted == 1


@cache
def _lines() -> list[dict[str, Any]]:
    return [json.loads(text) for text in CHATTER.read_text(encoding="utf-8").splitlines()]
