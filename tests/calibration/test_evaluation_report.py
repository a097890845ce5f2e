"""`manage.py evaluate --html`: one file that needs nothing else, whatever the texts say."""

import json
import re
from html.parser import HTMLParser

import pytest
from django.core.management import call_command
from playwright.sync_api import expect

from inference.scoring.text_score import TextScore
from review.management.commands.evaluate import SETS
from tests.stack import wait_until

INK = "document.querySelector('.chart').layout.template.layout.font.color"
HOSTILE = '</script><script>alert("x")</script>{{ figures }}<img src=x onerror=alert(1)>'

PROMISED = {
    "n",
    "n_calibrate",
    "model",
    "accuracy",
    "f1",
    "auroc_flag",
    "auroc_confidence",
    "auroc_confidence_calibrated",
    "accuracy_calibrated",
    "auroc_emitted",
    "ece_raw",
    "ece_calibrated",
    "ece_debiased",
    "ece_floor",
    "smooth_ece_calibrated",
    "smooth_ece_floor",
    "brier_raw",
    "brier_calibrated",
    "log_loss_calibrated",
    "coverage_zero_fp",
    "coverage_removed_zero_fp",
    "false_positives_zero_fp",
    "false_positive_bound_zero_fp",
    "misses_zero_fp",
    "coverage_at_1pct",
    "recall_by_category",
    "by_source",
    "intervals",
    "messages_per_second",
}
"""What others script against, written out so that no rename goes unseen."""


class MarkScorer:
    """Flags what has an exclamation mark, a little more surely each time."""

    name = "mark <b>"

    def score(self, texts):
        margins = (len(text) % 7 / 7.0 + (2.0 if "!" in text else -2.0) for text in texts)
        return [TextScore(margin, (-1.6,) * 5, 5, 1, 0) for margin in margins]


@pytest.fixture
def written(tmp_path, monkeypatch):
    monkeypatch.setattr("inference.scoring.scorer.load_scorer", lambda model, **how: MarkScorer())
    rows = [
        {"text": f"{HOSTILE} {'!' * (n % 2)} {n}", "flag": int(n % 2 == 1 or n % 9 == 0), "source": "<i>"}
        for n in range(400)
    ]
    (tmp_path / "set.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    call_command("evaluate", str(tmp_path / "set.jsonl"), "--html", str(tmp_path / "report.html"), "--json")
    return (tmp_path / "report.html").read_text()


def test_hostile_texts_stay_text(written):
    assert "Where it is most surely wrong" in written
    assert "&lt;/script&gt;&lt;script&gt;alert" in written
    assert '<script>alert("x")' not in written
    assert "<img src=x" not in written
    assert "<i>" not in written
    assert "mark &lt;b&gt;" in written


class Addresses(HTMLParser):
    """Collects whatever a tag would have the browser fetch."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        self.found += [(tag, value) for name, value in attrs if name in {"src", "href", "action", "data"}]


def test_nothing_is_fetched_from_elsewhere(written):
    addresses = Addresses()
    addresses.feed(written)
    assert addresses.found == []
    assert "default-src 'none'" in written
    assert "Plotly" in written


def test_its_charts_are_the_figures(written):
    found = re.search(r'<script id="charts" type="application/json">(.*?)</script>', written, flags=re.S)
    charts = json.loads(found.group(1))
    assert set(charts) == {"reliability", "margins", "risk"}
    assert sum(sum(trace["y"]) for trace in charts["margins"]["data"]) == 200
    for name in charts:
        assert f'data-chart="#{name}"' in written
    assert written.count("<summary>As a table</summary>") == 3


def test_a_browser_draws_it_from_the_file_alone(written, tmp_path, page):
    said = []
    page.on("console", lambda line: said.append(line.text) if line.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto((tmp_path / "report.html").as_uri())
    for name in ("reliability", "margins", "risk"):
        expect(page.locator(f'[data-chart="#{name}"] .main-svg').first).to_be_visible()
    light = page.evaluate(INK)
    page.emulate_media(color_scheme="dark")
    wait_until(lambda: page.evaluate(INK) != light)
    assert said == []


def test_the_golden_set_of_the_demo_has_a_name(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("inference.scoring.scorer.load_scorer", lambda model, **how: MarkScorer())
    monkeypatch.chdir(tmp_path)
    call_command("evaluate", "golden", "--json")
    figures = json.loads(capsys.readouterr().out)
    lines = SETS["golden"].read_text(encoding="utf-8").splitlines()
    assert figures["n"] + figures["n_calibrate"] == len(lines)
    assert set(figures) == PROMISED
    assert set(figures["by_source"]) == {"golden_clear", "golden_borderline", "golden_adversarial"}
