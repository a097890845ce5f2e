"""German, from the choice of it to what scripts say, the numbers of charts and a case decided by keys."""

import pytest
from playwright.sync_api import expect

from tests.browser import shown
from tests.calibration.labelled import make_labels
from tests.rows import make_calibrator

pytestmark = pytest.mark.django_db(transaction=True)


def test_it_is_chosen_and_then_pages_and_scripts_speak_it(alice, queue, browse, page, console):
    browse(alice, "/settings/")
    page.get_by_label("Language of pages and mail").select_option("de")
    page.get_by_role("button", name="Keep this language").click()
    expect(page.get_by_role("status").first).to_have_text("Ihre Sprache ist gespeichert.")
    expect(page.locator("html")).to_have_attribute("lang", "de")
    browse(None, "/queue/")
    expect(page.locator("#picked")).to_contain_text("Wählen Sie Fälle")
    page.locator("tbody input[name=case]").first.check()
    expect(page.locator("#picked")).to_have_text("1 ausgewählt")
    browse(None, "/")
    page.keyboard.press("Enter")
    expect(shown(page)).to_have_text("first words")
    expect(page.locator("#announcer")).to_have_text("Nächster Fall.")
    assert console == []


def test_charts_have_german_words_months_and_numbers(alice, browse, page, console):
    make_calibrator()
    make_labels(60, alice)
    alice.language = "de"
    alice.save()
    browse(alice, "/calibration/")
    expect(page.locator("#reliability .main-svg").first).to_be_visible()
    expect(page.locator("#reliability")).to_contain_text("als Verstoß entschieden")
    layout = page.evaluate("document.getElementById('reliability')._fullLayout.separators")
    assert layout == ",."
    assert console == []
