"""Operations in a real browser: on a phone too, everything stays within its card."""

import re

import pytest
from playwright.sync_api import expect

from review.models import Simulator
from review.records.heartbeats import beat
from tests.rows import make_pending, make_source

pytestmark = pytest.mark.django_db(transaction=True)

BEYOND = """
section => [...section.querySelectorAll("*")].filter(
    each => each.getBoundingClientRect().right > section.getBoundingClientRect().right + 1
).length
"""


@pytest.mark.parametrize("width", [390, 1280])
def test_the_processes_stay_within_their_card(dana, browse, page, width):
    make_source()
    beat("default")
    beat("inference", model="nano (d3d0807e)", ms_a_message=3.26)
    page.set_viewport_size({"width": width, "height": 844})
    browse(dana, "/operations/")
    section = page.locator("section", has=page.get_by_role("heading", name="Processes"))
    assert section.evaluate(BEYOND) == 0
    kind = section.get_by_text("inference", exact=True)
    assert kind.evaluate("cell => cell.getClientRects().length && cell.offsetHeight") < 60
    expect(section).to_contain_text("nano (d3d0807e), 3.26 ms a message")


def test_what_did_not_change_is_not_touched(dana, browse, page, console):
    page.clock.install()
    Simulator.objects.create(source=make_source())
    browse(dana, "/operations/")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("No worker has been heard from")
    alert.evaluate("alert => { window.seen = alert }")
    switch = page.get_by_role("button", name="Switch off")
    switch.focus()
    with page.expect_response(lambda answer: answer.url.endswith("/operations/") and answer.status == 304):
        page.clock.run_for(5_500)
    make_pending(make_source())
    with page.expect_response(lambda answer: answer.url.endswith("/operations/") and answer.status == 200):
        page.clock.run_for(5_500)
    expect(page.locator("#operations")).to_contain_text("the oldest came")
    expect(switch).to_be_focused()
    assert alert.evaluate("alert => alert === window.seen")
    assert console == []


def test_how_long_ago_counts_on(dana, browse, page):
    page.clock.install()
    beat("default")
    browse(dana, "/operations/")
    heard = page.locator("time[data-show=ago]").first
    page.route("**/operations/", lambda route: route.abort())
    page.clock.run_for(130_000)
    expect(heard).to_have_text(re.compile("^2 min ago$"))
