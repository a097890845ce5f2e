"""GET /cases/{id}/ and POST /cases/{id}/open/."""

import pytest

from review.desk import claims, decisions, undoing
from review.models import Case, Membership, User
from tests.rows import make_source

pytestmark = pytest.mark.django_db


@pytest.fixture
def eve():
    """A moderator of another community."""
    person = User.objects.create_user("eve")
    Membership.objects.create(user=person, source=make_source("forum"), role="moderator")
    return person


def test_it_shows_where_everything_came_from(alice, sign_in, judged):
    page = sign_in(alice).get(f"/cases/{judged().pk}/").content.decode()
    for words in ("58 % likely", "f" * 64, "0.4000", "0.5800", "hate speech", "{&quot;flag&quot;: true}", "rubric"):
        assert words in page


def test_it_shows_every_decision_the_undone_ones_too(alice, sign_in, held):
    first = decisions.decide(alice, held.pk, held.claim_token, "harassment", note="a first thought")
    undoing.undo(alice, first.pk)
    again = claims.held_by(alice)
    decisions.decide(alice, again.pk, again.claim_token, "spam", note="a second one")
    page = sign_in(alice).get(f"/cases/{held.pk}/").content.decode()
    assert "a first thought" in page and "undone by <bdi>alice</bdi>" in page
    assert "a second one" in page and "withdrawn before it took effect" in page
    assert "decided spam" in page


def test_it_shows_who_holds_it_and_who_passed_it_on(alice, bob, sign_in, held):
    claims.skip(alice, held.pk, held.claim_token)
    claims.take_next(bob)
    page = sign_in(alice).get(f"/cases/{held.pk}/").content.decode()
    assert "<bdi>bob</bdi> holds it" in page
    assert "<bdi>alice</bdi> passed it on" in page


@pytest.mark.parametrize("path", ["", "open/", "renew/", "skip/"])
def test_cases_of_other_sources_are_not_there(eve, sign_in, judged, path):
    client, pk = sign_in(eve), judged().pk
    response = client.get(f"/cases/{pk}/") if not path else client.post(f"/cases/{pk}/{path}")
    assert response.status_code == (409 if path in ("renew/", "skip/") else 404)
    assert "uninstall" not in response.content.decode()
    assert "kestrel" not in response.content.decode()
    assert Case.objects.get().claimed_by is None


def test_an_id_that_is_nobody_s_answers_404(alice, sign_in):
    response = sign_in(alice).get("/cases/987654321/")
    assert response.status_code == 404
    assert "There is nothing here" in response.content.decode()


def test_open_claims_this_very_case(alice, sign_in, judged):
    judged(priority=5.0)
    chosen = judged("this one", priority=1.0)
    assert sign_in(alice).post(f"/cases/{chosen.pk}/open/").headers["Location"] == "/"
    assert claims.held_by(alice) == chosen


def test_open_tells_who_holds_it(alice, bob, sign_in, held):
    response = sign_in(bob).post(f"/cases/{held.pk}/open/")
    assert response.status_code == 409
    assert "was taken over by alice" in response.content.decode()
    assert claims.held_by(alice) == held


def test_open_rejects_get(alice, sign_in, judged):
    assert sign_in(alice).get(f"/cases/{judged().pk}/open/").status_code == 405


def test_it_sends_anonymous_people_to_sign_in(client, judged):
    pk = judged().pk
    assert client.get(f"/cases/{pk}/").headers["Location"] == f"/accounts/login/?next=/cases/{pk}/"


@pytest.mark.parametrize("verb", ["get", "post"])
def test_it_refuses_people_without_a_role(charlie, sign_in, judged, verb):
    path = f"/cases/{judged().pk}/" + ("open/" if verb == "post" else "")
    assert getattr(sign_in(charlie), verb)(path).status_code == 403


def test_open_brings_back_the_note_that_a_lost_claim_left(alice, sign_in, held):
    claims.release(alice, held.pk, held.claim_token)
    response = sign_in(alice).post(f"/cases/{held.pk}/open/", {"note": "typed with care"})
    assert response.status_code == 200
    assert "typed with care" in response.content.decode()
    assert claims.held_by(alice) == held
