"""People in a real browser: a link is made and used by somebody else, and what they may ends with a press."""

import pytest
from playwright.sync_api import expect

from review.models import OperationsSample
from tests.rows import make_source

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("width", [390, 1280])
def test_somebody_is_invited_comes_in_and_is_stopped(root, browse, page, browser, width):
    make_source()
    page.set_viewport_size({"width": width, "height": 844})
    browse(root, "/people/")
    page.get_by_label("Who it is for").fill("Hal")
    page.get_by_label("Source", exact=True).select_option("arcade")
    page.get_by_role("button", name="Make the link").click()
    link = page.locator("#new-link").inner_text()
    theirs = browser.new_context().new_page()
    theirs.goto(link)
    theirs.get_by_label("Name to sign in with").fill("hal")
    theirs.get_by_label("Password").fill("violet anvil 77 parade")
    theirs.get_by_role("button", name="Make the account").click()
    expect(theirs.get_by_role("heading", name="Nothing is waiting")).to_be_visible()
    browse(path="/people/")
    page.get_by_role("link", name="hal").click()
    expect(page.get_by_role("button", name="End it")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("button", name="Stop them from signing in").click()
    expect(page.get_by_text("They are signed in nowhere.")).to_be_visible()
    theirs.reload()
    expect(theirs.get_by_role("heading", name="Sign in to moddog")).to_be_visible()
    theirs.context.close()
    browse(path="/audit/")
    expect(page.locator(".audit")).to_contain_text("stopped from signing in")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_charts_of_operations_are_drawn(root, browse, page, console):
    OperationsSample.objects.create(
        at="2026-01-01T00:00Z", judged=1, pending=0, oldest_seconds=0, open_cases=0, workers=1, newest_score=0
    )
    browse(root, "/operations/")
    expect(page.locator("[data-chart] svg.main-svg").first).to_be_visible()
    assert console == []
