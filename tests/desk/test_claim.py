"""Claims: one holder a case, a short lease, a fence."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from review.desk import claims
from review.desk.decisions import decide
from review.models import Case, Membership, User
from tests.rows import make_case, make_source

pytestmark = pytest.mark.django_db


def expire(case):
    Case.objects.filter(pk=case.pk).update(claim_expires_at=timezone.now() - timedelta(seconds=1))


def test_it_takes_the_most_urgent_case(alice):
    source = make_source()
    make_case(source, priority=1.0)
    urgent = make_case(source, priority=2.0)
    assert claims.take_next(alice) == urgent


def test_it_gives_the_held_case_again_rather_than_a_second_one(alice):
    make_case(make_source())
    make_case(make_source())
    assert claims.take_next(alice) == claims.take_next(alice)
    assert Case.objects.filter(claims.live()).count() == 1


def test_it_passes_over_what_somebody_else_holds(alice, bob):
    make_case(make_source())
    assert claims.take_next(alice) is not None
    assert claims.take_next(bob) is None


def test_it_gives_nothing_to_someone_without_a_role(charlie):
    case = make_case(make_source())
    assert claims.take_next(charlie) is None
    assert claims.open_case(charlie, case.pk) is None


def test_it_keeps_a_member_of_one_source_out_of_another():
    eve = User.objects.create_user("eve")
    Membership.objects.create(user=eve, source=make_source("forum"), role="moderator")
    other = make_case(make_source("arcade"))
    assert claims.take_next(eve) is None
    assert claims.open_case(eve, other.pk) is None
    assert claims.take_next(eve) is None


def test_an_expired_claim_is_free_for_others_and_lost_for_its_holder(alice, bob):
    case = make_case(make_source())
    token = claims.take_next(alice).claim_token
    expire(case)
    taken = claims.take_next(bob)
    assert taken == case
    assert taken.claim_token != token
    assert claims.renew(alice, case.pk, token) is None
    assert not claims.release(alice, case.pk, token)


def test_an_expired_claim_that_nobody_took_can_be_renewed(alice):
    case = make_case(make_source())
    token = claims.take_next(alice).claim_token
    expire(case)
    expiry = claims.renew(alice, case.pk, token)
    assert expiry > timezone.now() + claims.LEASE - timedelta(seconds=5)


def test_a_wrong_token_opens_nothing(alice):
    case = claims.take_next(alice) or make_case(make_source())
    claims.take_next(alice)
    assert claims.renew(alice, case.pk, uuid4()) is None
    assert not claims.release(alice, case.pk, uuid4())
    assert not claims.skip(alice, case.pk, uuid4())


def test_a_skipped_case_goes_to_others_only(alice, bob):
    case = make_case(make_source())
    assert claims.skip(alice, case.pk, claims.take_next(alice).claim_token)
    assert claims.take_next(alice) is None
    assert claims.take_next(bob) == case


def test_a_released_case_is_offered_again(alice):
    case = make_case(make_source())
    assert claims.release(alice, case.pk, claims.take_next(alice).claim_token)
    assert claims.take_next(alice) == case


def test_opening_a_case_gives_the_held_one_back(alice, bob):
    first, second = make_case(make_source(), priority=2), make_case(make_source(), priority=1)
    assert claims.take_next(alice) == first
    assert claims.open_case(alice, second.pk) == second
    assert claims.held_by(alice) == second
    assert claims.take_next(bob) == first


def test_a_case_that_somebody_holds_cannot_be_opened(alice, bob):
    case = make_case(make_source())
    claims.take_next(alice)
    assert claims.open_case(bob, case.pk) is None
    assert claims.held_by(alice) == case


@pytest.mark.django_db(transaction=True)
def test_twenty_moderators_who_claim_at_once_never_share_a_case():
    source = make_source()
    for number in range(60):
        make_case(source, priority=float(number))
    people = [User.objects.create_user(f"mod-{number}") for number in range(20)]
    Membership.objects.bulk_create(Membership(user=person, source=None, role="moderator") for person in people)

    def claim_three(person):
        try:
            taken = []
            for _ in range(3):
                case = claims.take_next(person)
                taken.append(case.pk)
                Case.objects.filter(pk=case.pk).update(state="decided")
            return taken
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        taken = [pk for three in pool.map(claim_three, people) for pk in three]
    assert len(taken) == 60
    assert len(set(taken)) == 60


def test_a_blind_case_comes_after_three_that_were_not_however_urgent_the_rest_is(alice):
    source = make_source()
    for number in range(9):
        make_case(source, priority=100.0 + number)
        make_case(source, priority=0.0, blind=True)
    taken = []
    for _ in range(8):
        case = claims.take_next(alice)
        taken.append(case.blind)
        decide(alice, case.pk, case.claim_token, "benign")
    assert taken == [False, False, False, True] * 2


def test_where_no_blind_case_waits_the_queue_goes_on(alice):
    source = make_source()
    for _ in range(5):
        make_case(source)
    for _ in range(5):
        case = claims.take_next(alice)
        decide(alice, case.pk, case.claim_token, "benign")
    assert not Case.objects.filter(state="open").exists()


@pytest.mark.parametrize("take", [claims.take_next, lambda user: claims.open_case(user, Case.objects.latest("pk").pk)])
def test_an_old_tab_cannot_renew_a_lease_that_ran_out_beside_the_next_claim(alice, take):
    for _ in range(2):
        make_case(make_source())
    first = claims.open_case(alice, Case.objects.earliest("pk").pk)
    expire(first)
    if take is claims.take_next:
        Case.objects.filter(pk=first.pk).update(priority=-1.0)
    assert take(alice) != first
    assert claims.renew(alice, first.pk, first.claim_token) is None
    assert Case.objects.filter(claims.live()).count() == 1


@pytest.mark.django_db(transaction=True)
def test_tabs_of_one_person_that_open_cases_at_once_hold_one(alice):
    source = make_source()
    cases = [make_case(source) for _ in range(8)]

    def open_one(case):
        try:
            return claims.open_case(User.objects.get(pk=alice.pk), case.pk)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(open_one, cases))
    assert Case.objects.filter(claims.live()).count() == 1


@pytest.mark.django_db(transaction=True)
def test_people_who_open_each_other_s_expired_cases_at_once_wait_for_nobody(alice, bob):
    source = make_source()
    cases = [make_case(source) for _ in range(2)]

    def swap(person, case):
        try:
            return claims.open_case(User.objects.get(pk=person.pk), case.pk)
        finally:
            connection.close()

    for _ in range(10):
        for person, case in zip((alice, bob), cases, strict=True):
            Case.objects.filter(pk=case.pk).update(claimed_by=person, claim_expires_at=timezone.now())
        with ThreadPoolExecutor(2) as pool:
            assert all(pool.map(swap, (alice, bob), reversed(cases)))
        assert Case.objects.filter(claims.live()).count() == 2
