"""The figures of reports and pages: what they show is what they were given."""

import re
from math import sqrt
from pathlib import Path

import numpy as np
import pytest

from inference.evaluation.chart_style import count_axis, said
from inference.evaluation.charts import margins_by_label, reliability, risk_coverage
from inference.evaluation.curve_labels import places
from moddog_site.variables import PROJECT
from tests.figures import read

TOKENS = Path(PROJECT, "static", "css", "tokens.css").read_text()


def curve(*points):
    """Rows of a reliability curve from (predicted, observed) points."""
    return [
        {
            "predicted": predicted,
            "observed": observed,
            "interval": (observed - 0.05, observed + 0.1),
            "band": (predicted - 0.1, predicted + 0.1),
            "count": 10 * (number + 1),
        }
        for number, (predicted, observed) in enumerate(points)
    ]


CALIBRATED = curve((0.1, 0.12), (0.5, 0.45), (0.9, 0.85))
RAW = curve((0.2, 0.1), (0.8, 0.5))
EMITTED = curve((0.3, 0.3), (0.95, 0.5))
RISK = [
    {"coverage": 0.2, "confidence": 0.99, "risk": 0.0, "low": 0.0, "high": 0.04},
    {"coverage": 1.0, "confidence": 0.5, "risk": 0.1, "low": 0.08, "high": 0.12},
]


def drawn():
    certified = {"share": 0.3, "bound": 0.05, "action": "hide", "source": "<b>forum</b>"}
    figures = (
        reliability({"raw": RAW, "calibrated": CALIBRATED, "emitted": EMITTED}, [4, 0, 9]),
        risk_coverage(RISK, [certified]),
        margins_by_label([-1.0, 0.0, 1.0], [3, 1], [0, 2]),
        reliability({}),
    )
    return [read(figure) for figure in figures]


def of(figure, name):
    return next(trace for trace in figure.data if trace.name == name)


def words(figure):
    return [note.text for note in figure.layout.annotations]


def test_each_curve_has_the_points_that_it_was_given():
    figure = drawn()[0]
    for name, rows in (("calibrated", CALIBRATED), ("raw logit", RAW), ("written by the model", EMITTED)):
        trace = of(figure, name)
        assert trace.x == pytest.approx([100 * row["predicted"] for row in rows])
        assert trace.y == pytest.approx([100 * row["observed"] for row in rows])
        assert trace.error_y.array == pytest.approx([10.0] * len(rows))
        assert trace.error_y.arrayminus == pytest.approx([5.0] * len(rows))


def test_points_grow_with_their_labels():
    sizes = of(drawn()[0], "calibrated").marker.size
    assert sizes[0] < sizes[1] < sizes[2] == 11


def test_the_band_is_where_a_perfect_calibrator_would_lie():
    band = drawn()[0].data[1]
    assert band.fill == "toself"
    assert band.x == pytest.approx([10, 50, 90, 90, 50, 10])
    assert band.y == pytest.approx([20, 60, 100, 80, 40, 0])


def test_the_counts_stand_beneath_on_the_same_axis():
    figure = drawn()[0]
    bars = figure.data[-1]
    assert [round(root**2) for root in bars.y] == [4, 0, 9]
    assert bars.x == pytest.approx([100 / 6, 50, 500 / 6])
    assert (bars.yaxis, bars.xaxis, figure.layout.xaxis.anchor) == ("y2", None, "y2")
    assert bars.customdata[2] == "9 labels between 66.6667 and 100 %"


def test_without_a_calibrator_there_is_neither_band_nor_count():
    figure = read(reliability({"raw": RAW}))
    assert [trace.name for trace in figure.data] == [None, "raw logit"]
    assert words(figure) == ["raw logit"]


def test_nothing_to_show_is_an_empty_figure_with_words():
    for empty in (reliability({}), risk_coverage([]), margins_by_label([0.0, 1.0], [0], [0])):
        figure = read(empty)
        assert len(figure.data) == 0
        assert not figure.layout.xaxis.visible
        assert not figure.layout.yaxis.visible
        assert re.search(r"appears here|is there", words(figure)[0])


def test_the_risk_curve_lies_in_its_interval_and_shows_what_is_certified():
    area, line, certified = drawn()[1].data
    assert line.x == pytest.approx([20, 100])
    assert line.y == pytest.approx([0, 10])
    assert area.y == pytest.approx([4, 12, 8, 0])
    assert (certified.x, certified.y) == ((30,), (5,))
    assert certified.customdata[0].startswith("certified: hide in &lt;b&gt;forum&lt;/b&gt;")


def test_margins_are_counted_by_label():
    benign, violating = drawn()[2].data
    assert (benign.x, benign.y) == ((-0.5, 0.5), (3, 1))
    assert violating.y == (0, 2)
    assert drawn()[2].layout.barmode == "stack"


def test_every_colour_is_a_property_that_the_pages_have():
    """One figure serves light and dark, so no colour is written in it."""
    for figure in drawn():
        text = figure.to_json()
        assert not re.search(r"#[0-9a-fA-F]{3}|rgb\(|hsl|\b(red|blue|green|gr[ae]y|black|white)\b", text)
        assert set(re.findall(r"rgba\([^)]*\)", text)) <= {"rgba(0,0,0,0)"}
        for name in re.findall(r"var\((--[\w-]+)\)", text):
            assert f"{name}:" in TOKENS


def test_names_keep_clear_of_each_other_and_stay_inside():
    rng = np.random.default_rng(0)
    for _ in range(20):
        curves = {
            name: (np.sort(rng.uniform(0, 100, 8)), np.sort(rng.uniform(0, 100, 8)))
            for name in ("calibrated", "raw logit", "written by the model")
        }
        boxes = []
        for name, place in places(curves).items():
            wide = 2.5 * len(name)
            left = place.x - wide if place.above else place.x
            middle = place.y + (5.5 if place.above else -5.5)
            assert left >= -1
            assert left + wide <= 107
            assert place.y == pytest.approx(np.interp(place.x, *curves[name]))
            assert not any(abs(middle - y) < 5 and left < r and x < left + wide for x, r, y in boxes)
            boxes.append((left, left + wide, middle))


def test_names_of_curves_that_run_close_together_do_not_overlap():
    """As the demo's were: two names stood on each other at 390 px."""
    curves = {
        "calibrated": ([2, 4, 6, 8, 15, 47], [0, 6, 10, 6, 12, 42]),
        "raw logit": ([2, 8, 15, 28, 74], [0, 4, 8, 12, 44]),
        "written by the model": ([4, 15, 89], [6, 14, 47]),
    }
    found = places({name: (np.array(x, float), np.array(y, float)) for name, (x, y) in curves.items()})
    raw, written = found["raw logit"], found["written by the model"]
    assert (raw.above, written.above) == (False, False)
    assert abs(raw.y - written.y) > 6


@pytest.mark.parametrize("most", [1, 7, 40, 286, 12_345, 3_000_000])
def test_a_root_scale_has_few_round_ticks(most):
    axis = count_axis(most, "messages")
    numbers = [int(text.replace(",", "")) for text in axis["ticktext"]]
    assert 1 <= len(numbers) <= 3
    assert numbers == sorted(numbers)
    assert axis["tickvals"] == [sqrt(number) for number in numbers]
    assert most / 2.5 <= numbers[-1] <= most
    assert axis["range"][1] >= sqrt(most)


def test_shares_are_said_as_people_say_them():
    assert [said(share) for share in (0.0412, 0.58, 1.0)] == ["4.1 %", "58 %", "100 %"]
