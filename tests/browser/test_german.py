"""German, from the choice of it to what scripts say, the numbers of charts and a case decided by keys."""

import pytest
from playwright.sync_api import expect

from review.desk import claims
from tests.browser import press, shown
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


@pytest.mark.parametrize("width", [390, 1280, 1760, 1761])
def test_longer_words_push_no_page_wider(dana, browse, page, queue, width):
    dana.language = "de"
    dana.save()
    page.set_viewport_size({"width": width, "height": 800})
    for path in ("/", "/queue/", "/policy/", "/operations/", "/accounts/2fa/"):
        browse(dana, path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    page.locator(".menu summary").click()
    links = page.get_by_role("link", name="Betrieb", exact=True)
    expect(links.filter(visible=True)).to_have_count(1)


@pytest.mark.parametrize("width", [390, 640, 1061, 1280])
def test_buttons_of_the_desk_and_what_was_done_are_read_whole(alice, browse, page, queue, width):
    alice.language = "de"
    alice.save()
    page.set_viewport_size({"width": width, "height": 400 if width == 640 else 800})
    claims.take_next(alice)
    browse(alice)
    expect(shown(page)).to_have_text("first words")
    press(page, "h")
    expect(shown(page)).to_have_text("second words")
    for part in page.locator(".decision > span, .decide-more .minor:visible, .toast p").all():
        box = part.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= width, part.inner_text()
        whole = "it => it.scrollWidth <= it.clientWidth + 1 && it.scrollHeight <= it.clientHeight + 1"
        assert part.evaluate(whole), part.inner_text()
    expect(page.locator(".toast p")).to_have_text("Entfernt als Belästigung")
