"""POST messages?wait=: 200 with verdicts as soon as all are judged, else 202; nobody holds a connection meanwhile."""

from concurrent.futures import ThreadPoolExecutor
from threading import Thread

import pytest
import redis
from django.conf import settings

from review.broker import CHANNEL, announce
from review.intake import verdicts, waiting
from review.intake.waiting import TooManyWait, Waiting
from review.judging.drain import drain
from review.models import Case, Lane, Pending, Reason, Verdict
from review.registry.scoring_setup import ScoringSetup
from tests.intake.conftest import assert_error
from tests.judging.conftest import KeywordScorer
from tests.rows import make_calibrator, make_judge, make_pending
from tests.stack import wait_until

ONE = {"id": "w/1", "text": "you are awful"}


@pytest.fixture
def judging(monkeypatch, source):
    """Whoever waits has everything pending judged meanwhile, in the caller's own thread."""
    make_calibrator()

    def until_judged(messages, seconds):
        list(drain(KeywordScorer(broken=lambda text: "poison" in text), ScoringSetup(*make_judge())))
        return not Pending.objects.filter(message__in=messages).exists()

    monkeypatch.setattr(waiting.waiting, "until_judged", until_judged)


@pytest.mark.usefixtures("judging")
class TestAnswer:
    def test_one_message_is_answered_with_its_verdict(self, call):
        response = call("post", "/messages?wait=5", ONE)
        assert response.status_code == 200
        answer = response.json()
        assert (answer["accepted"], answer["duplicates"]) == (1, 0)
        [verdict] = answer["verdicts"]
        assert (verdict["id"], verdict["flag"], verdict["margin"]) == ("w/1", True, 3.0)

    def test_verdicts_come_in_the_order_of_the_rows_duplicates_included(self, call):
        rows = [ONE, {"id": "w/2", "text": "hello"}, {"id": "", "text": "x"}, ONE, {**ONE, "text": "another"}]
        answer = call("post", "/messages?wait=5", rows).json()
        assert [verdict["id"] for verdict in answer["verdicts"]] == ["w/1", "w/2", "w/1"]
        assert [row["index"] for row in answer["rejected"]] == [2, 4]

    def test_a_duplicate_is_answered_from_what_is_known(self, call):
        call("post", "/messages?wait=5", ONE)
        answer = call("post", "/messages?wait=5", ONE).json()
        assert (answer["duplicates"], len(answer["verdicts"]), Verdict.objects.count()) == (1, 1, 1)

    def test_what_the_model_cannot_read_has_no_verdict(self, call):
        answer = call("post", "/messages?wait=5", [ONE, {"id": "w/2", "text": "poison"}]).json()
        assert [verdict and verdict["id"] for verdict in answer["verdicts"]] == ["w/1", None]
        assert Case.objects.get(reason=Reason.FAILURE).messages.get().external_id == "w/2"

    def test_nothing_taken_in_is_answered_at_once(self, call):
        answer = call("post", "/messages?wait=5", [{"id": "", "text": "x"}]).json()
        assert (answer["verdicts"], answer["rejected_total"]) == ([], 1)

    def test_errors_are_those_of_any_post(self, call):
        call("post", "/messages?wait=5", ONE)
        assert_error(call("post", "/messages?wait=5", {**ONE, "text": "something else"}), 409, "conflict")
        assert_error(call("post", "/messages?wait=5", {"id": "w/3"}), 422, "invalid")
        assert_error(call("post", "/messages?wait=5", "text"), 400, "malformed")


def test_not_in_time_is_202_with_the_counts_and_the_message_goes_first(call):
    response = call("post", "/messages?wait=0.05", ONE)
    assert (response.status_code, response.json()["accepted"]) == (202, 1)
    assert "verdicts" not in response.json()
    assert Pending.objects.get().priority == Lane.WAITED_FOR


def test_who_is_turned_away_does_not_go_before_the_backlog(call, monkeypatch):
    monkeypatch.setattr(verdicts, "waiting", Waiting(most=0))
    response = call("post", "/messages?wait=5", ONE)
    assert (response.status_code, response.json()["accepted"]) == (202, 1)
    assert Pending.objects.get().priority == Lane.ORDINARY


def test_a_message_that_waits_already_is_hurried(call, source):
    call("post", "/messages", ONE)
    call("post", "/messages?wait=0.05", ONE)
    assert Pending.objects.get().priority == Lane.WAITED_FOR


def test_a_long_message_keeps_its_lane(call):
    call("post", "/messages?wait=0.05", {"id": "w/1", "text": "ü" * 5_000})
    assert Pending.objects.get().priority == Lane.LONG


@pytest.mark.parametrize("wait", ["soon", "-1", "0", "31", "nan", "inf", "", "1_0", "%2B1", "\u0661"])
def test_bad_seconds_are_refused_and_nothing_is_stored(call, wait):
    assert_error(call("post", f"/messages?wait={wait}", ONE), 422, "invalid")
    assert not Pending.objects.exists()


def test_more_than_a_hundred_are_refused_and_nothing_is_stored(call):
    rows = [{"id": str(number), "text": "hello"} for number in range(101)]
    assert_error(call("post", "/messages?wait=1", rows), 422, "invalid")
    assert not Pending.objects.exists()


@pytest.mark.django_db(transaction=True)
class TestWaiting:
    def test_an_announcement_wakes_who_waits_for_it(self, source, monkeypatch):
        monkeypatch.setattr(waiting, "LOOK_EVERY", 30.0)
        message, waiters = make_pending(source), Waiting()
        others = listening()  # the threads of tests before go on listening
        with ThreadPoolExecutor(1) as pool:
            found = pool.submit(waiters.until_judged, [message.pk], 29)
            wait_until(lambda: listening() > others and waiters._events)
            Pending.objects.all().delete()
            announce([message.pk])
            assert found.result(15)
        assert not waiters._events

    def test_a_lost_announcement_costs_a_look(self, source):
        message, waiters = make_pending(source), Waiting()
        with ThreadPoolExecutor(1) as pool:
            found = pool.submit(waiters.until_judged, [message.pk], 10)
            wait_until(lambda: waiters._events)
            Pending.objects.all().delete()
            assert found.result(5)

    def test_too_many_are_turned_away_at_once(self, source):
        message, waiters = make_pending(source), Waiting(most=1)
        first = Thread(target=waiters.until_judged, args=([message.pk], 10))
        first.start()
        wait_until(lambda: waiters._events)
        with pytest.raises(TooManyWait):
            waiters.until_judged([message.pk], 10)
        Pending.objects.all().delete()
        first.join(5)
        assert not first.is_alive()


def listening() -> int:
    with redis.Redis.from_url(settings.REDIS.redis_py) as client:
        return client.pubsub_numsub(CHANNEL)[0][1]
