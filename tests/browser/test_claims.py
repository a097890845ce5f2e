"""A claim in a real browser: kept while the page is open, lost to another, run out; what was typed stays."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from review.desk import claims
from review.models import Case, Decision
from tests.browser import press, shown, take, write_note

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_lost_claim_is_told_and_the_note_is_kept(alice, bob, queue, browse, page):
    browse(alice)
    take(page)
    write_note(page, "typed with care")
    Case.objects.update(claim_expires_at=None)
    claims.open_case(bob, queue[0].pk)
    press(page, "v")
    expect(page.get_by_role("alert")).to_contain_text("was taken over by bob")
    expect(page.locator("#kept-note")).to_have_value("typed with care")
    assert not Decision.objects.exists()


def test_an_open_page_keeps_its_claim(alice, queue, browse, page):
    page.clock.install()
    claims.take_next(alice)
    Case.objects.filter(claimed_by=alice).update(claim_expires_at=timezone.now() + timedelta(seconds=60))
    browse(alice)
    with page.expect_response("**/renew/") as answer:
        page.clock.run_for(31_000)
    assert answer.value.json() == {"seconds": 120}
    expect(page.locator("[data-hold]")).to_have_text(re.compile("^(2:00|1:5[0-9])$"))
    assert Case.objects.get(claimed_by=alice, ahead=False).claim_expires_at > timezone.now() + timedelta(seconds=90)


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
    write_note(page, "typed with care")
    held = claims.held_by(alice)
    claims.release(alice, held.pk, held.claim_token)
    press(page, "v")
    expect(page.get_by_role("alert")).to_contain_text("is back in the queue")
    page.get_by_role("button", name="Open it again").click()
    expect(shown(page)).to_have_text("first words")
    expect(page.locator("#note-text")).to_have_value("typed with care")
