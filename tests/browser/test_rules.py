"""Rules in a real browser: the book is written and reordered, and at the desk a key is a rule."""

import pytest
from playwright.sync_api import expect

from review.models import Decision, Outcome
from review.registry import rule_changes
from review.registry.rules import rules_of, state_of
from tests.browser import press, shown, take
from tests.rows import make_source

pytestmark = pytest.mark.django_db(transaction=True)
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def book(dana):
    """The arcade's rules: the starter set."""
    source = make_source()
    rule_changes.add_starter_set(source, dana, made_from=state_of([]))
    return rules_of(source)


@pytest.fixture
def at_desk(alice, book, queue, browse, page):
    """alice holds the first case of a source with rules."""
    browse(alice)
    take(page)


def test_a_number_is_a_rule_and_a_is_allow(at_desk, book, page, console):
    expect(page.locator(".decision kbd")).to_have_text(["A", "1", "2", "3", "4", "5", "6"])
    press(page, "h")  # no category has a key here
    press(page, "2")
    expect(shown(page)).to_have_text("second words")
    expect(page.locator(".toast")).to_contain_text("Removed by No personal attacks")
    assert (Decision.objects.get().rule, Outcome.objects.get().rule) == (book[1], book[1])
    press(page, "a")
    expect(shown(page)).to_have_text("third words")
    assert Decision.objects.latest("pk").rule is None
    assert console == []


def test_digits_count_by_their_place_on_other_layouts(at_desk, book, page):
    session = page.context.new_cdp_session(page)
    page.wait_for_timeout(300)
    for kind in ("keyDown", "keyUp"):
        session.send("Input.dispatchKeyEvent", {"type": kind, "key": "é", "code": "Digit2"})
    expect(shown(page)).to_have_text("second words")
    assert Decision.objects.get().rule == book[1]


def test_the_note_to_the_author_begins_with_that_of_a_rule_and_outlives_a_reload(at_desk, book, page):
    press(page, "n")
    page.get_by_label("Begin with the note of a rule").select_option(label="2. No personal attacks")
    note = page.get_by_label("Note to the author")
    expect(note).to_have_value(book[1].note)
    note.press("End")
    page.keyboard.type(" It was number 1.")
    page.reload()
    expect(page.locator("#note-to-author")).to_have_value(f"{book[1].note} It was number 1.")
    page.keyboard.press("Escape")
    press(page, "2")
    expect(shown(page)).to_have_text("second words")
    assert Decision.objects.get().note_to_author == f"{book[1].note} It was number 1."
    expect(page.locator("#note-to-author")).to_have_value("")


def test_the_book_is_begun_reordered_and_changed(dana, browse, page, console):
    source = make_source()
    browse(dana, "/sources/arcade/")
    page.get_by_role("link", name="its rules").click()
    page.get_by_role("button", name="Begin with the starter set").click()
    page.get_by_role("button", name="Move No spam up").click()
    expect(page.locator(".rule h3").nth(4)).to_have_text("No spam")
    page.get_by_role("link", name="Change No spam").click()
    page.get_by_label("Name").first.fill("No advertising")
    page.get_by_text("Another language").click()
    page.get_by_label("Language").nth(1).fill("de")
    page.get_by_label("Name").nth(1).fill("Keine Werbung")
    page.get_by_label("What it says").nth(1).fill("Nichts verkaufen.")
    page.get_by_role("button", name="Put in force").click()
    expect(page.get_by_role("status").first).to_contain_text("Version 2 of No advertising is in force")
    assert rules_of(source)[4].wording["de"]["name"] == "Keine Werbung"
    assert console == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_book_fits_a_phone(dana, book, browse, page, scheme):
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size(PHONE)
    for path in ("/sources/arcade/rules/", f"/sources/arcade/rules/{book[0].rule_id}/"):
        browse(dana, path)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


@pytest.mark.usefixtures("at_desk")
def test_the_buttons_fit_a_phone(page):
    page.set_viewport_size(PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    for button in page.locator(".decision").all():
        assert button.bounding_box()["height"] >= 40
