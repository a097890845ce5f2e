"""The figures that only pages have, and how they are served."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.test import RequestFactory

from inference.evaluation.chart_style import ACCENT, ACT, ALLOW, BAR
from review.charts import load, operations
from review.charts.over_time import Point, over_time
from review.charts.probability import Mark, by_probability
from review.charts.response import chart_response
from tests.figures import read

POINTS = [Point("2026-11-01", 0.02, 0.05, 100), Point("2026-11-02", 0.09, 0.06, 1200)]
MARKS = [Mark("review", 0.2, "review 20 %"), Mark("hide", 0.7, "hide 70 %"), Mark("remove", 1.0, "remove", shown=False)]


def test_what_chance_does_not_explain_is_marked():
    area, line = read(over_time(POINTS, "calibration error", "labels", digits=3)).data
    assert line.x == ("2026-11-01", "2026-11-02")
    assert line.y == (0.02, 0.09)
    assert line.marker.color == (ACCENT, ACT)
    assert area.y == (0.05, 0.06, 0.0, 0.0)
    assert line.customdata[1] == "0.090; by chance up to 0.060<br>1,200 labels"


def test_bars_are_the_counts_on_a_root_scale():
    bars = read(by_probability([0, 4, 9, 1], colors=[ALLOW, BAR, BAR, BAR])).data[0]
    assert bars.x == (12.5, 37.5, 62.5, 87.5)
    assert [round(root**2) for root in bars.y] == [0, 4, 9, 1]
    assert bars.marker.color[0] == ALLOW


def test_each_rung_has_a_line_a_pole_and_a_label_in_a_row_of_its_own():
    layout = read(by_probability([1] * 10, MARKS)).layout
    assert [(line.name, line.x0, line.x1) for line in layout.shapes[::2]] == [
        ("review", 20, 20),
        ("hide", 70, 70),
        ("remove", 100, 100),
    ]
    assert [label.text for label in layout.annotations] == [mark.words for mark in MARKS]
    assert [label.xanchor for label in layout.annotations] == ["left", "right", "right"]
    rows = [label.yshift for label in layout.annotations]
    assert rows == sorted(set(rows), reverse=True)
    assert all(abs(one - other) >= 17 for one in rows for other in rows if one != other)
    assert max(rows) + 17 <= layout.margin.t


def test_a_rung_without_threshold_waits_unseen_and_a_certified_one_is_dashed():
    marks = [MARKS[2], Mark("hide", 0.6, "hide, certified", dashed=True)]
    unseen, _, dashed, _ = read(by_probability([1], marks)).layout.shapes
    assert not unseen.visible
    assert (dashed.name, dashed.line.dash) == ("hide, certified", "dash")


@pytest.mark.parametrize(
    "figure", [by_probability([]), by_probability([0, 0]), over_time([], "error", "labels", digits=3)]
)
def test_nothing_to_show_is_an_empty_figure_with_words(figure):
    assert figure["data"] == []
    assert "here" in read(figure).layout.annotations[0].text


def test_a_browser_that_has_the_figures_gets_none():
    asked = RequestFactory().get("/")
    first = chart_response(asked, {"time": over_time(POINTS, "error", "labels", digits=3)})
    assert json.loads(first.content)["time"]["data"][1]["y"] == [0.02, 0.09]
    assert first["Content-Type"] == "application/json"
    again = RequestFactory().get("/", headers={"If-None-Match": first["ETag"]})
    assert chart_response(again, {"time": over_time(POINTS, "error", "labels", digits=3)}).status_code == 304
    changed = chart_response(again, {"time": over_time(POINTS[:1], "error", "labels", digits=3)})
    assert changed.status_code == 200
    assert changed["ETag"] != first["ETag"]


AT = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.mark.parametrize("drawing", [load, operations])
@pytest.mark.parametrize("n", [0, 1, 3])
def test_plotly_reads_every_chart_over_time(drawing, n):
    fields = ("opened", "decided", "backlog", "wait_p90", "wait_median", "work_median")
    fields += tuple(field for _, field, _ in operations.CHARTS.values())
    points = [{"at": AT + timedelta(hours=hour)} | dict.fromkeys(fields, hour * 60.0) for hour in range(n)]
    drawn = {name: read(figure) for name, figure in drawing.charts(points).items()}
    assert set(drawn) == set(drawing.CHARTS)
    assert all(len(trace.x) == len(trace.y) == n for figure in drawn.values() for trace in figure.data)
    assert all(figure.data or "appears here" in figure.layout.annotations[0].text for figure in drawn.values())
