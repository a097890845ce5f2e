"""The whole loop on the real stack: REST in, the real worker judges, people decide, REST out."""

import json
import os
import signal
from datetime import timedelta
from time import monotonic
from urllib.request import Request, urlopen

import pytest
import redis
from django.conf import settings
from django.utils import timezone

from moddog_site.celery import app
from moddog_site.embedded.programs import celery_worker
from review import broker
from review.desk import claims, decisions
from review.intake import storing
from review.intake.rows import Row
from review.judging import leases
from review.models import ApiToken, Case, Outcome, Pending, Score, Verdict
from review.registry.policy_versions import new_version, replaced_by
from tests.rows import make_source
from tests.stack import process_of, wait_until

pytestmark = pytest.mark.django_db(transaction=True)
CLASSIFY = "review.judging.tasks.classify_pending"
PATIENCE = 5  # seconds: a caller must not wait for a broker
MANY = 400
NOTHING_TO_PEOPLE = {"default": [{"at": 0, "action": "allow"}]}
EVERYTHING_TO_PEOPLE = {"default": [{"at": 0, "action": "allow"}, {"at": 1e-6, "action": "review"}]}


@pytest.fixture
def source():
    return make_source()


@pytest.fixture
def call(live_server, source):
    """`call("messages", {...})`: the API as a platform would use it; the parsed answer."""
    token = ApiToken.issue(source, "test", ["ingest", "read"])

    def send(path, body=None):
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        with urlopen(Request(f"{live_server.url}/api/v1/{path}", data, headers), timeout=10) as answer:  # noqa: S310
            return json.loads(answer.read())

    return send


def all_judged():
    return not Pending.objects.exists()


def test_a_message_is_judged_decided_and_read_back(call, worker, alice, source, settings):
    settings.MODDOG_UNDO_SECONDS = 0
    new_version(source, None, replaced_by(EVERYTHING_TO_PEOPLE, 0))
    assert call("messages", {"id": "m/1", "text": "you are a worthless idiot", "author": "kestrel"})["accepted"] == 1
    wait_until(lambda: call("messages/m%2F1")["state"] == "in_review")
    verdict = call("messages/m%2F1")["verdict"]
    assert verdict["route"] == "review"
    assert sum(verdict["categories"].values()) == pytest.approx(1)
    case = claims.take_next(alice)
    assert decisions.decide(alice, case.pk, case.claim_token, "harassment")
    answer = call("messages/m%2F1")
    assert answer["state"] == "decided"
    assert answer["outcome"]["action"] == "remove"


def test_reasons_are_written_for_people(worker, source):
    new_version(source, None, replaced_by(EVERYTHING_TO_PEOPLE, 0))
    storing.store(source, [Row("m-1", "you are a worthless idiot")])
    wait_until(lambda: Score.objects.filter(explanation__isnull=False).exists())
    assert Score.objects.get().explanation.raw.startswith('{"flag":')


def test_a_worker_killed_in_the_middle_of_a_batch_loses_and_doubles_nothing(stack, source, worker, no_nudges):
    """A second worker, on a queue of its own, is killed while it holds a lease; the other one finishes."""
    new_version(source, None, replaced_by(NOTHING_TO_PEOPLE, 0))
    with process_of(celery_worker("victim", "victim", pool="solo"), stack, "victim") as victim:
        wait_until(lambda: app.control.ping(destination=["victim@moddog"], timeout=0.5), 60)
        storing.store(source, [Row(f"m-{number}", f"message {number}, you muppet") for number in range(MANY)])
        app.send_task(CLASSIFY, queue="victim")
        wait_until(lambda: Verdict.objects.exists() and leased().exists(), 60)
        victim.kill()
        victim.wait()
    assert 0 < leased().count() < MANY
    leased().update(lease_until=timezone.now() - timedelta(seconds=1))
    app.send_task(CLASSIFY, queue="inference")
    wait_until(all_judged, 120)
    assert Score.objects.count() == Verdict.objects.count() == MANY
    assert Score.objects.values("message").distinct().count() == MANY
    assert Outcome.objects.count() == MANY
    assert not Case.objects.exists()


def test_a_worker_that_starts_frees_what_its_killed_predecessor_held(stack, source, worker, no_nudges):
    """Long before its leases run out, and without touching what a worker of another name holds."""
    new_version(source, None, replaced_by(NOTHING_TO_PEOPLE, 0))
    storing.store(source, [Row("m-other", "held by somebody else")])
    other = leases.take(1, holder="inference@other")
    victim = celery_worker("inference", "victim", pool="solo", host="victim")
    with process_of(victim, stack, "victim") as process:
        wait_until(lambda: app.control.ping(destination=["inference@victim"], timeout=0.5), 60)
        storing.store(source, [Row(f"m-{number}", f"message {number}, you muppet") for number in range(MANY)])
        app.send_task(CLASSIFY, queue="victim")
        wait_until(lambda: Verdict.objects.exists() and leased().exclude(token=other.token).exists(), 60)
        process.kill()
        process.wait()
    held = leased().exclude(token=other.token)
    assert held.filter(lease_until__gt=timezone.now() + leases.LEASE / 2).exists()
    with process_of(victim, stack, "victim"):
        wait_until(lambda: not held.filter(lease_until__gt=timezone.now()).exists(), 30)
        app.send_task(CLASSIFY, queue="victim")
        wait_until(lambda: not Pending.objects.exclude(token=other.token).exists(), 60)
    assert Pending.objects.get().lease_until > timezone.now()
    assert Score.objects.count() == Score.objects.values("message").distinct().count() == MANY


def test_a_broker_that_hangs_delays_and_loses_nothing(call, source, worker):
    """Redis is stopped as a process: it takes connections and answers nothing."""
    pid = redis.Redis.from_url(settings.REDIS.redis_py).info("server")["process_id"]
    os.kill(pid, signal.SIGSTOP)
    try:
        started = monotonic()
        assert (
            call("messages", [{"id": f"m-{number}", "text": f"hello {number}"} for number in range(5)])["accepted"] == 5
        )
        assert call("messages/m-0")["state"] == "pending"
        assert monotonic() - started < PATIENCE
    finally:
        os.kill(pid, signal.SIGCONT)
    app.send_task(CLASSIFY, queue="inference")  # as the sweep of beat does every ten seconds
    wait_until(all_judged, 60)
    assert Verdict.objects.count() == 5


def leased():
    return Pending.objects.exclude(lease_until=None)


@pytest.fixture
def no_nudges(worker):
    """Nudges are coalesced; with one on its way that nobody hears, no other worker is woken."""
    client = redis.Redis.from_url(settings.REDIS.redis_py)
    client.set(broker.key_of(), 1, px=120_000)
    yield
    client.delete(broker.key_of())
