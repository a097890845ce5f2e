"""The next case in a real browser: there before it is needed, and given back with its page."""

import pytest
from playwright.sync_api import expect

from review.desk import claims
from review.models import Case, Decision
from tests.browser import press, shown, take
from tests.stack import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_key_shows_the_case_that_was_loaded_ahead(alice, bob, queue, browse, page):
    browse(alice)
    with page.expect_response("**/ahead/"):
        take(page)
    assert Case.objects.get(ahead=True) == queue[1]
    assert claims.take_next(bob) == queue[2]
    with page.expect_response("**/decide/") as answer:
        press(page, "t")
    expect(shown(page)).to_have_text("second words")
    assert "second words" not in answer.value.text()
    expect(page.locator("#message")).to_be_focused()
    expect(page.locator("[data-hold]")).to_contain_text("1:5")
    assert claims.held_by(alice) == queue[1]
    press(page, "u")
    expect(shown(page)).to_have_text("first words")
    assert not Decision.objects.filter(undone_at=None).exists()


def test_a_page_that_goes_gives_the_next_case_back(alice, queue, browse, page):
    browse(alice)
    with page.expect_response("**/ahead/"):
        take(page)
    page.wait_for_timeout(300)  # it is taken in
    page.goto("about:blank")
    wait_until(lambda: not Case.objects.filter(ahead=True).exists())
    assert claims.held_by(alice) == queue[0]
