"""POST /decisions/{id}/undo/: take back a decision while there is time."""

import pytest

from review.desk import claims, decisions
from review.models import Decision, Membership
from tests.rows import make_source

pytestmark = pytest.mark.django_db


@pytest.fixture
def decided(alice, held):
    return decisions.decide(alice, held.pk, held.claim_token, "harassment", note="a first thought")


def test_it_brings_the_case_and_the_note_back(alice, sign_in, decided):
    page = sign_in(alice).post(f"/decisions/{decided.pk}/undo/", headers={"HX-Request": "true"}).content.decode()
    assert "uninstall, do us all a favour" in page
    assert "a first thought" in page
    assert claims.held_by(alice) == decided.case


def test_without_javascript_it_goes_back_to_the_desk(alice, sign_in, decided):
    assert sign_in(alice).post(f"/decisions/{decided.pk}/undo/").headers["Location"] == "/"


def test_it_is_refused_once_the_ruling_is_in_effect(alice, sign_in, held, settings):
    settings.MODDOG_UNDO_SECONDS = 0
    decision = decisions.decide(alice, held.pk, held.claim_token, "harassment")
    assert "Too late to undo" in sign_in(alice).post(f"/decisions/{decision.pk}/undo/").content.decode()
    assert Decision.objects.get().undone_at is None


def test_nobody_undoes_the_decision_of_another(bob, sign_in, decided):
    answer = sign_in(bob).post(f"/decisions/{decided.pk}/undo/")
    assert answer.status_code == 403
    assert "Only who made a decision, and senior moderators of its community, can undo it." in answer.content.decode()
    assert Decision.objects.get().undone_at is None


def test_a_script_gets_the_sentence_alone(bob, sign_in, decided):
    answer = sign_in(bob).post(f"/decisions/{decided.pk}/undo/", headers={"HX-Request": "true"})
    assert answer.status_code == 403
    assert answer.content.decode().startswith("Only who made a decision")


@pytest.mark.parametrize("where", ["here", "everywhere"])
def test_a_senior_undoes_the_decision_of_another_and_holds_the_case(make_person, sign_in, decided, where):
    senior = make_person("sam", "senior", decided.case.source if where == "here" else None)
    client = sign_in(senior)
    assert "Undo, and hold the case" in client.get(f"/cases/{decided.case_id}/").content.decode()
    assert client.post(f"/decisions/{decided.pk}/undo/").headers["Location"] == "/"
    undone = Decision.objects.get()
    assert undone.undone_by == senior
    assert claims.held_by(senior) == decided.case
    assert undone.case.messages.get().outcomes.get().withdrawn_at is not None


def test_a_senior_of_another_source_undoes_nothing_here(make_person, sign_in, decided):
    senior = make_person("sam", "senior", make_source("forum"))
    assert sign_in(senior).post(f"/decisions/{decided.pk}/undo/").status_code == 404
    Membership.objects.create(user=senior, source=decided.case.source, role="moderator")
    assert sign_in(senior).post(f"/decisions/{decided.pk}/undo/").status_code == 403
    assert "Undo, and hold the case" not in sign_in(senior).get(f"/cases/{decided.case_id}/").content.decode()


def test_what_was_undone_already_says_by_whom(alice, sign_in, decided):
    client = sign_in(alice)
    client.post(f"/decisions/{decided.pk}/undo/")
    assert "undone already, by alice" in client.post(f"/decisions/{decided.pk}/undo/").content.decode()


def test_it_rejects_get(alice, sign_in, decided):
    assert sign_in(alice).get(f"/decisions/{decided.pk}/undo/").status_code == 405


def test_it_refuses_people_without_a_role(charlie, sign_in, decided):
    assert sign_in(charlie).post(f"/decisions/{decided.pk}/undo/").status_code == 403


def test_the_desk_offers_it_again_after_a_reload(alice, sign_in, decided):
    assert f"/decisions/{decided.pk}/undo/" in sign_in(alice).get("/").content.decode()
