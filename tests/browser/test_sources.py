"""The page of a source in a real browser: a token is made, the scales are tried, and it fits a phone."""

import pytest
from playwright.sync_api import expect

from review.models import ApiToken, ClientSettings
from tests.rows import make_calibrator, make_message, make_source, make_verdict

PHONE = {"width": 390, "height": 844}


@pytest.fixture
def source(transactional_db):
    make_calibrator()
    source = make_source()
    for margin in (-3.0, -1.0, 1.0, 3.0):
        make_verdict(make_message(source), margin=margin)
    return source


def test_a_token_is_made_shown_once_and_filled_in(dana, source, browse, page, console):
    browse(dana, "/sources/")
    page.get_by_role("link", name="Arcade").click()
    page.get_by_label("Make a token: what it is for").fill("game servers")
    page.get_by_role("button", name="Make the token").click()
    key = page.locator("#new-key").inner_text()
    assert key.startswith("md_")
    expect(page.locator("#recipe-curl")).to_contain_text(key)
    page.get_by_text("OpenAI's client", exact=True).click()
    expect(page.locator("#recipe-openai")).to_be_visible()
    expect(page.locator("#recipe-curl")).to_be_hidden()
    page.goto(page.url.replace("tokens/", ""))
    expect(page.locator("#tokens-head + .card-body")).to_contain_text("game servers")
    expect(page.locator("main")).not_to_contain_text(key)
    page.get_by_role("button", name="Revoke game servers").click()
    expect(page.get_by_role("status").first).to_contain_text("game servers is revoked")
    assert ApiToken.objects.get().revoked_at
    assert console == []


def test_the_scales_are_counted_while_a_threshold_is_typed(dana, source, browse, page, console):
    browse(dana, "/sources/arcade/")
    table = page.locator("#scale-preview")
    expect(table.locator("tbody tr", has_text="0.8").locator("td")).to_have_text(["1", "3"])
    with page.expect_response("**/preview/"):
        page.get_by_label("To people from").fill("0.65")
    expect(table.locator("tbody tr", has_text="0.65").locator("td")).to_have_text(["2", "3"])
    with page.expect_response("**/preview/"):
        page.get_by_label("Anchored").check()
    page.get_by_role("button", name="Save").first.click()
    expect(page.get_by_role("status").first).to_contain_text("Saved")
    found = ClientSettings.objects.get()
    assert (found.scale, found.anchors) == ("anchored", {"review": 0.65})
    assert console == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_a_phone(dana, source, browse, page, scheme):
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size(PHONE)
    browse(dana, "/sources/")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.goto(f"{page.url}arcade/")
    for summary in page.locator(".recipe summary").all()[1:]:
        summary.click()
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_it_works_without_javascript(dana, source, browser, live_server):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{live_server.url}/sources/arcade/")
    page.get_by_label("Username").fill("dana")
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_label("Make a token: what it is for").fill("bot")
    page.get_by_role("button", name="Make the token").click()
    expect(page.locator("#new-key")).to_be_visible()
    context.close()


@pytest.mark.parametrize("width", [1280, 1440])
def test_every_link_of_the_header_stays_on_one_line(root, source, browse, page, width):
    page.set_viewport_size({"width": width, "height": 700})
    browse(root, "/sources/")
    heights = page.locator(".nav > .nav-links a").evaluate_all("links => links.map((a) => a.offsetHeight)")
    assert len(heights) == 15
    assert len(set(heights)) == 1
    assert 0 < heights[0] < 40
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", [390, 780, 1200])
def test_where_the_header_has_no_room_its_links_are_in_the_menu(root, source, browse, page, width):
    page.set_viewport_size({"width": width, "height": 700})
    browse(root, "/sources/")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    expect(page.locator(".nav > .nav-links")).to_be_hidden()
    page.click(".menu > summary")
    expect(page.locator(".menu-sheet .nav-links a")).to_have_count(15)
    expect(page.locator(".menu-sheet").get_by_role("link", name="Policy")).to_be_visible()
