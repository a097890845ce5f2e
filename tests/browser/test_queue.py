"""The queue's list in a real browser: its filters, and the way back to it."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser import shown

pytestmark = pytest.mark.django_db(transaction=True)


def test_filters_of_the_queue_act_at_once(alice, queue, browse, page, console):
    browse(alice, "/queue/")
    expect(page.locator("tbody tr")).to_have_count(3)
    page.get_by_label("Reason").select_option("blind")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page).to_have_url(re.compile("reason=blind"))
    page.get_by_role("button", name="Open").click()
    expect(shown(page)).to_have_text("second words")
    assert console == []


def test_back_leads_to_the_list_as_it_was_filtered(alice, queue, browse, page):
    browse(alice, "/queue/")
    page.get_by_label("Reason").select_option("blind")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_role("link", name="second words").click()
    expect(page.get_by_role("heading", name=f"Case {queue[1].pk}")).to_be_visible()
    page.go_back()
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator(".brand")).to_be_visible()
    page.go_back()
    expect(page.locator("tbody tr")).to_have_count(3)
    expect(page.locator(".brand")).to_be_visible()
