"""`manage.py evaluate`: reads a file, scores it, and prints figures or says which line is bad."""

import gzip
import json
import math
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from inference.evaluation.evaluate import KEYS
from inference.evaluation.labelled_texts import LabelledText, read_labelled
from inference.scoring.explanation import Explanation
from inference.scoring.text_score import TextScore
from review.management.commands.evaluate import score_all
from review.management.scoring_in_turn import CHUNK


class LengthScorer:
    """Longer texts look worse; the written confidence is the same everywhere, and every third is malformed."""

    name = "length"

    def score(self, texts: list[str]) -> list[TextScore]:
        return [TextScore(len(text) - 10.0, (-1.6,) * 5, len(text), 1, 0) for text in texts]

    def explain(self, texts: list[str], scores: list[TextScore], between: object = None) -> list[Explanation]:
        assert [score.margin for score in scores] == [len(text) - 10.0 for text in texts]
        return [
            Explanation("{}", None, None if index % 3 == 0 else 0.95, index % 3 == 0) for index in range(len(texts))
        ]


LETTERS = "abcdefghijklmnopqrst"  # which stay as they are when disguises are undone


@pytest.fixture
def golden(tmp_path: Path) -> Path:
    rows = [{"text": f"{LETTERS[: index % 20]} {index}", "flag": int(index % 20 > 8)} for index in range(700)]
    path = tmp_path / "golden.jsonl.gz"
    path.write_bytes(gzip.compress("\n".join(json.dumps(row) for row in rows).encode(), mtime=0))
    return path


def test_a_bad_line_ends_it_with_its_number(tmp_path):
    (tmp_path / "bad.jsonl").write_text('{"text": "fine", "flag": 0}\n{"text": "no flag"}\n')
    with pytest.raises(CommandError, match=r'bad.jsonl, line 2: "flag" must be 0 or 1'):
        call_command("evaluate", str(tmp_path / "bad.jsonl"))


def test_a_missing_or_empty_file_is_named(tmp_path):
    with pytest.raises(CommandError, match="No such file"):
        call_command("evaluate", str(tmp_path / "none.jsonl"))
    (tmp_path / "empty.jsonl").write_text("\n")
    with pytest.raises(CommandError, match="has no texts"):
        call_command("evaluate", str(tmp_path / "empty.jsonl"))


def test_rows_keep_their_order_over_chunks(golden):
    rows = read_labelled(golden)
    assert len(rows) > CHUNK
    scored, speed = score_all(LengthScorer(), rows, emitted=True)
    assert [math.copysign(1, margin) for margin in scored.margins] == [
        math.copysign(1, len(row.text) - 10.0) for row in rows
    ]
    assert scored.emitted is not None
    assert speed > 0


def test_what_is_explained_is_what_was_scored():
    scored, _ = score_all(LengthScorer(), [LabelledText("idi\u200bot", 1, None, "chat")], emitted=True)
    assert (scored.texts, scored.margins.tolist()) == (["idiot"], [-5.0])


@pytest.fixture
def length_scorer(monkeypatch):
    monkeypatch.setattr("inference.scoring.scorer.load_scorer", lambda model, **how: LengthScorer())


def test_json_has_the_promised_keys(golden, length_scorer, capsys):
    call_command("evaluate", str(golden), "--json", "--emitted")
    figures = json.loads(capsys.readouterr().out)
    assert set(figures) == {*KEYS, "model", "messages_per_second"}
    assert (figures["model"], figures["n"], figures["n_calibrate"]) == ("length", 350, 350)
    assert figures["auroc_emitted"] == 0.5
    assert figures["auroc_flag"] > 0.95


def test_the_table_is_for_people(golden, length_scorer, capsys):
    call_command("evaluate", str(golden), "--fraction-calibrate", "0.2")
    printed = capsys.readouterr().out
    assert "length: measured on 560 texts, calibrated on 140 others" in printed
    assert "AUROC of the flag" in printed


def test_a_fraction_that_leaves_nothing_is_refused(golden, length_scorer):
    with pytest.raises(CommandError, match="leaves no texts to measure on"):
        call_command("evaluate", str(golden), "--fraction-calibrate", "0.9999")


@pytest.mark.parametrize("given", ["0", "1", "-0.5", "1.5", "nan", "half"])
def test_what_is_no_share_is_refused_before_anything_is_scored(golden, given):
    with pytest.raises(CommandError, match=f"'{given}' is not a number between 0 and 1"):
        call_command("evaluate", str(golden), "--fraction-calibrate", given)


def test_a_report_without_a_folder_is_refused_before_anything_is_scored(golden, tmp_path):
    with pytest.raises(CommandError, match=r"there is no folder .*nowhere for report.html"):
        call_command("evaluate", str(golden), "--html", str(tmp_path / "nowhere" / "report.html"))


def test_figures_are_not_lost_with_a_report_that_cannot_be_written(golden, length_scorer, tmp_path, capsys):
    with pytest.raises(CommandError, match=r"could not be written: .*Is a directory"):
        call_command("evaluate", str(golden), "--html", str(tmp_path))
    assert "AUROC of the flag" in capsys.readouterr().out
