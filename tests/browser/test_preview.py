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
