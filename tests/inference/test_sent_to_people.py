"""Plain English chat is hardly ever sent to people by the filters of language and legibility alone."""

import json
import random
from pathlib import Path

import pytest

from inference.finetuning.written_lines import written_lines
from inference.reliability.curves import wilson
from inference.scoring.language import ENGLISH, language_of
from inference.scoring.legible import is_plain
from inference.scoring.normalise import normalised
from inference.training.everyday_lines import everyday_lines

HERE = Path(__file__)
DEMO = HERE.parents[2] / "review" / "demo"
MOST = 0.01


def demo(name: str) -> list[str]:
    return [json.loads(line)["text"] for line in (DEMO / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]


LINES = {
    "community": demo("community"),
    "chatter": demo("chatter"),
    "golden": demo("golden"),
    "fragments": HERE.with_name("everyday_lines.txt").read_text(encoding="utf-8").splitlines(),
    "everyday": everyday_lines(4_000, random.Random(0)),
    "written": [text for text, _, _ in written_lines(4_000, random.Random(0))],
}


def sent_away(lines: list[str]) -> list[str]:
    read = {line: normalised(line) for line in lines}
    return [line for line in lines if language_of(read[line]) != ENGLISH or not is_plain(read[line])]


@pytest.mark.parametrize("name", LINES)
def test_at_most_one_line_in_a_hundred_is_sent_to_people(name: str) -> None:
    away = sent_away(LINES[name])
    assert len(away) <= MOST * len(LINES[name]), away[:20]


def test_of_all_of_them_together_the_share_is_surely_below_that() -> None:
    """Wilson's interval ends below it, over more than 8,000 lines."""
    lines = [line for each in LINES.values() for line in each]
    assert len(lines) > 8_000
    assert wilson(len(sent_away(lines)) / len(lines), len(lines))[1] < MOST
