"""The demo's texts are data: these tests hold them to what the loader, the simulator and `evaluate` count on."""

import json
import re
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "review" / "demo"
SCORED = {"toxicity", "harassment", "hate_speech", "sexual_content", "violence"}
VIOLATIONS = SCORED | {"spam", "self_harm"}
CHANNELS = {
    "general",
    "ranked-5v5",
    "speedrunning",
    "retro-repair",
    "tabletop-night",
    "off-topic",
    "memes",
    "help-desk",
    "lfg",
}
KEYS = {
    "community": {"id", "author", "channel", "thread", "offset_s", "text", "flag", "category", "clarity", "note"},
    "golden": {"text", "flag", "category", "source"},
    "chatter": {"author", "channel", "thread", "text", "flag", "category"},
}
HOUR = 3600

Row = dict[str, Any]


def read(name: str) -> list[Row]:
    """All rows of one file, in order. No blank lines: a bad one raises."""
    return [json.loads(line) for line in (FOLDER / f"{name}.jsonl").read_text(encoding="utf-8").split("\n")[:-1]]


def folded(rows: list[Row]) -> list[str]:
    """Texts as a reader tells them apart: case and spacing do not count."""
    return [" ".join(row["text"].casefold().split()) for row in rows]


def benign_share(rows: list[Row]) -> float:
    """The share of rows that a moderator would leave alone, 0 to 1."""
    return sum(1 for row in rows if row["flag"] == 0) / len(rows)


@pytest.mark.parametrize("name", KEYS)
def test_every_row_is_whole(name: str) -> None:
    for row in read(name):
        assert set(row) == KEYS[name], row
        assert row["flag"] in (0, 1)
        assert row["category"] in VIOLATIONS | {"benign"}
        assert row["flag"] == (row["category"] != "benign"), row


@pytest.mark.parametrize("name", KEYS)
def test_texts_can_be_taken_in(name: str) -> None:
    for row in read(name):
        assert 1 <= len(row["text"].strip()) <= len(row["text"]) <= 100_000
        assert "\0" not in row["text"]
        assert not re.search(r"[\ud800-\udfff]", row["text"])
        row["text"].encode("utf-8")


@pytest.mark.parametrize("name", KEYS)
def test_no_text_comes_twice(name: str) -> None:
    counts = Counter(folded(read(name)))
    assert [text for text, count in counts.items() if count > 1] == []


@pytest.mark.parametrize(("one", "other"), [("community", "golden"), ("community", "chatter"), ("golden", "chatter")])
def test_files_share_no_text(one: str, other: str) -> None:
    assert set(folded(read(one))) & set(folded(read(other))) == set()


@pytest.mark.parametrize("name", ["community", "chatter"])
def test_talk_keeps_to_its_channels(name: str) -> None:
    rows = read(name)
    assert {row["channel"] for row in rows} == CHANNELS
    homes = {(row["thread"], row["channel"]) for row in rows if row["thread"] is not None}
    assert len({thread for thread, _ in homes}) == len(homes), "a thread lies in one channel"
    for row in rows:
        assert re.fullmatch(r"[A-Za-z0-9_.]{2,40}", row["author"]), row["author"]


@pytest.mark.parametrize("name", ["community", "chatter"])
def test_threads_are_conversations(name: str) -> None:
    voices: dict[str, list[str]] = {}
    for row in read(name):
        if row["thread"] is not None:
            voices.setdefault(row["thread"], []).append(row["author"])
    for thread, authors in voices.items():
        assert len(authors) >= 5, thread
        assert len(set(authors)) >= 2, thread


def test_community_is_large_and_mostly_harmless() -> None:
    rows = read("community")
    assert len(rows) >= 640
    assert len({row["author"] for row in rows}) >= 64
    assert len({row["thread"] for row in rows} - {None}) >= 50
    assert 0.82 <= benign_share(rows) <= 0.87
    counts = Counter(row["category"] for row in rows)
    assert min(counts[category] for category in VIOLATIONS) >= 8
    assert {category for category, _ in counts.most_common(3)} == {"benign", "toxicity", "harassment"}


def test_community_has_hard_lines_on_both_sides() -> None:
    rows = read("community")
    clarity = Counter((row["flag"], row["clarity"]) for row in rows)
    assert {level for _, level in clarity} == {"clear", "borderline", "adversarial"}
    assert clarity[0, "borderline"] >= 30
    assert clarity[1, "borderline"] + clarity[1, "adversarial"] >= 15
    assert sum(600 <= len(row["text"]) <= 1500 for row in rows) >= 3
    for row in rows:
        assert row["note"] is None or 3 <= len(row["note"]) <= 80


def test_community_runs_in_order_through_three_days() -> None:
    rows = read("community")
    assert [row["id"] for row in rows] == [f"ra-{number:04d}" for number in range(1, len(rows) + 1)]
    offsets = [row["offset_s"] for row in rows]
    assert offsets[0] == 0
    assert all(type(offset) is int for offset in offsets)
    assert all(earlier <= later for earlier, later in pairwise(offsets))
    assert 60 * HOUR <= offsets[-1] <= 74 * HOUR
    by_hour = Counter(offset // HOUR % 24 for offset in offsets)
    busiest = max(by_hour.values())
    assert min(by_hour[hour] for hour in range(24)) <= busiest / 10, "a night is quiet"


def test_golden_weighs_both_answers_alike() -> None:
    rows = read("golden")
    assert len(rows) >= 260
    assert 0.45 <= benign_share(rows) <= 0.55
    assert {row["category"] for row in rows} == SCORED | {"benign"}
    cells = Counter((row["category"], row["source"]) for row in rows)
    assert {source for _, source in cells} == {"golden_clear", "golden_borderline", "golden_adversarial"}
    assert len(cells) == 18
    assert min(cells.values()) >= 6


def test_golden_tries_to_slip_past() -> None:
    """Zero-width characters, other alphabets, leetspeak and made-up answers stand on both sides of the decision."""
    rows = [row for row in read("golden") if row["source"] == "golden_adversarial"]
    for trick in (r"\u200b", r"[\u0400-\u04ff]", r"[a-z][0134]+[a-z]", r"(?:\b\w ){4}", r'\{"flag"', r"<\|im_end\|>"):
        assert {row["flag"] for row in rows if re.search(trick, row["text"])} == {0, 1}, trick


def test_chatter_goes_on_in_the_same_voices() -> None:
    rows, known = read("chatter"), {row["author"] for row in read("community")}
    assert len(rows) >= 320
    assert 0.82 <= benign_share(rows) <= 0.87
    assert {row["category"] for row in rows} == VIOLATIONS | {"benign"}
    assert sum(row["author"] in known for row in rows) / len(rows) >= 0.7
