"""Care: severe cases are budgeted and covered, as a person sets for themselves alone."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from review.desk import claims
from review.insight import load
from review.models import AuditEntry, Care, Case, User
from review.quality.care import AN_HOUR, care_of
from tests.quality.conftest import rule
from tests.rows import make_case, make_message, make_source, make_verdict

pytestmark = pytest.mark.django_db


def case_of(category, **fields):
    message = make_message(make_source())
    verdict = make_verdict(message, 0.9, category=category)
    return make_case(message.source, message, verdict=verdict, **fields)


@pytest.fixture
def spent(alice):
    """Alice is given one severe case an hour, and has had it."""
    Care.objects.create(user=alice, severe_an_hour=1)
    rule(alice, "violence", case_of("violence"))
    return alice


def test_a_spent_budget_steers_to_milder_cases(spent, bob):
    severe, mild = case_of("violence", priority=5.0), case_of("toxicity", priority=1.0)
    assert claims.take_next(spent) == mild
    assert claims.take_next(bob) == severe


def test_who_asks_for_milder_work_is_given_nothing_severe_until_they_say_so_or_the_shift_is_over(alice, sign_in):
    client = sign_in(alice)
    severe, mild = case_of("violence", priority=5.0), case_of("toxicity", priority=1.0)
    client.post("/me/milder/", {"on": "on"})
    assert claims.take_next(alice) == mild
    assert "milder work" in client.get("/").content.decode()
    rule(alice, "toxicity", mild)
    assert "and what waits is severe or blind." in client.post("/take/").content.decode()
    assert "Give me everything again" in client.get("/me/").content.decode()
    assert not AuditEntry.objects.filter(target="care").exists()  # it is nobody else's to know
    client.post("/me/milder/", {"on": "off"})
    assert claims.take_next(alice) == severe
    claims.release_all(alice)
    Care.objects.update(milder_until=timezone.now() - timedelta(seconds=1))
    assert claims.take_next(alice) == severe


def test_a_blind_case_may_be_anything_so_none_is_given(spent):
    case_of("toxicity", blind=True, reason="audit")
    assert claims.take_next(spent) is None


def test_where_nothing_milder_waits_a_break_is_suggested(spent, sign_in):
    case_of("violence")
    client = sign_in(spent)
    for page in (client.post("/take/"), client.get("/")):
        assert "Take a break" in page.content.decode()
        assert 'action="/take/"' not in page.content.decode()
    case_of("toxicity")
    assert 'action="/take/"' in client.get("/").content.decode()


def test_who_opens_a_case_by_themselves_may(spent):
    case = case_of("violence")
    assert claims.open_case(spent, case.pk) == case


def test_an_undone_decision_costs_nothing(alice):
    decision = rule(alice, "violence", case_of("violence"))
    assert care_of(alice).hour == 1
    type(decision).objects.update(undone_at=decision.created_at)
    assert care_of(alice).hour == 0


@pytest.mark.django_db(transaction=True)
def test_tabs_that_take_at_once_do_not_overdraw_a_budget(alice):
    Care.objects.create(user=alice, severe_an_hour=1)
    for _ in range(6):
        case_of("violence")

    def take_and_decide(_):
        try:
            person = User.objects.get(pk=alice.pk)
            case = claims.take_next(person)
            return case and case.pk
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        taken = set(pool.map(take_and_decide, range(6)))
    assert len(taken) == 1
    rule(alice, "violence")
    assert claims.take_next(alice) is None
    assert Case.objects.filter(state="decided").count() == 1


def test_the_desk_says_quietly_how_much_it_was(spent, sign_in):
    case_of("toxicity")
    claims.take_next(spent)
    assert "severe 1/1" in sign_in(spent).get("/").content.decode()


@pytest.mark.parametrize("category, blind, covered", [("violence", False, True), ("violence", True, True)])
def test_what_may_be_of_a_covered_category_is_covered_and_so_is_every_blind_case(
    alice, sign_in, category, blind, covered
):
    Care.objects.create(user=alice, covered=["toxicity"])
    case_of(category, blind=blind, reason="audit" if blind else "borderline")  # toxicity .54 in its verdict
    claims.take_next(alice)
    assert ("is-covered" in sign_in(alice).get("/").content.decode()) is covered


def test_what_is_of_none_is_not_covered(alice, sign_in):
    Care.objects.create(user=alice, covered=["sexual_content"])
    case_of("toxicity")
    claims.take_next(alice)
    assert "is-covered" not in sign_in(alice).get("/").content.decode()


def test_a_person_sets_it_and_never_higher_than_for_all(alice, sign_in):
    client = sign_in(alice)
    assert client.post("/me/care/", {"covered": ["violence"], "severe_an_hour": "5"}).status_code == 302
    state = care_of(alice)
    assert (state.hour_limit, state.covered) == (5, frozenset({"violence"}))
    refused = client.post("/me/care/", {"severe_an_hour": str(AN_HOUR + 1)})
    assert refused.status_code == 200 and "less than or equal to" in refused.content.decode()
    assert care_of(alice).hour_limit == 5
    Care.objects.update(severe_an_hour=AN_HOUR + 9)
    assert care_of(alice).hour_limit == AN_HOUR


def test_nobody_else_reads_of_it(alice, dana, sign_in):
    sign_in(alice).post("/me/care/", {"covered": ["violence"], "severe_an_hour": "5"})
    assert not AuditEntry.objects.exists()
    case_of("violence")
    rule(alice, "violence")
    load.roll_up()
    page = sign_in(dana).get("/team/").content.decode()
    assert "alice" not in page and "Severe, decided by all within a day" in page
