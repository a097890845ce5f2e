"""What a model writes is read with suspicion, and never raises."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.scoring.explanation import parse_explanation


def test_it_reads_reason_and_confidence() -> None:
    found = parse_explanation('{"flag": true, "category": "harassment", "confidence": 0.55, "reason": "short"}')
    assert (found.reason, found.emitted_confidence, found.malformed) == ("short", 0.55, False)


def test_it_ignores_what_follows_the_object() -> None:
    assert parse_explanation('{"confidence": 1, "reason": "a"} and so on').reason == "a"


@pytest.mark.parametrize("raw", ["", "{", "[1]", "null", '{"flag": true', '{"reason": 1}', "[" * 100_000])
def test_it_keeps_and_marks_what_it_cannot_read(raw: str) -> None:
    found = parse_explanation(raw)
    assert (found.raw, found.malformed) == (raw, True)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-0.1", "1.5", "true", '"0.5"', "1e999", "null"])
def test_it_takes_no_confidence_outside_0_to_1(number: str) -> None:
    found = parse_explanation(f'{{"confidence": {number}, "reason": "a"}}')
    assert (found.reason, found.emitted_confidence, found.malformed) == ("a", None, True)


@given(st.text())
def test_it_never_raises(raw: str) -> None:
    assert parse_explanation(raw).raw == raw
