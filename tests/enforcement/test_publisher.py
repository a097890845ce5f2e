"""Publishing gives numbers to what is committed and effective, and tells who wants to know."""

import random
from datetime import timedelta
from threading import Event, Thread
from time import sleep

import pytest
from django.db import connection, transaction
from django.forms import model_to_dict
from django.test import Client
from django.utils import timezone

from review.enforcement import outcomes
from review.enforcement.outbox import RETRIED_FOR
from review.enforcement.publisher import _TELL, LOCK, MOST, publish
from review.models import (
    ApiToken,
    AuthorOutcome,
    AuthorOutcomeFeed,
    Case,
    Decision,
    Delivery,
    Outcome,
    OutcomeFeed,
    Verdict,
    VerdictFeed,
)
from review.registry.policy_versions import policy_of
from tests.enforcement.conftest import give, make_endpoint
from tests.rows import make_case, make_message, make_source, make_verdict
from tests.stack import wait_until

SOON = timedelta(minutes=5)
WRITERS, ROUNDS = 16, 50


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

    def test_who_is_told_is_looked_up_message_by_message_however_many_outcomes_there_are(self, source):
        """A plan that reads all outcomes ever made takes seconds for a handful, once there are millions."""
        messages = [make_message(source) for _ in range(200)]
        moment = timezone.now()
        made = Outcome.objects.bulk_create(
            Outcome(message=message, seq=seq, action="hide", why="policy 1", created_at=moment, effective_at=moment)
            for message in messages
            for seq in range(1, 21)
        )
        OutcomeFeed.objects.filter(outcome__in=made).delete()
        OutcomeFeed.objects.bulk_create(
            OutcomeFeed(outcome=each, source=source, effective_at=moment, seq=seq)
            for seq, each in enumerate(made, start=1)
        )
        values = {"last": len(made) - 3, "most": MOST, "retried_for": RETRIED_FOR}
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE review_outcome, review_outcomefeed")
            cursor.execute(f"EXPLAIN {_TELL}", values)
            plan = "\n".join(line for (line,) in cursor.fetchall())
        assert "Seq Scan on review_outcome " not in plan, plan
        assert "Seq Scan on review_outcomefeed" not in plan, plan

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
        """Readers follow both feeds by the API's cursor meanwhile: each meets every committed row, once, in order.

        In that of outcomes there are those on messages and those on authors.
        """
        source, over = make_source(), Event()
        messages = [make_message(source, external_id=f"m{number}") for number in range(WRITERS)]
        like = model_to_dict(make_verdict(messages[0]), exclude=["id", "message"])
        like = {Verdict._meta.get_field(name).attname: value for name, value in like.items()}
        policy = policy_of(source)
        token = ApiToken.issue(source, "a reader", ["read"])
        committed: dict[str, list[tuple[str, str]]] = {"outcomes": [], "verdicts": [("m0", Verdict.objects.get().why)]}
        read: dict[str, list[tuple[str, str]]] = {"outcomes": [], "verdicts": []}

        def write(number: int) -> None:
            chance, message = random.Random(number), messages[number]
            for seq in range(1, ROUNDS + 1):
                why = f"round {seq:03}"
                with transaction.atomic():
                    Outcome.objects.create(message=message, seq=seq, action="hide", why=why)
                    Verdict.objects.create(message=message, **like | {"why": why})
                    AuthorOutcome.objects.create(
                        source=source, author=f"a{number}", seq=seq, action="warn", strikes=1, policy=policy, why=why
                    )
                    sleep(chance.random() * 0.03)
                    if chance.random() < 0.3:
                        transaction.set_rollback(True)
                        continue
                for rows in committed.values():
                    rows.append((message.external_id, why))
                committed["outcomes"].append((f"a{number}", why))
            connection.close()

        def go_on_publishing() -> None:
            while not over.wait(0.002):
                publish(most=7)
            connection.close()

        def follow(feed: str) -> None:
            client, cursor, is_last = Client(headers={"Authorization": f"Bearer {token}"}), "", False
            while not is_last:
                is_last = over.is_set()
                more = True
                while more:
                    page = client.get(f"/api/v1/{feed}", {"cursor": cursor, "limit": 5}).json()
                    read[feed].extend((row["id"] or row["author"], row["why"]) for row in page[feed])
                    cursor, more = page["cursor"], page["more"]
            connection.close()

        writers = [Thread(target=write, args=[number]) for number in range(WRITERS)]
        publishers = [Thread(target=go_on_publishing) for _ in range(2)]
        readers = [Thread(target=follow, args=[feed]) for feed in read]
        for thread in (*writers, *publishers, *readers):
            thread.start()
        for thread in writers:
            thread.join()
        feeds = (OutcomeFeed, AuthorOutcomeFeed, VerdictFeed)
        wait_until(lambda: not any(feed.objects.filter(seq=None).exists() for feed in feeds), 60)
        over.set()
        for thread in (*publishers, *readers):
            thread.join()
        assert WRITERS * ROUNDS < len(committed["outcomes"]) < 2 * WRITERS * ROUNDS
        for feed, met in read.items():
            assert sorted(met) == sorted(committed[feed])
        for one in (f"{kind}{number}" for kind in "ma" for number in range(WRITERS)):
            of_one = [why for name, why in read["outcomes"] if name == one]
            assert of_one == sorted(of_one)
