"""The list with a case beside it: read by arrow, decided by key, and the next row comes by itself."""

import pytest
from playwright.sync_api import expect

from review.desk import claims
from review.models import Decision
from tests.browser import press, shown

pytestmark = pytest.mark.django_db(transaction=True)


def test_rows_are_read_and_decided_beside_the_list(alice, queue, browse, page):
    page.set_viewport_size({"width": 1280, "height": 800})
    browse(alice, "/queue/")
    page.keyboard.press("ArrowDown")
    expect(shown(page)).to_have_text("first words")
    assert claims.held_by(alice) is None
    page.keyboard.press("ArrowDown")
    expect(shown(page)).to_have_text("second words")
    page.keyboard.press("ArrowUp")
    expect(shown(page)).to_have_text("first words")
    press(page, "Enter")
    expect(page.locator("#case")).to_be_visible()
    press(page, "t")
    expect(shown(page)).to_have_text("second words")
    expect(page.locator("tr.is-done")).to_have_count(1)
    assert Decision.objects.get().case == queue[0]
    assert claims.held_by(alice) == queue[1]
    page.set_viewport_size({"width": 390, "height": 800})
    expect(page.locator(".queue-side")).to_be_hidden()


def test_what_was_decided_there_can_be_undone_there_and_its_row_shows_again(alice, queue, browse, page):
    page.set_viewport_size({"width": 1280, "height": 800})
    browse(alice, "/queue/")
    page.keyboard.press("ArrowDown")
    expect(shown(page)).to_have_text("first words")
    press(page, "Enter")
    expect(page.locator("#case")).to_be_visible()
    press(page, "h")
    expect(shown(page)).to_have_text("second words")
    toast, card = page.locator(".toast").bounding_box(), page.locator(".case").bounding_box()
    assert toast["x"] >= card["x"] and toast["x"] + toast["width"] <= card["x"] + card["width"]
    words = page.locator(".toast p")
    expect(words).to_have_text("Removed as harassment")
    assert words.evaluate("it => it.scrollWidth <= it.clientWidth && it.scrollHeight <= it.clientHeight + 1")
    press(page, "u")
    expect(shown(page)).to_have_text("first words")
    expect(page.locator("tr.is-shown")).to_contain_text("first words")
    expect(page.locator("tr.is-done")).to_have_count(0)
    expect(page.locator("tr.is-shown input[name=case]")).to_be_enabled()
    press(page, "r")
    expect(page.locator("tr.is-done")).to_contain_text("first words")
