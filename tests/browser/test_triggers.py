"""The page of triggers in a real browser: tried while it is typed, and no wider than a phone."""

import pytest
from playwright.sync_api import expect

from review.models import Trigger
from tests.rows import make_message, make_source

pytestmark = pytest.mark.django_db(transaction=True)

PHONE = {"width": 390, "height": 844}


@pytest.fixture
def sam(make_person):
    source = make_source()
    for number in range(30):
        make_message(source, f"get {'fr33 n1tr0' if number % 3 else 'a drink'} at stand {number}, " + "everybody " * 20)
    return make_person("sam", "senior")


def test_matches_show_while_a_trigger_is_typed_and_it_comes_into_force(sam, browse, page, console):
    browse(sam, "/triggers/")
    page.get_by_label("Triggers, one a line").press_sequentially("free nitro")
    expect(page.locator("#tried")).to_contain_text("20 of the last 30 messages match")
    expect(page.locator("#tried mark").first).to_have_text("fr33 n1tr0")
    page.get_by_label("What it is").select_option("pattern")
    expect(page.locator("#tried")).to_contain_text("None of them has it")
    page.get_by_label("Triggers, one a line").fill("(?=a)")
    expect(page.locator("#tried [role=alert]")).to_contain_text("invalid perl operator")
    page.get_by_label("What it is").select_option("phrase")
    page.get_by_label("Triggers, one a line").fill("free nitro")
    page.get_by_role("button", name="Put in force").click()
    expect(page.get_by_role("status").first).to_contain_text("Triggers 1 are in force")
    assert Trigger.objects.get().mode == "shadow"
    page.get_by_role("link", name="Change free nitro").click()
    expect(page.locator("#tried")).to_contain_text("20 of the last 30 messages match")
    page.get_by_role("button", name="Remove it").click()
    expect(page.get_by_text("No triggers yet")).to_be_visible()
    assert console == []


@pytest.mark.parametrize("dark", [False, True])
def test_nothing_is_wider_than_a_phone(sam, browse, page, dark):
    page.emulate_media(color_scheme="dark" if dark else "light")
    page.set_viewport_size(PHONE)
    browse(sam, "/triggers/")
    page.get_by_role("button", name="Add in shadow").last.click()
    page.get_by_label("Triggers, one a line").fill("free nitro")
    expect(page.locator("#tried mark").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.get_by_role("link", name="Change").first.click()
    expect(page.get_by_role("button", name="Remove it")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
