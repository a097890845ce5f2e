"""POST /decisions/{id}/undo/: take back one's own ruling while there is time."""

import pytest

from review.desk import claims, decisions
from review.models import Decision

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


def test_nobody_undoes_the_ruling_of_another(bob, sign_in, decided):
    sign_in(bob).post(f"/decisions/{decided.pk}/undo/")
    assert Decision.objects.get().undone_at is None


def test_it_rejects_get(alice, sign_in, decided):
    assert sign_in(alice).get(f"/decisions/{decided.pk}/undo/").status_code == 405


def test_it_refuses_people_without_a_role(charlie, sign_in, decided):
    assert sign_in(charlie).post(f"/decisions/{decided.pk}/undo/").status_code == 403


def test_the_desk_offers_it_again_after_a_reload(alice, sign_in, decided):
    assert f"/decisions/{decided.pk}/undo/" in sign_in(alice).get("/").content.decode()
