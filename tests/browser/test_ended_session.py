"""A session that ends while a page is open: nothing moves, what was typed stays, and signing in goes on from there."""

import re

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import expect

from review.desk import claims
from review.models import Decision
from tests.browser import press, shown, take, write_note
from tests.rows import make_calibrator

pytestmark = pytest.mark.django_db(transaction=True)


def sign_in(page):
    page.get_by_label("Username").fill("alice")
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("button", name="Sign in", exact=True).click()


def sign_out_elsewhere(page):
    other = page.context.new_page()
    other.goto(page.url)
    other.locator(".menu summary").click()
    other.get_by_role("button", name="Sign out").click()
    expect(other).to_have_url(re.compile("/accounts/login/"))
    return other


def test_a_note_survives_a_sign_out_in_another_tab_and_a_sign_in(alice, queue, browse, page):
    browse(alice)
    take(page)
    write_note(page, "typed with care")
    sign_out_elsewhere(page).close()
    press(page, "v")
    expect(page.get_by_role("alert")).to_contain_text("You are signed out, so nothing was saved")
    expect(page.locator("#note-text")).to_have_value("typed with care")
    assert not Decision.objects.exists()
    page.get_by_role("link", name="Sign in again").click()
    sign_in(page)
    expect(shown(page)).to_have_text("first words")
    expect(page.locator("#note-text")).to_have_value("typed with care")
    press(page, "v")
    expect(shown(page)).to_have_text("second words")
    assert Decision.objects.get().note == "typed with care"
    expect(page.locator("#note-text")).to_have_value("")


def test_after_a_sign_in_in_another_tab_the_page_goes_on_as_if_nothing_had_been(alice, queue, browse, page):
    browse(alice)
    take(page)
    write_note(page, "typed with care")
    other = sign_out_elsewhere(page)
    sign_in(other)
    expect(other.get_by_role("link", name="Queue").first).to_be_visible()
    press(page, "v")
    expect(shown(page)).to_have_text("second words")
    expect(page.get_by_role("alert")).to_have_count(0)
    assert Decision.objects.get().note == "typed with care"


def test_a_heartbeat_with_the_token_of_the_session_before_keeps_the_claim(alice, queue, browse, page):
    page.clock.install()
    claims.take_next(alice)
    browse(alice)
    page.context.clear_cookies(name="csrftoken")
    with page.expect_response(lambda answer: "/renew/" in answer.url and answer.status == 200):
        page.clock.run_for(31_000)
        page.clock.run_for(2_000)
    expect(page.locator("#trouble")).to_have_count(0)


def test_a_heartbeat_whose_new_token_is_overtaken_by_that_of_another_request_keeps_the_claim(
    alice, queue, browse, page
):
    page.clock.install()
    claims.take_next(alice)
    browse(alice)
    overtaken = {"status": 403, "headers": {"Moddog-Csrf-Token": "a" * 64}, "body": "That form was of another session."}
    page.route("**/renew/", lambda look: look.fulfill(**overtaken), times=1)
    answers = []
    page.on("response", lambda answer: answers.append(answer.status) if "/renew/" in answer.url else None)
    with page.expect_response(lambda answer: "/renew/" in answer.url and answer.status == 200):
        page.clock.run_for(31_000)
        page.clock.run_for(2_000)
    assert answers == [403, 403, 200]
    expect(page.locator("#trouble")).to_have_count(0)


def test_a_heartbeat_of_a_dead_session_shows_the_banner_once(alice, queue, browse, page):
    looks = []
    page.route("**/similar/", lambda look: looks.append(look))  # noqa: PLW0108 - Playwright wraps no built-in
    page.clock.install()
    claims.take_next(alice)
    with page.expect_request("**/similar/"):
        browse(alice)
    Session.objects.all().delete()
    with page.expect_response("**/renew/") as answer:
        page.clock.run_for(31_000)
    assert answer.value.status == 401
    expect(page.get_by_role("alert")).to_contain_text("You are signed out")
    with page.expect_response("**/similar/"):
        looks[0].fulfill(status=200, content_type="text/html", body="answered before the session ended")
    expect(page.get_by_text("answered before the session ended")).to_be_visible()
    page.evaluate("document.getElementById('trouble').dataset.seen = 'yes'")
    with page.expect_response("**/renew/"):
        page.clock.run_for(31_000)
    expect(page.locator("#trouble[data-seen=yes]")).to_be_visible()
    expect(shown(page)).to_have_text("first words")


@pytest.mark.parametrize("path, poll", [("/calibration/", "/calibration/live/"), ("/operations/", "/operations/")])
@pytest.mark.usefixtures("queue")
def test_a_poll_of_a_dead_session_moves_nothing(dana, browse, page, path, poll):
    page.clock.install()
    make_calibrator()
    browse(dana, path)
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_be_visible()
    Session.objects.all().delete()
    with page.expect_response(f"**{poll}") as answer:
        page.clock.run_for(6_000)
    assert answer.value.status == 401
    expect(page.locator("#trouble")).to_contain_text("You are signed out")
    expect(heading).to_be_visible()
    assert page.locator("input[type=password]").count() == 0
    assert (
        page.get_by_role("link", name="Sign in again")
        .get_attribute("href")
        .endswith(f"?next={path.replace('/', '%2F')}")
    )


def test_a_filter_with_an_ended_session_leads_back_to_the_list_as_it_was_filtered(alice, queue, browse, page):
    browse(alice, "/queue/")
    page.get_by_label("Reason").select_option("blind")
    expect(page).to_have_url(re.compile("reason=blind"))
    Session.objects.all().delete()
    page.locator("[name=order]").select_option("oldest")
    page.get_by_role("link", name="Sign in again").click()
    sign_in(page)
    expect(page).to_have_url(re.compile("reason=blind"))
    expect(page.locator("tbody tr")).to_have_count(1)


def test_a_note_is_nobody_else_s(alice, bob, queue, browse, page):
    browse(alice)
    take(page)
    write_note(page, "alice's own")
    held = claims.held_by(alice)
    claims.release(alice, held.pk, held.claim_token)
    claims.open_case(bob, queue[0].pk)
    browse(bob)
    expect(shown(page)).to_have_text("first words")
    expect(page.locator("#note-text")).to_have_value("")


def test_what_the_server_refuses_is_said_in_its_words(alice, bob, queue, browse, page):
    held = claims.take_next(alice)
    browse(alice)
    page.route(
        "**/decide/", lambda route: route.fulfill(status=403, content_type="text/plain", body="Not in this house.")
    )
    press(page, "v")
    expect(page.get_by_role("alert")).to_contain_text("Not in this house.")
    assert claims.held_by(alice) == held
