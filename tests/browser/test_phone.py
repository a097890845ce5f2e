"""The desk in a real browser on a phone: nothing too wide, every button in reach."""

import re

import pytest
from playwright.sync_api import expect

from review.desk import claims
from tests.browser import shown

pytestmark = pytest.mark.django_db(transaction=True)

PHONE = {"width": 390, "height": 844}


@pytest.mark.parametrize("path", ["/", "/queue/"])
def test_nothing_is_wider_than_a_phone(alice, queue, browse, page, path):
    page.set_viewport_size(PHONE)
    claims.take_next(alice)
    browse(alice, path)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


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
