"""Deliveries reach the receiver's door: signed, in order, again and again, and at nobody else's cost."""

import json
import re
import threading
import time
from contextlib import suppress
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from review.enforcement import outbox
from review.enforcement.outbox import enqueue
from review.enforcement.publisher import publish
from review.enforcement.tasks import sweep_outbox
from review.enforcement.webhooks import bodies, circuits, http_post, leases, retries
from review.models import AuthorOutcome, Delivery, Endpoint, Event, Message
from review.registry.policy_versions import policy_of
from tests.enforcement.conftest import due_now, give, make_endpoint
from tests.enforcement.receivers import receiving, status
from tests.rows import make_message, make_verdict
from tests.stack import wait_until

pytestmark = pytest.mark.django_db


def states() -> list[str]:
    return list(Delivery.objects.order_by("id").values_list("state", flat=True))


class TestDelivered:
    def test_the_body_tells_what_was_done_to_which_message(self, source, endpoint, receiver, deliver):
        message = make_message(source, external_id="t/1", channel="general")
        give(message, "hide", verdict=make_verdict(message, probability=0.9))
        deliver()
        [(headers, body)] = receiver.came
        said, delivery = json.loads(body), Delivery.objects.get()
        assert (delivery.state, delivery.attempts) == ("delivered", 1)
        assert headers["Moddog-Event"] == said["event"] == "outcome.created"
        assert headers["Moddog-Delivery"] == said["id"] == str(delivery.uid)
        assert (said["message"]["id"], said["message"]["author"]) == ("t/1", "kestrel")
        assert (said["outcome"]["seq"], said["outcome"]["action"]) == (1, "hide")
        assert said["verdict"]["probability"] == 0.9

    def test_the_body_is_made_when_it_is_sent(self, source, endpoint, receiver, deliver):
        give(make_message(source))
        publish()
        Message.objects.update(author="", text="")
        deliver()
        assert "kestrel" not in receiver.came[0][1].decode()

    def test_what_else_happens_is_told_by_its_ids(self, source, receiver, deliver):
        make_endpoint(source, receiver.url, events=[Event.REPORT_RESOLVED])
        assert enqueue(Event.REPORT_RESOLVED, source, message=make_message(source), report=5) == 1
        assert enqueue(Event.ALARM, source, alarm=1) == 0
        deliver()
        assert json.loads(receiver.came[0][1])["event"] == "report.resolved"
        assert Delivery.objects.get().ids == {"report": 5}

    def test_one_body_that_cannot_be_made_fails_alone(self, source, receiver, deliver, monkeypatch):
        monkeypatch.setitem(bodies._PARTS, Event.ALARM, lambda delivery: {"of": 1 / 0})
        make_endpoint(source, receiver.url, events=[Event.ALARM, Event.OUTCOME_CREATED])
        enqueue(Event.ALARM, source, alarm=1)
        give(make_message(source))
        deliver()
        assert states() == ["waiting", "delivered"]
        assert "could not be made" in Delivery.objects.order_by("id")[0].error


class TestOrder:
    def test_events_of_one_message_come_in_order_and_hold_up_no_other(self, source, endpoint, receiver, deliver):
        stuck, other = make_message(source, external_id="stuck"), make_message(source, external_id="other")

        def answer(handler):
            status(500 if b'"stuck"' in receiver.came[-1][1] else 200)(handler)

        receiver.answer = answer
        give(stuck, "hide")
        give(stuck, "allow")
        give(other, "hide")
        deliver()
        assert states() == ["waiting", "waiting", "delivered"]
        assert [each.attempts for each in Delivery.objects.order_by("id")] == [1, 0, 1]
        receiver.answer = status(200)
        due_now()
        deliver()
        said = [json.loads(body) for _, body in receiver.came if b'"stuck"' in body]
        assert [each["outcome"]["action"] for each in said] == ["hide", "hide", "allow"]
        assert said[0]["id"] == said[1]["id"]

    def test_what_was_done_to_one_author_comes_in_order_and_holds_up_no_other(self, source, endpoint):
        Endpoint.objects.update(events=["author.outcome"])
        values = {"source": source, "policy": policy_of(source), "strikes": 9, "why": "strikes"}
        for author, seq, action in (("robin", 1, "ban"), ("robin", 2, "none"), ("wren", 1, "warn")):
            step = AuthorOutcome.objects.create(author=author, seq=seq, action=action, **values)
            enqueue(Event.AUTHOR_OUTCOME, source, author_outcome=step.pk)
        ban, lift, warning = Delivery.objects.order_by("id")
        taken = leases.take({endpoint.pk: 10})
        assert taken == [ban, warning]
        assert leases.take({endpoint.pk: 10}) == [], "the ban is still on its way"
        leases.note([leases.Sent(ban.pk, taken[0].token, endpoint.pk, 1, leases.End.DELIVERED)])
        assert leases.take({endpoint.pk: 10}) == [lift]

    def test_many_steps_on_authors_are_taken_a_batch_at_a_time(self, source, endpoint):
        """After an outage thousands wait, each the second step on its author."""
        values = {"source": source, "policy": policy_of(source), "strikes": 9, "why": "strikes", "action": "mute"}
        steps = AuthorOutcome.objects.bulk_create(
            AuthorOutcome(author=f"author {number}", seq=seq, **values) for seq in (1, 2) for number in range(2_000)
        )
        later = timezone.now() + timedelta(hours=1)
        Delivery.objects.bulk_create(
            Delivery(endpoint=endpoint, event="author.outcome", ids={"author_outcome": each.pk}, expires_at=later)
            for each in steps[2_000:]
        )
        assert len(leases.take({endpoint.pk: 100})) == 100

    def test_what_comes_first_is_looked_up_row_by_row_however_empty_the_outbox_was(self, source, endpoint):
        """A join that reads all that waits, for each row, takes a second where two thousand events wait."""
        messages = [make_message(source, external_id="first"), make_message(source, external_id="second")]
        later = timezone.now() + timedelta(hours=1)
        Delivery.objects.bulk_create(
            Delivery(endpoint=endpoint, event=Event.ALARM, message=messages[number % 2], expires_at=later)
            for number in range(2_000)
        )
        values = {"endpoints": [endpoint.pk], "most": [256], "lease": 60.0, "token": uuid4()}
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN {leases._TAKE}", values)
            plan = "\n".join(line for (line,) in cursor.fetchall())
        assert "Anti Join" not in plan
        assert re.search(r"SubPlan.*\n.*delivery_in_order.*\n.*Index Cond:.*message_id", plan), plan

    def test_what_was_given_up_holds_nothing_up(self, source, endpoint, receiver, deliver):
        message = make_message(source)
        give(message, "hide")
        give(message, "allow")
        publish()
        Delivery.objects.filter(pk=Delivery.objects.order_by("id")[0].pk).update(state="dead")
        deliver()
        assert states() == ["dead", "delivered"]


def too_long(handler):
    handler.send_response(200)
    handler.send_header("Content-Length", "5000")
    handler.end_headers()
    handler.wfile.write(b"short")
    handler.close_connection = True


def endless(handler):
    handler.send_response(200)
    handler.end_headers()
    handler.close_connection = True
    for _ in range(1000):
        handler.wfile.write(b"x" * 1024)


def garbage(handler):
    handler.wfile.write(b"220 mail.example ESMTP\r\n")
    handler.close_connection = True


def drip(handler):
    """A byte now and then: each arrives in time, and all of them never do."""
    for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 40:
        try:
            handler.wfile.write(bytes([byte]))
            time.sleep(0.1)
        except OSError:
            break
    handler.close_connection = True


def late(handler):
    """It hangs until nobody waits any more, and then takes it."""
    handler.rfile.read(1)  # ends when the caller hangs up
    with suppress(OSError):
        status(200)(handler)
    handler.close_connection = True


class TestFailures:
    @pytest.mark.parametrize(
        ("answer", "reason"),
        [
            (status(500), "500 Internal Server Error"),
            (status(404), "404 Not Found"),
            (status(302, Location="http://127.0.0.1/elsewhere"), "redirects are not followed"),
            (too_long, "the connection failed"),
            (garbage, "the connection failed"),
        ],
    )
    def test_what_is_no_clean_2xx_is_tried_again(self, endpoint, receiver, deliver, answer, reason):
        receiver.answer = answer
        delivery, pause = self.tried_once(endpoint, deliver)
        assert (delivery.state, delivery.attempts, delivery.token) == ("waiting", 1, None)
        assert reason in delivery.error
        assert pause > timedelta(seconds=2)
        assert len(receiver.came) == 1

    @pytest.mark.parametrize("answer", [drip, late])
    def test_who_takes_too_long_is_tried_again(self, endpoint, receiver, deliver, answer, monkeypatch):
        monkeypatch.setattr(http_post, "LONGEST", 1.0)
        receiver.answer = answer
        delivery, pause = self.tried_once(endpoint, deliver)
        assert (delivery.state, delivery.attempts, delivery.token) == ("waiting", 1, None)
        assert "no answer within" in delivery.error
        assert pause > timedelta(seconds=2)
        assert len(receiver.came) == 1

    def tried_once(self, endpoint, deliver):
        """A delivery after its first try, and how long after its beginning the next one is due."""
        give(make_message(endpoint.source))
        began = timezone.now()
        deliver()
        delivery = Delivery.objects.get()
        return delivery, delivery.due_at - began

    def test_a_long_answer_is_not_read_to_its_end(self, source, endpoint, receiver, deliver):
        receiver.answer = endless
        give(make_message(source))
        deliver()
        assert states() == ["delivered"]

    def test_nobody_at_the_door(self, source, deliver):
        make_endpoint(source, "http://127.0.0.1:9/hooks")
        give(make_message(source))
        deliver()
        assert "the connection failed" in Delivery.objects.get().error

    def test_a_private_address_is_not_asked(self, source, receiver, deliver):
        make_endpoint(source, receiver.url, allows_private=False)
        give(make_message(source))
        deliver()
        assert "private address" in Delivery.objects.get().error
        assert receiver.came == []


class TestRetries:
    def test_pauses_double_up_to_an_hour_with_some_chance(self):
        assert all(2.5 <= retries.pause(1) <= 7.5 for _ in range(100))
        assert all(10 <= retries.pause(3) <= 30 for _ in range(100))
        assert all(1_800 <= retries.pause(60) <= 5_400 for _ in range(100))
        assert len({retries.pause(3) for _ in range(100)}) > 90

    def test_after_a_day_it_is_dead_with_its_reason(self, source, endpoint, receiver, deliver, monkeypatch):
        monkeypatch.setattr(leases, "pause", lambda attempts: 3_600.0)
        receiver.answer = status(503)
        give(make_message(source))
        publish()
        Delivery.objects.update(expires_at=timezone.now() + timedelta(minutes=10))  # before it would be tried again
        deliver()
        delivery = Delivery.objects.get()
        assert (delivery.state, delivery.error) == ("dead", "it answered 503 Service Unavailable")
        assert delivery.ended_at

    def test_what_was_never_tried_in_time_is_dead_too(self, source, endpoint):
        give(make_message(source))
        publish()
        Delivery.objects.update(expires_at=timezone.now())
        sweep_outbox()
        assert states() == ["dead"]

    def test_a_sweep_leaves_nothing_that_is_due_whatever_its_number(self, source, endpoint, deliver, monkeypatch):
        monkeypatch.setattr(outbox, "PART", 2)
        for _ in range(5):
            give(make_message(source))
        publish()
        Delivery.objects.update(expires_at=timezone.now())
        sweep_outbox()
        assert states() == ["dead"] * 5
        Delivery.objects.update(ended_at=timezone.now() - timedelta(days=31))
        sweep_outbox()
        assert states() == []

    def test_one_that_is_returned_untried_keeps_the_error_of_its_last_try(self, source, endpoint, receiver, deliver):
        receiver.answer = status(503)
        give(make_message(source))
        deliver()
        due_now()
        [leased] = leases.take({endpoint.pk: 1})
        leases.note([leases.Sent(leased.pk, leased.token, endpoint.pk, leased.attempts, leases.End.RETURNED)])
        delivery = Delivery.objects.get()
        assert (delivery.attempts, delivery.error) == (1, "it answered 503 Service Unavailable")

    def test_what_ended_is_kept_for_thirty_days(self, source, endpoint, deliver):
        for _ in range(2):
            give(make_message(source))
        deliver()
        Delivery.objects.filter(pk=Delivery.objects.first().pk).update(ended_at=timezone.now() - timedelta(days=31))
        sweep_outbox()
        assert states() == ["delivered"]

    def test_a_lease_that_is_over_is_taken_by_another_who_alone_notes_the_end(self, source, endpoint):
        give(make_message(source))
        publish()
        [first] = leases.take({endpoint.pk: 10})
        assert leases.take({endpoint.pk: 10}) == []
        Delivery.objects.update(due_at=timezone.now())
        [second] = leases.take({endpoint.pk: 10})
        assert (first.uid, first.attempts, second.attempts) == (second.uid, 1, 2)
        leases.note([leases.Sent(first.pk, first.token, endpoint.pk, 1, leases.End.DELIVERED)])
        assert states() == ["waiting"]
        leases.note([leases.Sent(second.pk, second.token, endpoint.pk, 2, leases.End.DELIVERED)])
        assert states() == ["delivered"]


class TestCircuits:
    def test_one_that_fails_again_and_again_is_left_alone_and_tried_with_one(self, source, endpoint, receiver, deliver):
        receiver.answer = status(500)
        for _ in range(circuits.OPENS_AFTER):
            give(make_message(source))
        deliver()
        endpoint.refresh_from_db()
        assert endpoint.is_open
        assert endpoint.last_error == "it answered 500 Internal Server Error"
        asked = len(receiver.came)
        give(make_message(source))
        deliver()
        assert len(receiver.came) == asked
        assert circuits.room_of(endpoint, 0, 100) == 0
        receiver.answer = status(200)
        due_now()
        endpoint.refresh_from_db()
        assert (circuits.room_of(endpoint, 0, 100), circuits.room_of(endpoint, 1, 100)) == (1, 0)
        deliver()
        endpoint.refresh_from_db()
        assert (endpoint.failures, endpoint.open_until) == (0, None)
        assert set(states()) == {"delivered"}

    def test_what_waits_behind_an_open_circuit_loses_no_attempt(self, source, endpoint, receiver, deliver):
        receiver.answer = status(500)
        for _ in range(60):
            give(make_message(source))
        deliver()
        tried = sum(Delivery.objects.values_list("attempts", flat=True))
        assert tried == len(receiver.came) < 60

    def test_one_that_hangs_delays_no_other(self, source, endpoint, receiver, delivery_loop, monkeypatch):
        """It answers nobody until the other has all of its own: were those held up by it, they would never come."""
        monkeypatch.setattr(http_post, "LONGEST", 60.0)
        others_have_all = threading.Event()
        with receiving() as hanging:
            hanging.answer = lambda handler: others_have_all.wait()
            slow = make_endpoint(source, hanging.url)
            for _ in range(50):
                give(make_message(source))

            def have_all():
                delivery_loop.step()
                delivery_loop.note(delivery_loop.sender.sent(0.02))
                return len(receiver.came) == 50

            try:
                wait_until(have_all, 50)
                assert len(hanging.came) <= http_post.AT_ONCE
                assert delivery_loop.sender.held[slow.pk] == 50
            finally:
                others_have_all.set()

    def test_a_paused_one_gets_nothing_until_it_goes_on(self, source, endpoint, receiver, deliver):
        Endpoint.objects.update(paused_at=timezone.now())
        give(make_message(source))
        deliver()
        assert (states(), receiver.came) == (["waiting"], [])
        Endpoint.objects.update(paused_at=None)
        deliver()
        assert states() == ["delivered"]
