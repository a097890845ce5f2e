"""POST /take/: the one way to a claim from the desk."""

import pytest
from django.test import Client

from review.desk import claims

pytestmark = pytest.mark.django_db


def test_it_claims_the_next_case(alice, sign_in, judged):
    case = judged()
    assert sign_in(alice).post("/take/").headers["Location"] == "/"
    assert claims.held_by(alice) == case


def test_htmx_gets_the_case_at_once(alice, sign_in, judged):
    judged()
    page = sign_in(alice).post("/take/", headers={"HX-Request": "true"}).content.decode()
    assert "uninstall, do us all a favour" in page
    assert "<html" not in page


def test_it_says_when_everything_is_in_other_hands(alice, bob, sign_in, judged):
    judged()
    claims.take_next(bob)
    assert "in someone else’s hands" in sign_in(alice).post("/take/").content.decode()


def test_it_rejects_get(alice, sign_in):
    assert sign_in(alice).get("/take/").status_code == 405


def test_it_refuses_people_without_a_role(charlie, sign_in, judged):
    judged()
    assert sign_in(charlie).post("/take/").status_code == 403
    assert claims.held_by(charlie) is None


def test_it_refuses_requests_from_elsewhere(alice, judged):
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    judged()
    assert client.post("/take/").status_code == 403
    assert claims.held_by(alice) is None


def test_htmx_of_a_signed_out_person_is_told_where_to_sign_in(client, judged):
    response = client.post("/take/", headers={"HX-Request": "true"})
    assert response.status_code == 401
    assert response.headers["Moddog-Sign-In"] == "/accounts/login/?next=%2F"
    assert "What you typed is still here" in response.content.decode()
