"""A case beside the list: read without a claim, taken into hand there, and no other case taken after it."""

import re

import pytest

from review.desk import claims
from review.models import Decision
from tests.rows import make_case, make_source

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
PROBABILITY = r"58(\.00)?\s?%|0\.58"  # as words, as a place on the bar, as a number; the time of day may hold a 58 too


def look(client, case):
    return client.get(f"/cases/{case.pk}/preview/", {"list": "yes"}, headers=HTMX)


def test_looking_claims_nothing(alice, sign_in, judged):
    case = judged()
    page = look(sign_in(alice), case).content.decode()
    assert "uninstall, do us all a favour" in page and "Take it in hand" in page and 'id="case"' not in page
    assert re.search(PROBABILITY, page)
    assert claims.held_by(alice) is None


def test_it_says_who_is_on_it(alice, bob, sign_in, judged):
    case = judged()
    claims.open_case(bob, case.pk)
    page = look(sign_in(alice), case).content.decode()
    assert "bob" in page and "is on it" in page and "Take it in hand" not in page


def test_a_blind_case_tells_nothing_of_the_model(alice, sign_in, blind):
    page = look(sign_in(alice), blind).content.decode()
    assert "This case is blind" in page and not re.search(PROBABILITY, page)


def test_what_one_holds_shows_with_its_keys(alice, sign_in, held):
    assert 'id="case"' in look(sign_in(alice), held).content.decode()


def test_after_a_decision_beside_the_list_nothing_else_is_taken(alice, sign_in, post, judged):
    case, other = judged("one"), judged("two")
    client = sign_in(alice)
    opened = client.post(f"/cases/{case.pk}/open/", {"list": "yes"}, headers=HTMX)
    assert 'id="case"' in opened.content.decode()
    answer = post("decide", claims.held_by(alice), htmx=True, category="spam", list="yes")
    assert "Decided" in answer.content.decode() and 'id="undo"' in answer.content.decode()
    assert Decision.objects.get().case == case
    assert claims.held_by(alice) is None
    assert claims.take_next(alice) == other


def test_a_case_that_somebody_took_meanwhile_is_told_beside_the_list(alice, bob, sign_in, judged):
    case = judged()
    claims.open_case(bob, case.pk)
    answer = sign_in(alice).post(f"/cases/{case.pk}/open/", {"list": "yes"}, headers=HTMX)
    assert answer.status_code == 409
    assert "was taken over by" in answer.content.decode() and "<html" not in answer.content.decode()


def test_a_case_of_another_community_is_not_there(make_person, sign_in, judged):
    case = judged()
    erin = make_person("erin", "moderator", make_source("forum"))
    assert look(sign_in(erin), case).status_code == 404


def test_it_costs_few_queries(alice, sign_in, judged, django_assert_max_num_queries):
    case = judged()
    client = sign_in(alice)
    look(client, case)
    with django_assert_max_num_queries(30):
        look(client, case)
    for _ in range(20):
        make_case(make_source())
    with django_assert_max_num_queries(30):
        look(client, case)
