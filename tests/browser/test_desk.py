"""The desk in a real browser: by key, in the dark, without an answer from the server, and without JavaScript."""

import re

import pytest
from playwright.sync_api import expect

from review.desk import claims
from review.models import Decision
from tests.browser import press, shown, take, write_note
from tests.rows import make_case, make_message, make_source

pytestmark = pytest.mark.django_db(transaction=True)

DESKTOP = {"width": 1280, "height": 800}


def test_it_signs_in_decides_by_key_and_undoes(alice, queue, page, live_server, console):
    page.goto(live_server.url)
    page.get_by_label("Username").fill("alice")
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="3 cases are waiting")).to_be_visible()
    take(page)
    press(page, "x")
    expect(shown(page)).to_have_text("second words")
    expect(page.locator(".toast")).to_contain_text("Removed as hate speech")
    assert Decision.objects.get().category == "hate_speech"
    press(page, "u")
    expect(shown(page)).to_have_text("first words")
    assert Decision.objects.get().undone_at is not None
    for key, words in zip("ATH", ("first words", "second words", "third words"), strict=True):
        expect(shown(page)).to_have_text(words)
        press(page, key)
    expect(page.get_by_role("heading", name="Nothing is waiting")).to_be_visible()
    assert list(Decision.objects.filter(undone_at=None).order_by("pk").values_list("category", flat=True)) == [
        "benign",
        "toxicity",
        "harassment",
    ]
    assert console == []


def test_skip_release_note_and_help_have_keys(alice, bob, queue, browse, page):
    browse(alice)
    take(page)
    write_note(page, "a note with the keys t, h and x in it")
    press(page, "p")
    expect(shown(page)).to_have_text("second words")
    assert Decision.objects.get().note == "a note with the keys t, h and x in it"
    press(page, "j")
    expect(shown(page)).to_have_text("third words")
    press(page, "?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("a")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    press(page, "r")
    expect(page.get_by_role("button", name="Take the next case")).to_be_visible()
    assert Decision.objects.count() == 1


def test_the_row_of_decisions_keeps_its_place_from_case_to_case(alice, queue, browse, page):
    page.set_viewport_size(DESKTOP)
    browse(alice)
    take(page)
    expect(page.locator(".opinion")).to_be_visible()
    places = [page.locator(".decisions").bounding_box()]
    for key in "AT":
        text = shown(page).text_content()
        press(page, key)
        expect(shown(page)).not_to_have_text(text)
        places.append(page.locator(".decisions").bounding_box())
    assert places[0] == places[1] == places[2]
    assert places[0]["y"] + places[0]["height"] < DESKTOP["height"]


def test_a_blind_case_says_nothing_of_the_model(alice, queue, browse, page):
    claims.open_case(alice, queue[1].pk)
    browse(alice)
    expect(page.locator(".case-head .chip").first).to_have_text("blind")
    expect(page.locator(".opinion")).to_have_count(0)
    expect(page.locator(".is-likely")).to_have_count(0)


def test_a_server_that_does_not_answer_loses_nothing(alice, queue, browse, page):
    browse(alice)
    take(page)
    page.route("**/decide/", lambda route: route.abort())
    press(page, "v")
    expect(page.get_by_role("alert").first).to_contain_text("nothing was saved")
    page.unroute("**/decide/")
    press(page, "v")
    expect(shown(page)).to_have_text("second words")


def test_it_follows_the_system_until_the_person_chooses(alice, browse, page):
    page.emulate_media(color_scheme="dark")
    browse(alice)
    dark, body = page.evaluate("getComputedStyle(document.body).backgroundColor"), page.locator("body")
    page.locator(".menu summary").click()
    page.get_by_role("button", name="Light").click()
    expect(body).not_to_have_css("background-color", dark)
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    page.locator(".menu summary").click()
    page.get_by_role("button", name="System").click()
    expect(body).to_have_css("background-color", dark)


def test_it_works_without_javascript(alice, queue, browser, live_server):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(live_server.url)
    page.get_by_label("Username").fill("alice")
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("button", name="Take the next case").click()
    expect(shown(page)).to_have_text("first words")
    page.get_by_role("button", name="Hate").click()
    expect(shown(page)).to_have_text("second words")
    page.get_by_role("button", name="undo").click()
    expect(shown(page)).to_have_text("first words")
    page.get_by_role("button", name="skip").click()
    expect(shown(page)).to_have_text("second words")
    context.close()


def test_a_name_cannot_turn_the_line_round(alice, browse, page, console):
    source = make_source()
    make_case(source, make_message(source, "ab\u202ecd \u200bef", author="kes\u202ertel", channel="ge\u2067neral"))
    claims.take_next(alice)
    browse(alice)
    header = page.locator(".said header")
    expect(header.locator("bdi")).to_have_text("kesU+202Ertel")
    expect(shown(page)).to_have_text("abU+202Ecd U+200Bef")
    expect(shown(page)).to_have_attribute("dir", "auto")
    expect(page.locator(".place")).to_contain_text("geU+2067neral")
    assert "\u202e" not in page.content() and "\u2067" not in page.content()
    name, time = header.locator("b").bounding_box(), header.locator("time").bounding_box()
    assert name["x"] < time["x"]
    assert console == []


def test_a_term_says_what_it_means_to_whoever_tabs_to_it(alice, queue, browse, page):
    browse(alice)
    take(page)
    term = page.locator(".opinion .term", has_text="calibrator")
    display = "term => getComputedStyle(term, '::after').display"
    assert term.evaluate(display) == "none"
    term.focus()
    assert term.evaluate(display) == "block"
    expect(term).to_have_attribute("aria-description", re.compile("turns the model's margin into a probability"))
