"""The audit log in a real browser: narrowed, paged through, and out of a moderator's sight."""

import pytest
from playwright.sync_api import expect

from review.insight.audit_log import PAGE
from review.records import audit
from tests.rows import make_source

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def log(dana, root):
    """More than two pages of the arcade's, and one entry of another source."""
    arcade, library = make_source(), make_source("library")
    audit.record(dana, "saved limits", library, library, changes={"limit": [5, 7]})
    for number in range(2 * PAGE + 1):
        audit.record(root, "made token", arcade, arcade, number=number)


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.usefixtures("log")
def test_it_is_paged_through_and_narrowed(root, browse, page, console, width):
    page.set_viewport_size({"width": width, "height": 844})
    browse(root, "/audit/")
    rows = page.locator(".audit tbody tr")
    expect(rows).to_have_count(PAGE)
    expect(rows.first).to_contain_text(f"number {2 * PAGE}")
    for left in (PAGE, 2):
        page.get_by_role("link", name="Next").click()
        expect(rows).to_have_count(left)
    expect(rows.last).to_contain_text("saved limits")
    expect(page.get_by_role("link", name="Next")).to_have_count(0)
    page.get_by_role("combobox", name="What").select_option("made token")
    page.get_by_role("button", name="Show", exact=True).click()
    page.get_by_role("link", name="Next").click()
    expect(page.get_by_role("combobox", name="What")).to_have_value("made token")
    page.get_by_role("link", name="Next").click()
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("number 0")
    page.get_by_role("link", name="Show everything").click()
    page.get_by_role("combobox", name="Source").select_option("library")
    page.get_by_role("textbox", name="Who").fill("Dana")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("limit 5 → 7")
    with page.expect_download() as download:
        page.get_by_role("link", name="as CSV").click()
    lines = download.value.path().read_text().splitlines()
    assert len(lines) == 2
    assert "dana,saved limits" in lines[1]
    page.get_by_role("textbox", name="Who").fill("nobody")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.get_by_text("Nothing that fits.")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert console == []


@pytest.mark.usefixtures("log")
def test_an_admin_of_one_source_reads_of_that_alone_and_a_moderator_of_none(alice, make_person, browse, page):
    erin = make_person("erin", "admin", make_source("library"))
    browse(erin, "/audit/")
    expect(page.locator(".audit tbody tr")).to_have_count(1)
    expect(page.locator(".audit tbody")).to_contain_text("saved limits")
    expect(page.get_by_role("combobox", name="Source").locator("option")).to_have_text(["Every source", "Library"])
    browse(alice)
    expect(page.get_by_role("link", name="Audit log")).to_have_count(0)
    for path in ("/audit/", "/audit/export/"):
        assert page.request.get(page.url.rstrip("/") + path).status == 403
    page.goto(page.url.rstrip("/") + "/audit/")
    expect(page.locator("main")).not_to_contain_text("made token")
