"""Undo during a raid: the case that copies opened meanwhile joins the one that is taken back."""

import re

import pytest

from review.desk import claims, decisions, undoing
from review.enforcement.cases import NewCase, open_cases
from review.models import Case, Reason
from tests.rows import make_message, make_verdict

pytestmark = pytest.mark.django_db

TEXT = "uninstall, do us all a favour"


@pytest.fixture
def joined(alice, bob, judged):
    """`joined(blind=True)`: the case that bob held, alice's having taken its copy over, and bob's token."""

    def make(**fields):
        judged(TEXT, **fields)
        first = claims.take_next(alice)
        made = decisions.decide(alice, first.pk, first.claim_token, "harassment")
        copy = make_message(first.source, TEXT, channel="ranked")
        reason = Reason.AUDIT if fields.get("blind") else Reason.BORDERLINE
        open_cases([NewCase(copy, reason, 0.0, first.blind, make_verdict(copy))])
        held = claims.take_next(bob)
        assert held.pk != first.pk
        assert undoing.undo(alice, made.pk)
        return held

    return make


def stays():
    return Case.objects.get(state="open")


@pytest.mark.parametrize("verb", ["decide", "skip", "release", "open"])
def test_every_verb_on_it_is_refused_in_words_and_keeps_the_note(bob, sign_in, post, joined, verb):
    held = joined()
    sign_in(bob)
    answer = post(verb, held, category="benign", note="typed with care")
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "kestrel’s case was joined with another case of the same text, which alice holds." in page
    assert ("typed with care" in page) == (verb != "open")
    assert f"/cases/{stays().pk}/" in page


def test_the_heartbeat_is_told(bob, sign_in, post, joined):
    held = joined()
    sign_in(bob)
    answer = post("renew", held)
    assert answer.status_code == 409
    assert "was joined with another case" in answer.json()["lost"]


def test_its_page_shows_the_case_that_stays(bob, sign_in, joined):
    held = joined()
    answer = sign_in(bob).get(f"/cases/{held.pk}/")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "was joined with another case" in page
    assert re.search(rf"<h1>\s*Case {stays().pk}\s*</h1>", page)
    assert "2 messages with this text" in page


def test_a_blind_one_says_nothing_of_the_model_either(bob, sign_in, joined):
    held = joined(blind=True, reason=Reason.AUDIT)
    page = sign_in(bob).get(f"/cases/{held.pk}/").content.decode()
    assert "This case is blind" in page
    assert "Why it is here" not in page
    assert "Verdicts" not in page


def test_it_can_be_gone_on_with_once_the_other_lets_go(alice, bob, sign_in, post, joined):
    held = joined()
    claims.release_all(alice)
    sign_in(bob)
    page = post("decide", held, category="benign", note="typed with care").content.decode()
    assert f"/cases/{stays().pk}/open/" in page
    assert "Open it again" in page


def test_a_case_that_joined_twice_leads_to_the_one_that_stays(alice, bob, judged, joined):
    first = joined()
    held = claims.held_by(alice)
    made = decisions.decide(alice, held.pk, held.claim_token, "harassment")
    copy = make_message(held.source, TEXT)
    open_cases([NewCase(copy, Reason.BORDERLINE, 0.0, False, make_verdict(copy))])
    assert undoing.undo(alice, made.pk)
    assert set(Case.objects.filter(state="closed").values_list("joined", flat=True)) == {held.pk}
    assert Case.objects.get(pk=first.pk).joined == held
