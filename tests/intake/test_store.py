"""Valid rows into the database: each id once, whatever the order, size or company of the batch."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import OperationalError, connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg import errors

from review.intake import storing
from review.intake.rows import Row
from review.intake.storing import Stored, store
from review.models import Message, Pending, Source
from tests.rows import make_source

pytestmark = pytest.mark.django_db

FEW = st.lists(st.tuples(st.sampled_from("abcde"), st.sampled_from(["x", "y"])), max_size=14)


def plainly(stored, rows):
    """The slow and obvious way; `stored` maps id to text and is changed."""
    accepted, duplicates, conflicts = 0, 0, []
    for index, (external_id, text) in enumerate(rows):
        if external_id not in stored:
            stored[external_id] = text
            accepted += 1
        elif stored[external_id] == text:
            duplicates += 1
        else:
            conflicts.append(index)
    return Stored(accepted, duplicates, tuple(conflicts))


@pytest.mark.parametrize("small", [0, 3, 50], ids=["staging", "both ways", "unnest"])
def test_it_counts_as_the_plain_way_does(monkeypatch, small):
    monkeypatch.setattr(storing, "SMALL", small)
    monkeypatch.setattr(storing, "BATCH", 4)

    @settings(max_examples=60)
    @given(st.lists(FEW, min_size=1, max_size=3))
    def check(uploads):
        source = Source.objects.create(slug=f"s{Source.objects.count()}", name="s")
        stored = {}
        for rows in uploads:
            expected = plainly(stored, rows)
            assert store(source, [Row(external_id, text) for external_id, text in rows]) == expected
        messages = Message.objects.filter(source=source)
        assert dict(messages.values_list("external_id", "text")) == stored
        assert Pending.objects.filter(message__in=messages).count() == len(stored)

    check()


@pytest.mark.parametrize("small", [0, 50], ids=["staging", "unnest"])
def test_every_value_survives(monkeypatch, small):
    monkeypatch.setattr(storing, "SMALL", small)
    source = make_source()
    awkward = 'tab\t, line\n\r\\, "quoted", {braces}, NULL, \\N, \\., \u2028, \N{GRINNING FACE}'
    rows = [
        Row("1", awkward, awkward, awkward, awkward, None, '[{"author":"a","text":"\\"\\\\"}]', '{"k":"\\\\N"}'),
        Row("NULL", "NULL"),
        Row("\\.", "\\."),
    ]
    assert store(source, rows) == Stored(accepted=3)
    stored = Message.objects.get(external_id="1")
    assert {stored.text, stored.author, stored.channel, stored.thread} == {awkward}
    assert (stored.context, stored.metadata) == ([{"author": "a", "text": '"\\'}], {"k": "\\N"})
    assert set(Message.objects.values_list("external_id", flat=True)) == {"1", "NULL", "\\."}


def test_nothing_to_store_is_nothing_done(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert store(Source(pk=1), []) == Stored()


def test_copies_share_a_draw_and_other_texts_have_their_own():
    """The cohort takes in a raid as a whole or not at all."""
    source = make_source()
    store(source, [Row(f"copy-{number}", "same words") for number in range(60)])
    assert len(set(Message.objects.values_list("draw", flat=True))) == 1
    store(source, [Row(f"own-{number}", f"words {number}") for number in range(60)])
    assert len(set(Message.objects.values_list("draw", flat=True))) == 61


def test_the_workers_are_nudged_once_it_is_committed(monkeypatch, django_capture_on_commit_callbacks):
    nudges = []
    monkeypatch.setattr(storing, "nudge", lambda: nudges.append(connection.in_atomic_block))
    source = make_source()
    with django_capture_on_commit_callbacks(execute=True):
        store(source, [Row("1", "x")])
        assert not nudges
    assert len(nudges) == 1
    with django_capture_on_commit_callbacks(execute=True):
        store(source, [Row("1", "x")])
    assert len(nudges) == 1


def deadlock(times):
    """What Postgres and Django raise when this transaction is the one to give way."""
    calls = []

    def attempt(source, prepared, lane):
        calls.append(1)
        if len(calls) <= times:
            raise OperationalError("deadlock detected") from errors.DeadlockDetected()
        return Stored(accepted=prepared.rows)

    return attempt


def test_a_deadlock_is_tried_again(monkeypatch):
    monkeypatch.setattr(storing, "_write_batch", deadlock(times=2))
    assert store(make_source(), [Row("1", "x")]) == Stored(accepted=1)


def test_endless_deadlocks_are_raised(monkeypatch):
    monkeypatch.setattr(storing, "_write_batch", deadlock(times=storing.ATTEMPTS))
    monkeypatch.setattr(storing.time, "sleep", lambda seconds: None)
    with pytest.raises(OperationalError):
        store(make_source(), [Row("1", "x")])


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("small", [0, 10_000], ids=["staging", "unnest"])
def test_two_senders_of_the_same_ids_in_opposite_orders_store_each_once(monkeypatch, small):
    monkeypatch.setattr(storing, "SMALL", small)
    monkeypatch.setattr(storing, "ATTEMPTS", 1)  # the order alone has to prevent deadlocks
    source, barrier = make_source(), Barrier(2)
    rows = [Row(f"id{number * 7919 % 2_000}", f"text {number}") for number in range(2_000)]

    def send(rows):
        barrier.wait(10)
        try:
            return store(source, rows)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        forth, back = pool.submit(send, rows), pool.submit(send, rows[::-1])
        results = [forth.result(60), back.result(60)]
    assert sum(stored.accepted for stored in results) == 2_000
    assert sum(stored.duplicates for stored in results) == 2_000
    assert not any(stored.conflicts for stored in results)
    assert Message.objects.count() == Pending.objects.count() == 2_000


@pytest.mark.django_db(transaction=True)
def test_the_loser_of_a_race_sees_the_winner_s_text():
    source, waiting = make_source(), Barrier(2)

    def lose():
        waiting.wait(10)
        try:
            return store(source, [Row("1", "mine"), Row("2", "same")])
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            store(source, [Row("1", "theirs"), Row("2", "same")])
            loser = pool.submit(lose)
            waiting.wait(10)
            assert not loser.done()
        assert loser.result(20) == Stored(duplicates=1, conflicts=(0,))
