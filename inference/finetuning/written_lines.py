"""Chat lines written for moddog: what the collected sources lack, filled into patterns by a seeded generator.

Everyday and gaming chat is harmless in them however fierce its words sound; threats, personal attacks and sexual
advances stand beside it in much the same words, so that the difference has to be learnt from the whole line. The
patterns and what fills them are in `written_lines.json`.
"""

import json
import random
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

SHARES = {
    "benign": 0.54,
    "harassment": 0.15,
    "toxicity": 0.07,
    "violence": 0.09,
    "sexual_content": 0.09,
    "hate_speech": 0.06,
}
_WRITTEN = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
SLOTS: dict[str, list[str]] = _WRITTEN["slots"]
PATTERNS: dict[str, list[str]] = _WRITTEN["patterns"]
_SLOT = re.compile(r"\{(\w+)\}")


def written_lines(count: int, draw: random.Random) -> list[tuple[str, int, str]]:
    """Up to `count` distinct lines, each with its flag and category, by a seeded generator."""
    lines: dict[str, tuple[str, int, str]] = {}
    for category, share in SHARES.items():
        for _ in range(int(count * share)):
            text = fill(draw.choice(PATTERNS[category]), draw, SLOTS)
            lines.setdefault(text.lower(), (text, int(category != "benign"), category))
    return list(lines.values())


def fill(pattern: str, draw: random.Random, slots: Mapping[str, Sequence[str]]) -> str:
    """The pattern with every `{slot}` replaced by one of its fillings, without blanks around it."""
    while _SLOT.search(pattern):
        pattern = _SLOT.sub(lambda slot: draw.choice(slots[slot.group(1)]), pattern)
    return pattern.strip()
