"""Models side by side: paired differences, and how many cases fewer one sends to people at the same risk."""

import json

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from inference.evaluation.evaluate import Scored
from inference.evaluation.paired_speed import times_as_fast
from inference.evaluation.side_by_side import side_by_side
from inference.evaluation.table import cases, comparison
from inference.scoring.text_score import TextScore
from inference.shipped_model import NANO
from review.management.scoring_in_turn import in_turn


def scored(noise: float, seed: int = 1, rows: int = 4_000) -> Scored:
    """Labels of which a model sees the truth through so much noise of its own, and some that all share."""
    shared, own = np.random.default_rng(0), np.random.default_rng(seed)
    flags = (shared.random(rows) < 0.4).astype(float)
    margins = 6.0 * (flags - 0.5) + shared.normal(size=rows) + noise * own.normal(size=rows)
    texts = [f"text {number}" for number in range(rows)]
    return Scored(texts, margins, flags, [None] * rows, ["here"] * rows)


class Noting:
    """A scorer that notes what it reads; "b" has a third answer, which is the likeliest of every second text."""

    def __init__(self, name: str, read: list[tuple[str, str]]) -> None:
        self.name, self.read = name, read

    def warm_up(self) -> None: ...

    def score(self, texts: list[str]) -> list[TextScore]:
        self.read += [(self.name, text) for text in texts]
        third = [int(text) % 2 == 0 if self.name == "b" else None for text in texts]
        return [TextScore(float(text), (-1.6,) * 5, 1, 1, 0, third=third[at]) for at, text in enumerate(texts)]


def test_a_better_model_saves_cases_and_its_interval_says_so() -> None:
    base, better = side_by_side([scored(2.5), scored(0.5, 2)])
    assert base["differences"] == {}
    differences = better["differences"]
    saved = differences["fewer_cases"]
    assert saved["value"] == pytest.approx(1.0 - better["to_people"] / base["to_people"])
    assert 0.2 < saved["interval"][0] < saved["value"] < saved["interval"][1] <= 1.0
    assert differences["auroc"]["interval"][0] > 0.0
    assert differences["log_loss"]["interval"][1] < 0.0
    assert better["coverage"] + better["to_people"] == pytest.approx(1.0)


def test_the_worse_one_of_the_two_sends_more() -> None:
    base, worse = side_by_side([scored(0.5, 2), scored(2.5)])
    said = cases({"model": "B", **worse}, 0.05)
    assert said.startswith("B would have sent ")
    assert "more cases to people at the same risk of 5 %" in said
    assert worse["to_people"] > base["to_people"]


def test_a_model_beside_itself_differs_by_nothing() -> None:
    same = side_by_side([scored(1.0), scored(1.0)])[1]["differences"]
    assert all(each["value"] == pytest.approx(0.0) for each in same.values())
    assert all(bound == pytest.approx(0.0) for each in same.values() for bound in each["interval"])


def test_too_few_labels_certify_nothing_and_all_goes_to_people() -> None:
    found = side_by_side([scored(1.0, rows=40), scored(1.0, 2, rows=40)])[1]
    assert found["to_people"] == 1.0
    assert found["differences"]["fewer_cases"]["value"] == 0.0


def test_the_command_sets_models_side_by_side(tmp_path, capsys) -> None:
    lines = [
        {"text": f"you are an idiot {number}" if number % 2 else f"good game {number}", "flag": number % 2}
        for number in range(200)
    ]
    path = tmp_path / "labels.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)))
    call_command("evaluate", str(path), "--model", "nano", "--model", str(NANO), "--json")
    found = json.loads(capsys.readouterr().out)
    first, second = found["models"]
    assert found["risk"] == 0.05
    assert first["format"] == "moddog"
    assert first["auroc"] == second["auroc"]
    assert second["differences"]["auroc"] == {"value": 0.0, "interval": [0.0, 0.0]}
    assert second["differences"]["times_as_fast"]["rounds"] == 12
    assert (first["third_share"], second["third_share"]) == (None, None)
    printed = comparison(found["models"], 0.05)
    assert "median of 12 rounds in turn)." in printed
    assert "Third answer" not in printed
    assert "  Third answer likeliest                        0.2500" in comparison(
        [{**first, "third_share": 0.25}, second], 0.05
    )
    assert "would have sent 0 % fewer cases to people at the same risk of 5 %" in printed
    with pytest.raises(CommandError, match="--html is for one model"):
        call_command("evaluate", str(path), "--model", "nano", "--model", "nano", "--html", str(tmp_path / "x.html"))
    with pytest.raises(CommandError, match="no verdict format 'x'"):
        call_command("evaluate", str(path), "--format", "x")


def test_speeds_are_compared_round_by_round() -> None:
    """Both slow down threefold in the middle: what disturbs a round disturbs both, and the ratio stays."""
    base = [1.0, 1.1, 0.9, 3.0, 3.3, 3.0, 1.0, 1.0, 1.1, 1.0]
    found = times_as_fast(base, [each / 2.0 for each in base])
    assert found == {"value": 2.0, "interval": [2.0, 2.0], "rounds": 10}


def test_the_interval_of_a_speed_is_that_of_order_statistics() -> None:
    """Of ten rounds the second ratio from either end: the median lies beyond one with a chance of 11 in 1,024 each."""
    ratios = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0]
    found = times_as_fast(ratios, [1.0] * 10)
    assert found == {"value": 5.5, "interval": [2.0, 9.0], "rounds": 10}
    assert times_as_fast(ratios[:6], [1.0] * 6)["interval"] == [1.0, 6.0]
    assert times_as_fast(ratios[:5], [1.0] * 5)["interval"] is None


def test_models_take_turns_at_the_same_texts() -> None:
    read: list[tuple[str, str]] = []
    passes = in_turn([Noting("a", read), Noting("b", read)], [str(number) for number in range(24)])
    assert read[:6] == [("a", "0"), ("a", "1"), ("b", "0"), ("b", "1"), ("b", "2"), ("b", "3")]
    for each, third in zip(passes, (None, 0.5), strict=True):
        assert [score.margin for score in each.scores] == list(range(24))
        assert len(each.seconds) == 12
        assert each.third_share == third
