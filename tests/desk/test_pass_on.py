"""POST skip, release and renew: what else one does with a claim."""

from datetime import timedelta

import pytest
from django.utils import timezone

from review.desk import claims
from review.models import Case, Skip

pytestmark = pytest.mark.django_db


def test_skip_brings_the_next_case(alice, sign_in, held, judged, post):
    following = judged("the next one")
    sign_in(alice)
    assert "the next one" in post("skip", held, htmx=True).content.decode()
    assert claims.held_by(alice) == following
    assert Skip.objects.get().case == held


def test_release_takes_no_other_case(alice, sign_in, held, judged, post):
    judged("the next one")
    sign_in(alice)
    assert "Take the next case" in post("release", held, htmx=True).content.decode()
    assert claims.held_by(alice) is None


@pytest.mark.parametrize("verb", ["skip", "release"])
def test_without_javascript_it_goes_back_to_the_desk(alice, sign_in, held, post, verb):
    sign_in(alice)
    assert post(verb, held).headers["Location"] == "/"


@pytest.mark.parametrize("verb", ["skip", "release"])
def test_a_lost_claim_is_told(alice, bob, held, post, verb):
    Case.objects.update(claim_expires_at=timezone.now() - timedelta(seconds=1))
    claims.open_case(bob, held.pk)
    response = post(verb, held, by=alice, note="typed with care")
    assert response.status_code == 409
    assert "taken over by bob" in response.content.decode()
    assert "typed with care" in response.content.decode()


def test_the_heartbeat_renews(alice, sign_in, held, post):
    Case.objects.update(claim_expires_at=timezone.now() + timedelta(seconds=3))
    sign_in(alice)
    assert post("renew", held).json() == {"seconds": 120}
    assert Case.objects.get().claim_expires_at > timezone.now() + timedelta(seconds=100)


def test_the_heartbeat_of_a_lost_claim_says_who_has_it(alice, bob, sign_in, held, post):
    Case.objects.update(claim_expires_at=timezone.now() - timedelta(seconds=1))
    claims.open_case(bob, held.pk)
    sign_in(alice)
    response = post("renew", held)
    assert response.status_code == 409
    assert response.json() == {"lost": "kestrel’s case was taken over by bob."}


def test_a_heartbeat_without_a_token_renews_nothing(alice, sign_in, held, post):
    sign_in(alice)
    assert post("renew", held, token="").status_code == 409


@pytest.mark.parametrize("verb", ["skip", "release", "renew"])
def test_it_rejects_get(alice, sign_in, held, verb):
    assert sign_in(alice).get(f"/cases/{held.pk}/{verb}/").status_code == 405


@pytest.mark.parametrize("verb", ["skip", "release", "renew"])
def test_it_refuses_people_without_a_role(charlie, sign_in, held, post, verb):
    sign_in(charlie)
    assert post(verb, held).status_code == 403
    assert Case.objects.get().claimed_by is not None


def test_a_blind_case_is_passed_on_to_somebody_who_can_take_it(alice, bob, sign_in, blind, post):
    claims.take_next(alice)
    blind.refresh_from_db()
    sign_in(alice)
    post("skip", blind)
    assert claims.take_next(alice) is None
    assert claims.take_next(bob) == blind


def test_a_blind_case_that_nobody_else_can_take_stays_in_hand(alice, charlie, sign_in, blind, post):
    claims.take_next(alice)
    blind.refresh_from_db()
    sign_in(alice)
    page = post("skip", blind, htmx=True, note="typed with care").content.decode()
    assert "Nobody else can take this blind case now" in page
    assert "typed with care" in page
    assert claims.held_by(alice) == blind
    assert not Skip.objects.exists()


def test_whom_it_is_not_for_makes_no_difference_that_would_tell_what_it_is(alice, bob, blind):
    """Bob has decided it before, or knows the answer."""
    Case.objects.update(reason="second_opinion", not_for=[bob.pk])
    assert claims.skip(alice, blind.pk, claims.take_next(alice).claim_token)
    assert claims.take_next(alice) is None and claims.take_next(bob) is None
    Skip.objects.update(created_at=timezone.now() - claims.PASSED_ON_FOR)
    assert claims.take_next(alice) == blind


def test_a_blind_case_goes_round_but_never_out(alice, bob, blind):
    assert claims.skip(alice, blind.pk, claims.take_next(alice).claim_token)
    assert not claims.skip(bob, blind.pk, claims.take_next(bob).claim_token)
    assert claims.held_by(bob) == blind


def test_a_blind_case_comes_back_after_a_day(alice, bob, blind):
    claims.skip(alice, blind.pk, claims.take_next(alice).claim_token)
    Skip.objects.update(created_at=timezone.now() - claims.PASSED_ON_FOR)
    assert claims.take_next(alice) == blind
