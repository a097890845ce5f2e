"""The desk in a real browser: by key, on a phone, in the dark, and without JavaScript."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from review.desk import claims
from review.models import Case, Decision
from tests.rows import make_case, make_message, make_source, make_verdict
from tests.stack import wait_until

pytestmark = pytest.mark.django_db(transaction=True)

PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 800}


@pytest.fixture
def queue():
    """Three cases, most urgent first; the middle one is blind."""
    source = make_source()
    made = []
    for number, text in enumerate(("first words", "second words", "third words")):
        message = make_message(source, text)
        verdict = make_verdict(message, 0.58)
        made.append(make_case(source, message, verdict=verdict, priority=-number, blind=number == 1))
    return made


@pytest.fixture
def console(page):
    """What the browser complained about: errors, and everything that the Content-Security-Policy stopped."""
    said = []
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    return said


def shown(page):
    return page.locator("#message .said-text")


def take(page):
    expect(page.get_by_role("button", name="Take the next case")).to_be_focused()
    page.keyboard.press("Enter")
    expect(shown(page)).to_have_text("first words")


def press(page, key):
    """A key of somebody who has read the case: the desk ignores the first quarter of a second."""
    page.wait_for_timeout(300)
    page.keyboard.press(key)


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
    for key in "ATH":
        before = Decision.objects.count()
        press(page, key)
        wait_until(lambda before=before: Decision.objects.count() > before)
        page.wait_for_load_state("networkidle")
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
    press(page, "n")
    page.keyboard.type("a note with the keys t, h and x in it")
    page.keyboard.press("Escape")
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
    expect(page.locator(".reading")).to_be_visible()
    places = [page.locator(".rulings").bounding_box()]
    for key in "AT":
        text = shown(page).text_content()
        press(page, key)
        expect(shown(page)).not_to_have_text(text)
        places.append(page.locator(".rulings").bounding_box())
    assert places[0] == places[1] == places[2]
    assert places[0]["y"] + places[0]["height"] < DESKTOP["height"]


def test_a_blind_case_says_nothing_of_the_model(alice, queue, browse, page):
    claims.open_case(alice, queue[1].pk)
    browse(alice)
    expect(page.locator(".case-head .chip").first).to_have_text("blind")
    expect(page.locator(".reading")).to_have_count(0)
    expect(page.locator(".is-likely")).to_have_count(0)


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
    for button in page.locator(".ruling, .rule-more > .minor:visible").all():
        box = button.bounding_box()
        assert box["y"] >= toast["y"] + toast["height"] or box["y"] + box["height"] <= toast["y"]
        assert box["y"] + box["height"] <= PHONE["height"]
        assert box["width"] >= 40 and box["height"] >= 40
    page.get_by_role("button", name="undo").click()
    expect(shown(page)).to_have_text("first words")


def test_the_menu_of_a_phone_leads_everywhere_and_out(alice, browse, page):
    page.set_viewport_size(PHONE)
    browse(alice, "/queue/")
    expect(page.locator(".nav > .nav-links")).to_be_hidden()
    page.locator(".menu summary").click()
    expect(page.locator(".menu-sheet").get_by_role("link", name="Calibration")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(re.compile("/accounts/login/"))


def test_a_lost_claim_is_told_and_the_note_is_kept(alice, bob, queue, browse, page):
    browse(alice)
    take(page)
    press(page, "n")
    page.keyboard.type("typed with care")
    page.keyboard.press("Escape")
    Case.objects.update(claim_expires_at=None)
    claims.open_case(bob, queue[0].pk)
    press(page, "v")
    expect(page.get_by_role("alert")).to_contain_text("was taken over by bob")
    expect(page.locator("#kept-note")).to_have_value("typed with care")
    assert not Decision.objects.exists()


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
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.locator(".menu summary").click()
    page.get_by_role("button", name="Light").click()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != dark
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "light"
    page.locator(".menu summary").click()
    page.get_by_role("button", name="System").click()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == dark


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


def test_filters_of_the_queue_act_at_once(alice, queue, browse, page, console):
    browse(alice, "/queue/")
    expect(page.locator("tbody tr")).to_have_count(3)
    page.get_by_label("Reason").select_option("blind")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page).to_have_url(re.compile("reason=blind"))
    page.get_by_role("button", name="Open").click()
    expect(shown(page)).to_have_text("second words")
    assert console == []


def test_an_open_page_keeps_its_claim(alice, queue, browse, page):
    page.clock.install()
    claims.take_next(alice)
    Case.objects.filter(claimed_by=alice).update(claim_expires_at=timezone.now() + timedelta(seconds=60))
    browse(alice)
    with page.expect_response("**/renew/") as answer:
        page.clock.run_for(31_000)
    assert answer.value.json() == {"seconds": 120}
    expect(page.locator("[data-hold]")).to_have_text(re.compile("^(2:00|1:5[0-9])$"))
    assert Case.objects.get(claimed_by=alice).claim_expires_at > timezone.now() + timedelta(seconds=90)


def test_an_open_page_tells_when_its_claim_is_lost(alice, bob, queue, browse, page):
    page.clock.install()
    claims.take_next(alice)
    browse(alice)
    Case.objects.update(claim_expires_at=None)
    claims.open_case(bob, queue[0].pk)
    with page.expect_response("**/renew/"):
        page.clock.run_for(31_000)
    expect(page.get_by_role("alert")).to_contain_text("was taken over by bob")
    expect(page.get_by_role("button", name="Toxicity")).to_be_disabled()


def test_a_claim_that_ran_out_is_taken_up_again_with_its_note(alice, queue, browse, page):
    browse(alice)
    take(page)
    press(page, "n")
    page.keyboard.type("typed with care")
    page.keyboard.press("Escape")
    held = claims.held_by(alice)
    claims.release(alice, held.pk, held.claim_token)
    press(page, "v")
    expect(page.get_by_role("alert")).to_contain_text("is back in the queue")
    page.get_by_role("button", name="Open it again").click()
    expect(shown(page)).to_have_text("first words")
    expect(page.locator("#note-text")).to_have_value("typed with care")


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
