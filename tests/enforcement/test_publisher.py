"""Publishing gives numbers to what is committed and effective, and tells who wants to know."""

import random
from datetime import timedelta
from threading import Event, Thread

import pytest
from django.db import connection, transaction
from django.utils import timezone

from review.enforcement import outcomes
from review.enforcement.publisher import LOCK, publish
from review.models import Case, Decision, Delivery, Outcome, OutcomeFeed, VerdictFeed
from tests.enforcement.conftest import give, make_endpoint
from tests.rows import make_case, make_message, make_source, make_verdict

SOON = timedelta(minutes=5)


def order() -> list[int]:
    return list(OutcomeFeed.objects.exclude(seq=None).order_by("seq").values_list("outcome", flat=True))


@pytest.mark.django_db
class TestNumbers:
    def test_what_is_effective_is_numbered_in_order_without_gaps(self, source):
        given = [give(make_message(source)) for _ in range(3)]
        assert publish() == 3
        assert list(OutcomeFeed.objects.order_by("seq").values_list("seq", "outcome")) == [
            (number, outcome.pk) for number, outcome in enumerate(given, start=1)
        ]
        assert publish() == 0

    def test_it_goes_on_behind_the_last(self, source):
        give(make_message(source))
        publish(most=1)
        for _ in range(3):
            give(make_message(source))
        assert [publish(most=2), publish(most=2), publish(most=2)] == [2, 1, 0]
        assert list(OutcomeFeed.objects.order_by("seq").values_list("seq", flat=True)) == [1, 2, 3, 4]

    def test_verdicts_have_a_feed_of_their_own(self, source):
        verdicts = [make_verdict(make_message(source)) for _ in range(2)]
        publish()
        assert list(VerdictFeed.objects.order_by("seq").values_list("verdict", "seq", "source")) == [
            (verdicts[0].pk, 1, source.pk),
            (verdicts[1].pk, 2, source.pk),
        ]

    def test_what_can_still_be_undone_waits(self, source):
        early = give(make_message(source), effective_at=timezone.now() + SOON)
        late = give(make_message(source))
        publish()
        assert order() == [late.pk]
        OutcomeFeed.objects.filter(outcome=early).update(effective_at=timezone.now())
        publish()
        assert order() == [late.pk, early.pk]


@pytest.mark.django_db
class TestUndo:
    @pytest.fixture
    def decision(self, source, alice):
        case = make_case(source, state=Case.State.DECIDED)
        now = timezone.now()
        decision = Decision.objects.create(case=case, by=alice, category="spam", action="hide", effective_at=now + SOON)
        outcomes.append_decided(decision)
        return decision

    def test_what_was_taken_back_is_never_published(self, decision):
        assert outcomes.withdraw(decision.pk)
        OutcomeFeed.objects.update(effective_at=timezone.now())
        assert publish() == 0
        assert Outcome.objects.get().withdrawn_at

    def test_what_was_published_is_not_taken_back(self, decision):
        OutcomeFeed.objects.update(effective_at=timezone.now())
        publish()
        assert not outcomes.withdraw(decision.pk)


@pytest.mark.django_db
class TestEvents:
    def told(self):
        return list(Delivery.objects.order_by("id").values_list("event", "outcome"))

    def test_the_first_is_created_and_the_next_reverses_it(self, source):
        make_endpoint(source, "https://forum.example/hooks")
        message = make_message(source)
        first, second = give(message, "hide"), give(message, "allow")
        publish()
        assert self.told() == [("outcome.created", first.pk), ("outcome.reversed", second.pk)]

    def test_an_endpoint_hears_what_it_wants_of_its_own_source(self, source):
        make_endpoint(source, "https://forum.example/hooks", events=["outcome.reversed"])
        make_endpoint(make_source("book-club"), "https://books.example/hooks")
        give(make_message(source))
        publish()
        assert self.told() == []

    def test_what_was_overtaken_before_it_came_into_force_is_fed_and_not_told(self, source):
        make_endpoint(source, "https://forum.example/hooks")
        message = make_message(source)
        early = give(message, "hide", effective_at=timezone.now() + SOON)
        later = give(message, "remove")
        publish()
        OutcomeFeed.objects.filter(outcome=early).update(effective_at=timezone.now())
        publish()
        assert order() == [later.pk, early.pk]
        assert self.told() == [("outcome.created", later.pk)]


@pytest.mark.django_db(transaction=True)
class TestWriters:
    def test_one_publishes_at_a_time(self):
        source = make_source()
        give(make_message(source))
        held, release = Event(), Event()

        def hold() -> None:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
                held.set()
                release.wait(10)
            connection.close()

        other = Thread(target=hold)
        other.start()
        held.wait(10)
        assert publish() == 0
        release.set()
        other.join()
        assert publish() == 1

    def test_sixteen_writers_who_commit_late_or_never_lose_and_double_nothing(self):
        """A reader follows the feed by its number while they write: it must meet each committed row, once."""
        source, over, committed = make_source(), Event(), []
        messages = [make_message(source) for _ in range(16)]

        def write(number: int) -> None:
            chance = random.Random(number)
            for seq in range(1, 31):
                with transaction.atomic():
                    outcome = Outcome.objects.create(message=messages[number], seq=seq, action="hide", why="a test")
                    over.wait(chance.random() * 0.03)
                    if chance.random() < 0.3:
                        transaction.set_rollback(True)
                        continue
                committed.append(outcome.pk)
            connection.close()

        def follow() -> None:
            while True:
                last_round = over.is_set()
                publish(most=7)
                after = read[-1][0] if read else 0
                rows = OutcomeFeed.objects.filter(source=source, seq__gt=after).order_by("seq")
                read.extend(rows.values_list("seq", "outcome"))
                if last_round and not OutcomeFeed.objects.filter(seq=None).exists():
                    break
            connection.close()

        read: list[tuple[int, int]] = []
        reader, writers = Thread(target=follow), [Thread(target=write, args=[number]) for number in range(16)]
        for thread in (reader, *writers):
            thread.start()
        for thread in writers:
            thread.join()
        over.set()
        reader.join()
        assert [seq for seq, _ in read] == list(range(1, len(read) + 1))
        assert sorted(outcome for _, outcome in read) == sorted(committed)
        assert 200 < len(committed) < 480
