"""The charts of the calibration page, as the browser asks for them."""

import pytest

from review.models import CalibrationFigures
from tests.calibration.labelled import make_labels
from tests.rows import make_calibrator, make_source

pytestmark = pytest.mark.django_db


@pytest.fixture
def labelled(alice):
    make_calibrator()
    make_labels(120, alice, emitted=0.9)


def named(figure, name):
    return next(trace for trace in figure["data"] if trace.get("name") == name)


def test_they_are_the_figures_of_the_page(sign_in, alice, labelled):
    client = sign_in(alice)
    figures = client.get("/calibration/").context["shown"].data
    charts = client.get("/calibration/charts/").json()
    assert set(charts) == {"reliability", "risk", "traffic", "rolling", "drift"}
    calibrated = figures["readings"]["calibrated"]
    line = named(charts["reliability"], "calibrated")
    assert line["x"] == pytest.approx([100 * bin["predicted"] for bin in calibrated["bins"]])
    assert line["y"] == pytest.approx([100 * bin["observed"] for bin in calibrated["bins"]])
    assert [round(root**2) for root in charts["reliability"]["data"][-1]["y"]] == calibrated["histogram"]
    assert charts["risk"]["data"][1]["x"] == pytest.approx([100 * point["coverage"] for point in calibrated["risk"]])
    assert charts["rolling"]["data"][1]["y"] == pytest.approx([window["ece"] for window in figures["rolling"]])


def test_they_stay_where_nothing_changed(sign_in, alice, labelled):
    client = sign_in(alice)
    first = client.get("/calibration/charts/")
    assert first["Cache-Control"] == "private, no-cache"
    assert client.get("/calibration/charts/", headers={"If-None-Match": first["ETag"]}).status_code == 304
    make_labels(30, alice, seed=1)
    CalibrationFigures.objects.all().delete()  # else they stay ten times as long as they took
    changed = client.get("/calibration/charts/", headers={"If-None-Match": first["ETag"]})
    assert changed.status_code == 200
    assert changed["ETag"] != first["ETag"]


def test_they_are_those_of_the_scope(sign_in, alice, labelled):
    make_labels(60, alice, seed=2, source=make_source("forum"))
    client = sign_in(alice)
    whole = client.get("/calibration/charts/").json()
    part = client.get("/calibration/charts/?source=forum").json()
    assert [round(sum(root**2 for root in each["reliability"]["data"][-1]["y"])) for each in (whole, part)] == [180, 60]


def test_few_labels_give_an_empty_figure_with_words(sign_in, alice):
    make_calibrator()
    make_labels(10, alice)
    chart = sign_in(alice).get("/calibration/charts/").json()["reliability"]
    assert chart["data"] == []
    assert "appears here" in chart["layout"]["annotations"][0]["text"]


def test_before_any_model_there_are_none(sign_in, alice):
    assert sign_in(alice).get("/calibration/charts/").json() == {}


def test_only_moderators_get_them(client, sign_in, charlie):
    assert client.get("/calibration/charts/")["Location"].startswith("/accounts/login/")
    assert sign_in(charlie).get("/calibration/charts/").status_code == 403


def test_posting_is_no_way_to_ask(sign_in, alice):
    assert sign_in(alice).post("/calibration/charts/").status_code == 405
