"""Operations in a real browser: on a phone too, everything stays within its card."""

import pytest
from playwright.sync_api import expect

from review.records.heartbeats import beat
from tests.rows import make_source

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
