"""The case that comes next, claimed behind the one in hand: one a person, for a minute, given back with its page."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from review.desk import claims, offers
from review.models import Care, Case, Decision
from review.quality.care import A_DAY
from tests.rows import make_case, make_source

pytestmark = pytest.mark.django_db


@pytest.fixture
def three():
    """Most urgent first."""
    return [make_case(make_source(), priority=-number) for number in range(3)]


def fence(page):
    return re.search(r'name="token" value="([^"]+)"', page.content.decode())[1]


def ask(client):
    return client.post("/ahead/", headers={"HX-Request": "true"})


def test_it_is_claimed_behind_the_one_in_hand(alice, bob, three):
    held, ahead = claims.take_next(alice), claims.take_ahead(alice)
    assert (held, ahead) == (three[0], three[1])
    assert ahead.claim_expires_at < held.claim_expires_at
    assert claims.held_by(alice) == three[0]
    assert claims.take_next(bob) == three[2]


def test_nobody_has_one_without_a_case_in_hand(alice, sign_in, three):
    assert ask(sign_in(alice)).status_code == 204
    assert not Case.objects.filter(claimed_by=alice).exists()


def test_there_is_one_a_person_however_many_tabs_ask(alice, sign_in, three):
    claims.take_next(alice)
    client = sign_in(alice)
    assert fence(ask(client)) == fence(ask(client))
    assert Case.objects.filter(claimed_by=alice).count() == 2


def test_it_is_in_hand_after_the_decision_and_the_page_is_told_no_more_than_that(alice, sign_in, three):
    held = claims.take_next(alice)
    client = sign_in(alice)
    token = fence(ask(client))
    fields = {"token": held.claim_token, "category": "spam", "ahead": token}
    answer = client.post(f"/cases/{held.pk}/decide/", fields, headers={"HX-Request": "true"})
    assert answer.headers["Moddog-Loaded"] == "yes"
    assert 'id="undo"' in answer.content.decode() and 'id="message"' not in answer.content.decode()
    now_held = claims.held_by(alice)
    assert now_held == three[1]
    assert str(now_held.claim_token) == token
    assert now_held.claim_expires_at > timezone.now() + timedelta(seconds=100)


def test_a_page_whose_hold_on_it_ran_out_gets_the_next_case_whole(alice, bob, sign_in, three):
    held = claims.take_next(alice)
    client = sign_in(alice)
    token = fence(ask(client))
    Case.objects.filter(ahead=True).update(claim_expires_at=timezone.now() - timedelta(seconds=1))
    assert claims.take_next(bob) == three[1]
    fields = {"token": held.claim_token, "category": "spam", "ahead": token}
    answer = client.post(f"/cases/{held.pk}/decide/", fields, headers={"HX-Request": "true"})
    assert "Moddog-Loaded" not in answer.headers
    assert claims.held_by(alice) == three[2]
    assert claims.held_by(bob) == three[1]


def test_it_cannot_be_decided_before_it_is_in_hand(alice, post, three):
    claims.take_next(alice)
    ahead = claims.take_ahead(alice)
    assert post("decide", ahead, by=alice, category="spam", htmx=True).status_code == 409
    assert not Decision.objects.exists()


def test_a_page_that_goes_gives_it_back_and_keeps_what_is_in_hand(alice, bob, sign_in, three):
    held = claims.take_next(alice)
    client = sign_in(alice)
    token = fence(ask(client))
    assert client.post("/ahead/release/", {"token": held.claim_token}).status_code == 204
    assert claims.held_by(alice) == three[0]
    assert client.post("/ahead/release/", {"token": token}).status_code == 204
    assert claims.take_next(bob) == three[1]


def test_a_late_goodbye_takes_nothing_out_of_hand(alice, sign_in, three):
    held = claims.take_next(alice)
    client = sign_in(alice)
    token = fence(ask(client))
    claims.release(alice, held.pk, held.claim_token)
    assert claims.take_next(alice) == three[1]
    client.post("/ahead/release/", {"token": token})
    assert claims.held_by(alice) == three[1]


def test_a_page_that_went_before_it_was_told_which_gives_it_back_too(alice, sign_in, three):
    held = claims.take_next(alice)
    client = sign_in(alice)
    ask(client)
    client.post("/ahead/release/", {"token": ""})
    assert not Case.objects.filter(ahead=True).exists()
    assert claims.held_by(alice) == held


def test_a_hold_that_runs_out_at_this_moment_is_not_claimed_ahead_of_itself(alice, three):
    held = claims.take_next(alice)
    Case.objects.filter(pk=held.pk).update(claim_expires_at=timezone.now())
    assert offers.claim_first(alice, after=held) == three[1]
    assert claims.renew(alice, held.pk, held.claim_token)


def test_it_is_renewed_with_the_one_in_hand(alice, three):
    held = claims.take_next(alice)
    ahead = claims.take_ahead(alice)
    soon = timezone.now() + timedelta(seconds=5)
    Case.objects.filter(pk=ahead.pk).update(claim_expires_at=soon)
    claims.renew(alice, held.pk, held.claim_token)
    ahead.refresh_from_db()
    assert ahead.claim_expires_at > soon + timedelta(seconds=30)


@pytest.mark.parametrize("verb", ["release", "open"])
def test_it_goes_back_when_the_person_turns_to_something_else(alice, bob, post, three, verb):
    held = claims.take_next(alice)
    claims.take_ahead(alice)
    post(verb, held if verb == "release" else three[2], by=alice, token=held.claim_token)
    assert not Case.objects.filter(claimed_by=alice, ahead=True).exists()
    assert claims.open_case(bob, three[1].pk)


def test_whoever_had_their_share_meanwhile_is_given_another(alice, judged):
    held = claims.open_case(alice, judged("the first").pk)
    severe = judged("the second")
    ahead = claims.take_ahead(alice)
    assert ahead == severe
    Care.objects.create(user=alice, severe_an_hour=0, severe_a_day=A_DAY, covered=[])
    Case.objects.filter(pk=severe.pk).update(blind=True)  # what is blind may be severe
    claims.release(alice, held.pk, held.claim_token)
    assert claims.take_next(alice) == held
    severe.refresh_from_db()
    assert severe.claimed_by is None


def test_the_list_says_for_whom_it_is_kept(alice, bob, sign_in, three):
    claims.take_next(alice)
    claims.take_ahead(alice)
    assert "next for" in sign_in(bob).get("/queue/").content.decode()
    assert sign_in(alice).get("/queue/", {"mine": "on"}).content.decode().count("<tr") == 2  # the head, and one
