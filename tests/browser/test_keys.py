"""The desk's keys in a real browser: on other layouts, and beside an input method."""

import pytest
from playwright.sync_api import expect

from review.models import Decision
from tests.browser import press, shown, take

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def here(alice, queue, browse, page):
    """alice holds the first case."""
    browse(alice)
    take(page)


@pytest.fixture
def typed(page):
    """`typed("ф", "KeyA")`: a key as a layout sends it, by what it writes and where it lies."""
    session = page.context.new_cdp_session(page)

    def press_key(key, code, *, shift=False):
        page.wait_for_timeout(300)
        modifiers = 8 if shift else 0
        session.send("Input.dispatchKeyEvent", {"type": "keyDown", "key": key, "code": code, "modifiers": modifiers})
        session.send("Input.dispatchKeyEvent", {"type": "keyUp", "key": key, "code": code, "modifiers": modifiers})

    return press_key


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    "sent, category",
    [
        (("ф", "KeyA"), "benign"),
        (("Ч", "KeyX"), "hate_speech"),
        (("א", "KeyT"), "toxicity"),
        (("ㅗ", "KeyH"), "harassment"),
        (("س", "KeyS"), "sexual_content"),
        (("Process", "KeyV"), "violence"),
        (("p", "KeyR"), "spam"),
    ],
)
def test_a_key_counts_by_its_place_where_it_writes_no_latin_letter(page, typed, sent, category):
    typed(*sent)
    expect(shown(page)).to_have_text("second words")
    assert Decision.objects.get().category == category


def test_other_signs_are_no_letters(alice, queue, browse, page, typed):
    browse(alice)
    take(page)
    typed("é", "KeyA")  # a Latin letter that stands for nothing
    typed("'", "KeyH")
    typed("؟", "Slash", shift=True)
    expect(page.get_by_role("dialog")).to_be_visible()
    assert not Decision.objects.exists()


def test_keys_of_a_composition_belong_to_the_input_method(alice, queue, browse, page):
    browse(alice)
    take(page)
    press(page, "n")
    session = page.context.new_cdp_session(page)
    session.send("Input.imeSetComposition", {"text": "にほん", "selectionStart": 3, "selectionEnd": 3})
    expect(page.locator("#note-text")).to_have_value("にほん")
    page.evaluate(
        """() => document.getElementById("note-text").dispatchEvent(
            new KeyboardEvent("keydown", { key: "Escape", code: "Escape", isComposing: true, bubbles: true }))"""
    )
    expect(page.locator("#note")).to_have_attribute("open", "")
    page.keyboard.press("h")
    expect(page.locator("#note-text")).to_be_focused()
    assert not Decision.objects.exists()
