"""The desk in a real browser on a phone: nothing too wide, every button in reach."""

import re

import pytest
from playwright.sync_api import expect

from review.desk import claims
from tests.browser import press, shown

pytestmark = pytest.mark.django_db(transaction=True)

PHONE = {"width": 390, "height": 844}
ZOOMED = {"width": 640, "height": 400}
"""What 1280 by 800 leaves at 200 %."""
UNCUT = """selector => { const it = document.querySelector(selector);
  return it.clientWidth > 0 && it.scrollWidth <= it.clientWidth && it.scrollHeight <= it.clientHeight + 1 }"""


@pytest.mark.parametrize("size", [PHONE, ZOOMED], ids=["phone", "zoomed"])
@pytest.mark.parametrize("path", ["/", "/queue/", "/messages/", "/held/"])
def test_nothing_is_wider_than_the_screen(alice, queue, browse, page, *, path, size):
    page.set_viewport_size(size)
    claims.take_next(alice)
    browse(alice, path)
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]


def test_on_a_phone_the_buttons_are_in_reach_and_the_toast_covers_none(alice, queue, browse, page):
    page.set_viewport_size(PHONE)
    claims.take_next(alice)
    browse(alice)
    page.wait_for_timeout(300)
    page.get_by_role("button", name="Toxicity").click()
    expect(shown(page)).to_have_text("second words")
    toast = page.locator(".toast").bounding_box()
    for button in page.locator(".decision, .decide-more > .minor:visible").all():
        box = button.bounding_box()
        assert box["y"] >= toast["y"] + toast["height"] or box["y"] + box["height"] <= toast["y"]
        assert box["y"] + box["height"] <= PHONE["height"]
        assert box["width"] >= 40 and box["height"] >= 40
    page.get_by_role("button", name="undo").click()
    expect(shown(page)).to_have_text("first words")


@pytest.mark.parametrize("size", [PHONE, {"width": 1060, "height": 700}], ids=["phone", "narrow"])
def test_the_toast_is_a_line_of_the_row_and_never_over_text(alice, queue, browse, page, *, size):
    page.set_viewport_size(size)
    claims.take_next(alice)
    browse(alice)
    page.wait_for_timeout(300)
    before = page.locator(".decision").first.bounding_box()
    page.get_by_role("button", name="Toxicity").click()
    expect(shown(page)).to_have_text("second words")
    toast, row = page.locator(".toast").bounding_box(), page.locator(".decide").bounding_box()
    assert row["y"] < toast["y"] and toast["y"] + toast["height"] <= before["y"]
    assert page.locator(".decision").first.bounding_box() == before
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    last = page.locator(".stack > :last-child").bounding_box()
    assert last["y"] + last["height"] <= row["y"]


@pytest.mark.parametrize("size", [PHONE, {"width": 1280, "height": 800}], ids=["phone", "wide"])
def test_a_note_is_written_in_sight_of_the_message_and_is_not_forgotten(alice, queue, browse, page, *, size):
    page.set_viewport_size(size)
    claims.take_next(alice)
    browse(alice)
    expect(shown(page)).to_have_text("first words")
    mark = "getComputedStyle(document.querySelector('#note > summary'), '::after').content"
    assert page.evaluate(mark) == "none"
    press(page, "n")
    expect(page.locator("#note-text")).to_be_focused()
    expect(page.locator(".case-body")).to_have_css("padding-bottom", re.compile("^[1-4][0-9]{2}px"))
    message, sheet = shown(page).bounding_box(), page.locator("#note .note-sheet").bounding_box()
    assert message["y"] + message["height"] <= sheet["y"]
    page.keyboard.type("typed with care")
    page.keyboard.press("Escape")
    expect(page.locator("#note-text")).to_be_hidden()
    assert "•" in page.evaluate(mark)


def test_what_went_wrong_is_seen_wherever_one_has_scrolled_to(alice, queue, browse, page):
    page.set_viewport_size({"width": 390, "height": 500})
    claims.take_next(alice)
    browse(alice)
    page.wait_for_timeout(300)
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    page.context.set_offline(True)
    page.get_by_role("button", name="Toxicity").click()
    expect(page.locator("#trouble")).to_be_in_viewport(ratio=1)
    page.context.set_offline(False)


def test_at_200_per_cent_the_toast_lies_on_no_text_and_on_no_button(alice, queue, browse, page):
    page.set_viewport_size(ZOOMED)
    claims.take_next(alice)
    browse(alice)
    page.wait_for_timeout(300)
    page.get_by_role("button", name="Hate").click()
    expect(shown(page)).to_have_text("second words")
    toast, row = page.locator(".toast").bounding_box(), page.locator(".decide").bounding_box()
    assert toast["y"] >= row["y"]
    assert toast["y"] + toast["height"] <= ZOOMED["height"]
    assert toast["x"] + toast["width"] <= ZOOMED["width"]
    for button in page.locator(".decision, .decide-more .minor:visible").all():
        box = button.bounding_box()
        assert box["y"] + box["height"] <= toast["y"] or box["x"] + box["width"] <= toast["x"]
    assert page.evaluate(UNCUT, ".toast p")


@pytest.mark.parametrize("size", [PHONE, ZOOMED], ids=["phone", "zoomed"])
def test_the_last_decision_can_be_undone_where_nothing_is_left(alice, queue, browse, page, *, size):
    page.set_viewport_size(size)
    for case in queue[1:]:
        case.delete()
    claims.take_next(alice)
    browse(alice)
    page.wait_for_timeout(300)
    page.get_by_role("button", name="Toxicity").click()
    expect(page.get_by_role("heading", name="Nothing is waiting")).to_be_visible()
    expect(page.get_by_role("button", name="undo")).to_be_in_viewport()
    page.get_by_role("button", name="undo").click()
    expect(shown(page)).to_have_text("first words")


@pytest.mark.parametrize(("motion", "moving"), [("reduce", 0), ("no-preference", 1)])
def test_nothing_moves_for_whoever_wants_it_still(alice, queue, browse, page, *, motion, moving):
    page.emulate_media(reduced_motion=motion)
    claims.take_next(alice)
    browse(alice)
    page.wait_for_timeout(300)
    page.get_by_role("button", name="Toxicity").click()
    expect(page.locator(".toast")).to_be_visible()
    animated = "document.getAnimations().filter(each => each.effect.getTiming().duration > 1000).length"
    assert page.evaluate(animated) == moving


def test_where_there_is_room_the_toast_stays_on_the_card_beside_the_buttons(alice, queue, browse, page):
    page.set_viewport_size({"width": 1280, "height": 800})
    claims.take_next(alice)
    browse(alice)
    page.wait_for_timeout(300)
    page.get_by_role("button", name="Sexual").click()
    expect(shown(page)).to_have_text("second words")
    toast, card = page.locator(".toast").bounding_box(), page.locator(".case").bounding_box()
    buttons = [button.bounding_box() for button in page.locator(".decide-more .minor:visible").all()]
    assert toast["x"] >= max(box["x"] + box["width"] for box in buttons)
    assert toast["x"] + toast["width"] <= card["x"] + card["width"]


def test_the_menu_of_a_phone_leads_everywhere_and_out(alice, browse, page):
    page.set_viewport_size(PHONE)
    browse(alice, "/queue/")
    expect(page.locator(".nav > .nav-links")).to_be_hidden()
    page.locator(".menu summary").click()
    expect(page.locator(".menu-sheet").get_by_role("link", name="Calibration")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(re.compile("/accounts/login/"))
