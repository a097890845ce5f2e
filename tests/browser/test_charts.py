"""The script that draws every chart: where figures do not come, and what it asks for again."""

import pytest
from playwright.sync_api import expect

from review.calibration import figures
from tests.calibration.labelled import make_labels
from tests.rows import make_calibrator

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def labelled(alice):
    make_calibrator()
    make_labels(60, alice)


def test_a_chart_that_does_not_come_says_so(browse, page, alice, labelled, monkeypatch):
    monkeypatch.setattr(figures, "PAUSE", 0)  # new labels are counted at once
    page.clock.install()
    page.route("**/calibration/charts/", lambda route: route.abort())
    browse(alice, "/calibration/")
    expect(page.locator("#reliability")).to_contain_text("The chart did not come")
    page.click("text=The diagram's points as a table")
    expect(page.locator("#points tbody tr").first).to_be_visible()
    page.unroute("**/calibration/charts/")
    make_labels(30, alice, seed=1)
    page.clock.run_for(5_500)
    expect(page.locator("#reliability .main-svg").first).to_be_visible()
    expect(page.locator("#reliability")).not_to_contain_text("The chart did not come")


def test_one_request_brings_every_chart_and_the_theme_needs_none(browse, page, alice, labelled):
    asked = []
    page.on("request", lambda request: asked.append(request.url) if request.url.endswith("/charts/") else None)
    browse(alice, "/calibration/")
    for chart in ("reliability", "risk"):
        expect(page.locator(f"#{chart} .main-svg").first).to_be_visible()
    light = page.evaluate("document.getElementById('risk').layout.template.layout.font.color")
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(
        "light => document.getElementById('risk').layout.template.layout.font.color !== light", arg=light
    )
    assert len(asked) == 1


def test_what_the_browser_has_is_not_sent_again(browse, page, alice, labelled):
    browse(alice, "/calibration/")
    expect(page.locator("#risk .main-svg").first).to_be_visible()
    with page.expect_response("**/calibration/charts/") as answer:
        page.reload()
    assert answer.value.request.all_headers()["if-none-match"].startswith('"')
    expect(page.locator("#risk .main-svg").first).to_be_visible()
