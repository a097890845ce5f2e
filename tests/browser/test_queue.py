"""The queue's list in a real browser: its filters, and the way back to it."""

import re

import pytest
from playwright.sync_api import expect

from review.desk import claims
from tests.browser import shown
from tests.rows import make_case, make_message, make_source, make_vector

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


def test_cases_are_chosen_and_decided_together_and_taken_back(alice, queue, browse, page, console):
    for number in range(3):
        make_case(make_source(), make_message(make_source(), f"raid {number}"), priority=-10 - number)
    browse(alice, "/queue/")
    together = page.get_by_role("button", name="Decide together")
    expect(together).to_be_disabled()
    boxes = page.get_by_role("checkbox", name=re.compile("Choose case"))
    expect(boxes).to_have_count(5)  # the blind one has none
    boxes.nth(2).click()
    boxes.nth(4).click(modifiers=["Shift"])
    expect(page.locator("#picked")).to_have_text("3 chosen")
    together.click()
    page.get_by_role("button", name="Harassment").click()
    expect(page.get_by_role("heading", level=2)).to_have_text("Removes 3 messages of 1 author: Harassment")
    page.get_by_role("button", name="Do it").click()
    page.get_by_role("button", name="Undo all of it").click()
    expect(page.get_by_text("3 decisions taken back")).to_be_visible()
    expect(page.locator("tbody tr")).to_have_count(6)
    assert console == []


def test_a_filter_is_kept_as_a_view(alice, queue, browse, page, console):
    browse(alice, "/queue/")
    page.get_by_text("More filters").click()
    page.get_by_label("Likely from, %").fill("90")
    page.get_by_label("Likely from, %").press("Tab")
    expect(page.get_by_text("No case passes these filters")).to_be_visible()
    page.get_by_text("Save this view").click()
    page.get_by_label("Name").fill("surely bad")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("link", name="surely bad")).to_have_attribute("aria-current", "true")
    assert console == []


def test_what_is_like_a_case_is_decided_with_it(alice, browse, page, console):
    raid = [make_message(make_source(), text) for text in ("raid on friday", "raid on friday 4711", "@wren raid")]
    cases = [make_case(make_source(), message, priority=-number) for number, message in enumerate(raid)]
    for case, turned in zip(cases, (0.0, 0.1, 0.2), strict=True):
        make_vector(case, 1.0, turned)
    claims.open_case(alice, cases[0].pk)
    browse(alice, "/")
    page.get_by_role("link", name="2 like this are waiting").click()
    page.get_by_role("checkbox", name=f"Case {cases[2].pk}").uncheck()
    page.get_by_role("button", name="Spam").click()
    expect(page.get_by_role("heading", level=2)).to_have_text("Removes 2 messages of 1 author: Spam")
    page.get_by_role("button", name="Do it").click()
    expect(page.get_by_role("button", name="Undo all of it")).to_be_visible()
    page.get_by_role("link", name="Go on at the desk").click()
    page.get_by_role("button", name="Take the next case").click()
    expect(shown(page)).to_have_text("@wren raid")
    assert console == []


def test_a_senior_names_a_queue_and_sees_who_is_on_it(alice, dana, queue, browse, page):
    browse(dana, "/queue/")
    page.get_by_role("link", name="named queues").click()
    page.get_by_label("Name").fill("First look")
    page.get_by_label("Longest wait").fill("60")
    page.get_by_label("alice").check()
    page.get_by_role("button", name="Make the queue").click()
    row = page.get_by_role("row", name="First look")
    expect(row).to_contain_text("1 h kept")
    expect(row).to_contain_text("nobody")
    assert claims.take_next(alice) == queue[0]
    page.reload()
    expect(row).to_contain_text(f"alice case {queue[0].pk}")
    row.get_by_role("link", name="3", exact=True).click()
    expect(page.locator("[name=queue] option:checked")).to_have_text("First look")
    expect(page.locator("tbody tr")).to_have_count(3)
