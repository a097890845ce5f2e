"""What scores are worth: the keys, hand-made cases, and reading labelled files."""

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inference.evaluation.evaluate import KEYS, Scored, evaluate
from inference.evaluation.labelled_texts import BadLine, LabelledText, read_labelled
from inference.evaluation.table import table


def scored(n: int = 1200, seed: int = 0, **changes: Any) -> Scored:
    rng = np.random.default_rng(seed)
    margins = rng.normal(-0.5, 2.5, n)
    flags = (rng.random(n) < 1 / (1 + np.exp(-1.5 * margins + 1))).astype(float)
    columns: dict[str, Any] = {
        "texts": [f"text {index}" for index in range(n)],
        "margins": margins,
        "flags": flags,
        "categories": [("violence" if flag else "benign") for flag in flags],
        "sources": ["forum" if index % 2 else "chat" for index in range(n)],
    }
    return Scored(**(columns | changes))


def test_it_has_exactly_the_promised_keys() -> None:
    figures = evaluate(scored())
    assert tuple(figures) == KEYS
    assert figures["n"] + figures["n_calibrate"] == 1200
    assert figures["auroc_emitted"] is None
    assert set(figures["ece_floor"]) == {"mean", "q95"}
    assert json.loads(json.dumps(figures, allow_nan=False)) == figures


def test_calibration_mends_what_raw_logits_get_wrong() -> None:
    figures = evaluate(scored(6000))
    assert figures["ece_raw"] > 0.05
    assert figures["ece_calibrated"] < 0.03
    assert figures["brier_calibrated"] < figures["brier_raw"]
    low, high = figures["intervals"]["accuracy"]
    assert low < figures["accuracy"] < high


def test_the_order_of_rows_leaves_no_trace() -> None:
    one = scored()
    turned = Scored(one.texts[::-1], one.margins[::-1], one.flags[::-1], one.categories[::-1], one.sources[::-1])
    first, second = evaluate(one, seed=3), evaluate(turned, seed=3)
    assert first["accuracy"] == pytest.approx(second["accuracy"])
    assert first["ece_calibrated"] == pytest.approx(second["ece_calibrated"])
    assert first["auroc_flag"] == pytest.approx(second["auroc_flag"])


def test_another_seed_draws_another_part() -> None:
    assert evaluate(scored(), seed=1)["accuracy"] != evaluate(scored(), seed=2)["accuracy"]


def test_copies_of_a_text_stay_on_one_side() -> None:
    rows = scored(400, texts=[f"text {index % 2}" for index in range(400)])
    assert evaluate(rows)["n"] == 200


def test_one_class_gives_no_ranking_and_no_calibrator() -> None:
    figures = evaluate(scored(300, flags=np.zeros(300), categories=[None] * 300))
    assert figures["auroc_flag"] is None
    assert figures["ece_calibrated"] is None
    assert figures["coverage_zero_fp"] is None
    assert figures["recall_by_category"] == {}


def test_a_source_of_one_class_has_no_ranking() -> None:
    base = scored()
    sources = np.where(base.flags == 1.0, "toxic", "calm").tolist()
    by_source = evaluate(scored(sources=sources))["by_source"]
    assert by_source["calm"]["auroc_flag"] is None
    assert 0 < by_source["calm"]["accuracy"] < 1


def test_recall_is_the_share_of_a_categorys_violations_that_are_flagged() -> None:
    rows = scored(400)
    recall = evaluate(rows)["recall_by_category"]["violence"]
    assert 0.5 < recall < 1.0


def test_written_confidence_is_judged_where_it_was_written() -> None:
    written = np.where(np.arange(1200) % 3 == 0, np.nan, 0.95)
    figures = evaluate(scored(emitted=written))
    assert figures["auroc_emitted"] == 0.5
    assert figures["intervals"]["auroc_emitted"] == [0.5, 0.5]


def test_a_certified_share_needs_enough_labels() -> None:
    assert evaluate(scored(400))["coverage_at_1pct"] is None
    margins = np.r_[np.linspace(1, 8, 2000), np.linspace(-8, -1, 2000)]
    clean = scored(4000, margins=margins, flags=(margins > 0).astype(float))
    assert evaluate(clean)["coverage_at_1pct"] == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("fraction", [0.0, 1.0])
def test_both_parts_need_texts(fraction: float) -> None:
    with pytest.raises(ValueError, match="leaves no texts"):
        evaluate(scored(), fraction=fraction)


def test_the_table_names_every_figure() -> None:
    text = table(evaluate(scored()) | {"model": "nano", "messages_per_second": 123.4})
    assert text.startswith("nano: measured on 600 texts, calibrated on 600 others")
    assert "AUROC of the flag" in text
    assert "forum" in text
    assert "123.4 messages per second" in text


def test_it_reads_plain_and_gzipped_lines(tmp_path: Path) -> None:
    line = '{"text": "hi", "flag": 1, "category": "toxicity", "source": "chat"}\n\n{"text": "gg", "flag": false}\n'
    expected = [LabelledText("hi", 1, "toxicity", "chat"), LabelledText("gg", 0, None, "unnamed")]
    (tmp_path / "a.jsonl").write_text(line)
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(line.encode(), mtime=0))
    assert read_labelled(tmp_path / "a.jsonl") == expected
    assert read_labelled(tmp_path / "a.jsonl.gz") == expected


def test_a_mark_of_the_byte_order_is_no_part_of_the_first_line(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "hi", "flag": 1}\n', encoding="utf-8-sig")
    assert read_labelled(tmp_path / "a.jsonl") == [LabelledText("hi", 1, None, "unnamed")]


def test_a_file_that_was_cut_short_is_named(tmp_path: Path) -> None:
    lines = "".join(f'{{"text": "{number**9}", "flag": 0}}\n' for number in range(1_000))
    (tmp_path / "cut.jsonl.gz").write_bytes(gzip.compress(lines.encode(), mtime=0)[:-500])
    with pytest.raises(BadLine, match=r"cut.jsonl.gz is cut short or damaged after line \d+"):
        read_labelled(tmp_path / "cut.jsonl.gz")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{", "line 2: no JSON"),
        ("[]", "line 2: no JSON object"),
        ('{"flag": 1}', 'line 2: "text"'),
        ('{"text": "", "flag": 1}', 'line 2: "text"'),
        ('{"text": "a", "flag": 2}', 'line 2: "flag"'),
        ('{"text": "a"}', 'line 2: "flag"'),
        ('{"text": "a", "flag": 0, "category": 3}', 'line 2: "category"'),
        ('{"text": "\\ud800", "flag": 0}', 'line 2: "text" must be valid Unicode'),
        ("[" * 100_000, "line 2: no JSON object"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: str, says: str) -> None:
    (tmp_path / "bad.jsonl").write_text('{"text": "fine", "flag": 0}\n' + line)
    with pytest.raises(BadLine, match=says):
        read_labelled(tmp_path / "bad.jsonl")


def test_a_file_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    (tmp_path / "bad.jsonl").write_bytes(b'{"text": "\xff", "flag": 0}')
    with pytest.raises(BadLine, match="UTF-8"):
        read_labelled(tmp_path / "bad.jsonl")
