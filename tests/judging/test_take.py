"""Leases: no message is in two hands, none is lost with its worker."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from review.judging import leases
from review.models import Lane, Pending
from tests.rows import make_pending, make_source

pytestmark = pytest.mark.django_db


def expire():
    Pending.objects.exclude(lease_until=None).update(lease_until=timezone.now() - timedelta(seconds=1))


def complete(lease):
    with transaction.atomic():
        return leases.complete(lease, lease.messages)


def test_it_takes_the_urgent_and_then_the_oldest_first():
    source = make_source()
    old, young, urgent = (make_pending(source) for _ in range(3))
    Pending.objects.filter(message=urgent).update(priority=5)
    assert leases.take(2).messages == sorted([old.pk, urgent.pk])
    assert leases.take(2).messages == [young.pk]
    assert leases.take(2) is None


def test_what_somebody_waits_for_is_taken_alone():
    source = make_source()
    _, waited, long = (make_pending(source) for _ in range(3))
    Pending.objects.filter(message=waited).update(priority=Lane.WAITED_FOR)
    Pending.objects.filter(message=long).update(priority=Lane.LONG)
    assert leases.somebody_waits()
    assert leases.take_waited_for(10).messages == [waited.pk]
    assert leases.take_waited_for(10) is None
    assert not leases.somebody_waits(), "a worker has it"


def test_long_messages_have_a_lane_of_their_own_and_come_one_by_one():
    source = make_source()
    long, longer, short = (make_pending(source) for _ in range(3))
    Pending.objects.filter(message__in=[long, longer]).update(priority=Lane.LONG)
    assert leases.take(10).messages == [short.pk]
    assert leases.take(10) is None
    lease = leases.take_long()
    assert (lease.messages, lease.long) == ([long.pk], True)
    leases.set_aside(lease, long.pk, {"read": 1})
    assert Pending.objects.get(message=long).progress == {"read": 1}
    assert leases.take_long().messages == [long.pk]


def test_what_is_settled_leaves_the_queue():
    message = make_pending(make_source())
    assert complete(leases.take(10)) == {message.pk}
    assert not Pending.objects.exists()


def test_a_lease_that_ran_out_is_retried_alone_and_the_late_worker_settles_nothing():
    source = make_source()
    messages = [make_pending(source) for _ in range(3)]
    late = leases.take(10)
    expire()
    retried = leases.take(10)
    assert len(retried.messages) == 1
    assert complete(late) == {message.pk for message in messages} - set(retried.messages)
    assert complete(retried) == set(retried.messages)
    assert not Pending.objects.exists()


def test_freeing_ends_the_leases_of_one_name_and_no_other():
    source = make_source()
    for _ in range(3):
        make_pending(source)
    leases.take(2, holder="inference@one on box")
    other = leases.take(1, holder="inference@two on box")
    assert leases.free("inference@one on box") == 2
    assert leases.free("inference@one on box") == 0
    assert [len(leases.take(10).messages) for _ in range(2)] == [1, 1]
    assert complete(other) == set(other.messages)


def test_the_third_time_a_message_is_given_up():
    make_pending(make_source())
    spent = []
    for _ in range(3):
        spent.append(leases.take(10).spent)
        expire()
    assert spent == [False, False, True]


def test_a_failed_batch_comes_back_at_once_one_by_one():
    source = make_source()
    for _ in range(2):
        make_pending(source)
    leases.expire(leases.take(10))
    assert [len(leases.take(10).messages) for _ in range(2)] == [1, 1]


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_never_share_a_message():
    source = make_source()
    for _ in range(100):
        make_pending(source)

    def take_all(_):
        try:
            taken = []
            while lease := leases.take(7):
                taken += lease.messages
            return taken
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        taken = [message for messages in pool.map(take_all, range(6)) for message in messages]
    assert len(taken) == len(set(taken)) == 100


def test_never_more_than_the_limit_whatever_the_plan():
    for _ in range(6):
        make_pending(make_source())
    with transaction.atomic(), connection.cursor() as cursor:
        for method in ("hashjoin", "mergejoin", "material", "hashagg", "sort", "memoize"):
            cursor.execute(f"SET LOCAL enable_{method} = off")
        assert len(leases.take(1).messages) == 1
        Pending.objects.filter(token=None).update(priority=Lane.LONG)
        assert len(leases.take_long().messages) == 1


def test_only_what_was_written_leaves_the_queue():
    first, second = (make_pending(make_source()) for _ in range(2))
    lease = leases.take(10)
    with transaction.atomic():
        assert leases.complete(lease, [first.pk]) == {first.pk}
    assert [row.message_id for row in Pending.objects.all()] == [second.pk]
    leases.set_aside(lease, first.pk, {"read": 1})
    assert Pending.objects.get().progress is None
