"""`manage.py score`: texts in, judgements out, no database."""

import io
import json
import math
from dataclasses import replace

import pytest
from django.core.management import CommandError, call_command

from inference.calibration.shipped_calibrator import NoCalibrator, shipped_calibrator
from inference.categories import BENIGN, CATEGORIES
from inference.scoring.fingerprint import as_asked_now
from inference.scoring.identity import Identity
from inference.scoring.local_scorer import LocalScorer


def score(monkeypatch: pytest.MonkeyPatch, text: str) -> list[dict[str, object]]:
    """The judgements of lines."""
    out = io.StringIO()
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    call_command("score", stdout=out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_it_writes_a_judgement_a_line_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = ["good morning", "you are a worthless idiot", "", "who wants pizza"] * 70
    found = score(monkeypatch, "\n".join(lines) + "\n")
    assert len(found) == len(lines)
    for judgement, other in zip(found, found[4:], strict=False):
        assert judgement["margin"] == pytest.approx(other["margin"], abs=1e-4)


def test_a_judgement_adds_up(monkeypatch: pytest.MonkeyPatch) -> None:
    (found,) = score(monkeypatch, "you are a worthless idiot")
    assert set(found) == {"margin", "probability", "flag", "category", "categories", "ms"}
    categories = found["categories"]
    assert isinstance(categories, dict)
    assert tuple(categories) == (BENIGN, *CATEGORIES)
    assert math.fsum(categories.values()) == pytest.approx(1.0)
    assert categories[BENIGN] == pytest.approx(1.0 - float(str(found["probability"])))


def test_an_insult_is_likelier_a_violation_than_a_greeting(monkeypatch: pytest.MonkeyPatch) -> None:
    insult, greeting = score(monkeypatch, "you are a worthless idiot\ngood morning everyone")
    assert float(str(insult["probability"])) > 10 * float(str(greeting["probability"]))


def test_bytes_that_are_not_utf8_cost_no_line(monkeypatch: pytest.MonkeyPatch) -> None:
    out, given = io.StringIO(), b"good \xff morning\r\nyou are a worthless\ridiot\n"
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(given), encoding="ascii"))
    call_command("score", stdout=out)
    first, second = map(json.loads, out.getvalue().splitlines())
    assert first["probability"] < second["probability"]


def test_no_text_is_no_judgement(monkeypatch: pytest.MonkeyPatch) -> None:
    assert score(monkeypatch, "") == []


def test_a_model_that_is_not_there_is_an_error(tmp_path: object) -> None:
    with pytest.raises(CommandError):
        call_command("score", model=str(tmp_path))


def test_a_folder_without_a_calibrator_says_where_it_looked(tmp_path: object) -> None:
    with pytest.raises(NoCalibrator, match=r"calibrator\.json"):
        shipped_calibrator(str(tmp_path), Identity("a" * 64))


def test_a_calibrator_of_other_weights_is_none() -> None:
    with pytest.raises(NoCalibrator, match="was fitted on other weights and precision"):
        shipped_calibrator(None, Identity("a" * 64))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"precision": "bfloat16"}, "other precision: set MODDOG_DTYPE=float32"),
        ({"prompt_form": "newer"}, "other prompt form: fit it again"),
        ({"normaliser": "newer"}, "other normaliser: fit it again"),
    ],
)
def test_the_shipped_calibrator_is_for_the_shipped_model_as_it_was_fitted(
    nano: LocalScorer, change: dict[str, str], words: str
) -> None:
    whole = as_asked_now(nano.model_hash, "float32")
    assert shipped_calibrator(None, whole)
    with pytest.raises(NoCalibrator, match=words):
        shipped_calibrator(None, replace(whole, **change))


def test_a_long_text_says_that_its_probability_is_not_calibrated(monkeypatch: pytest.MonkeyPatch) -> None:
    long, short = score(monkeypatch, "you are an idiot. " * 200 + "\nhello\n")
    assert long["calibrated"] is False
    assert "windows" in long
    assert "windows" not in short
