"""Two people and one hard case: noted on, handed over, decided with a warning, reversed. What was typed stays."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from review.desk import claims
from review.enforcement.outcomes import in_force
from review.models import Case, Decision, Message, Note, Referral, Role
from review.registry.policy_versions import Terms, new_version
from tests.browser import press, shown, take
from tests.enforcement.test_strikes import STRIKES

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sam(make_person, queue, settings):
    """A senior moderator of a source whose policy warns authors; what is decided is in effect at once."""
    settings.MODDOG_UNDO_SECONDS = 0
    new_version(queue[0].source, None, lambda before: Terms(before.ladders, before.audit_rate, strikes=STRIKES))
    return make_person("sam", Role.SENIOR)


def hand_to(person, case):
    """As if the claim of whoever has it had run out."""
    Case.objects.filter(pk=case.pk).update(claim_expires_at=timezone.now() - timedelta(seconds=1))
    claims.open_case(person, case.pk)


def test_a_hard_case_goes_from_hand_to_hand(alice, sam, browse, page):
    browse(alice)
    take(page)
    page.get_by_text("Add a note").click()
    page.get_by_label("Note for colleagues").fill("a pun on their name, @sam")
    page.get_by_role("button", name="Keep it").click()
    expect(page.locator("#notes")).to_contain_text("a pun on their name, @sam")
    expect(shown(page)).to_have_text("first words")
    press(page, "o")
    expect(page.locator("#refer-to option")).to_have_text(["A senior moderator", "sam"])
    page.keyboard.press("Tab")
    page.keyboard.type("is it one? xtv")
    with page.expect_response("**/ahead/"):
        page.get_by_role("button", name="Hand it over").click()
    expect(shown(page)).to_have_text("second words")
    page.wait_for_timeout(300)  # what comes next is taken in
    assert Referral.objects.get().to is None
    page.goto("about:blank")  # what was loaded ahead goes back
    browse(sam, "/held/")
    expect(page.get_by_role("heading", name="Notes that name you")).to_be_visible()
    page.locator(".held-row").get_by_role("button", name="Open").click()
    expect(page.get_by_role("heading", name="This waits for a senior moderator")).to_be_visible()
    press(page, "n")
    page.locator("#author-action").select_option("warn")
    page.locator("#note-action").select_option("hide")
    page.keyboard.press("Escape")
    press(page, "h")
    expect(shown(page)).not_to_have_text("first words")
    made = Decision.objects.get()
    assert (made.action, made.author_action) == ("hide", "warn")
    page.goto(page.url.rstrip("/") + f"/cases/{made.case_id}/")
    page.get_by_text("Reverse this decision").click()
    page.locator("#note-text").fill("it was a pun")
    page.reload()
    expect(page.locator("#note-text")).to_have_value("it was a pun")
    page.get_by_role("button", name="Allow", exact=True).click()
    expect(page.get_by_text("This reverses a decision on")).to_be_visible()
    assert in_force(Message.objects.get(text="first words")).action == "allow"
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('draft:'))") == []


def test_what_was_typed_outlives_the_tab_and_is_nobody_elses(alice, bob, queue, browse, page):
    browse(alice)
    take(page)
    press(page, "n")
    page.keyboard.type("typed with care")
    page.keyboard.press("Escape")
    hand_to(bob, queue[0])
    browse(bob)
    expect(shown(page)).to_have_text("first words")
    expect(page.locator("#note-text")).to_have_value("")
    hand_to(alice, queue[0])
    browse(alice)
    expect(page.locator("#note-text")).to_have_value("typed with care")
    assert not Note.objects.exists() and not Decision.objects.exists()
