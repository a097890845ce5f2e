"""`manage.py deliver` as a process of its own: killed, ended, looked at."""

import os
import signal
import subprocess
import sys
import time
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils import timezone

from moddog_site.variables import PROJECT
from review.models import Delivery, Event, Heartbeat
from review.records.heartbeats import beat
from tests.enforcement.conftest import give, make_endpoint
from tests.enforcement.receivers import status
from tests.rows import make_message
from tests.stack import process_of, wait_until

pytestmark = pytest.mark.django_db(transaction=True)
SOON = 20  # seconds: what nobody looks for comes later or never, and a busy machine may be held up for some of them


def delivering() -> AbstractContextManager:
    return process_of([sys.executable, str(PROJECT / "manage.py"), "deliver"], settings.HOME, "deliver")


def test_what_was_sent_and_not_noted_comes_again_under_the_same_id(source, receiver):
    make_endpoint(source, receiver.url)

    def kill_first(handler):
        process.send_signal(signal.SIGKILL)
        process.wait()
        status(200)(handler)

    receiver.answer = kill_first
    give(make_message(source, external_id="m1"))
    with delivering() as process:
        wait_until(lambda: process.poll() is not None)
    [held] = Delivery.objects.all()
    assert (held.state, held.attempts) == ("waiting", 1)
    assert timezone.now() < held.due_at
    receiver.answer = status(200)
    Delivery.objects.update(due_at=timezone.now())  # the minute of its lease is over
    with delivering():
        wait_until(lambda: Delivery.objects.get().state == "delivered")
    first, second = receiver.came
    assert first[0]["Moddog-Delivery"] == second[0]["Moddog-Delivery"] == str(held.uid)
    assert first[1] == second[1]


def test_told_to_end_it_waits_for_answers_and_returns_the_rest(source, receiver):
    make_endpoint(source, receiver.url)

    def slowly(handler):
        time.sleep(1)
        status(200)(handler)

    receiver.answer = slowly
    for _ in range(30):
        give(make_message(source))
    with delivering() as process:
        wait_until(lambda: receiver.came)
    assert process.returncode == 0
    delivered = Delivery.objects.filter(state="delivered", attempts=1).count()
    assert delivered == len(receiver.came) < 30
    assert Delivery.objects.filter(state="waiting", attempts=0, token=None).count() == 30 - delivered


def test_an_outcome_is_at_the_door_soon_after_its_undo_window(source, receiver):
    make_endpoint(source, receiver.url)
    with delivering():
        wait_until(lambda: Heartbeat.objects.filter(kind="deliveries").exists())
        effective = timezone.now() + timedelta(seconds=1)
        give(make_message(source), effective_at=effective)
        wait_until(lambda: receiver.came)
        assert 0 <= (timezone.now() - effective).total_seconds() < SOON


def test_the_check_tells_whether_one_lives():
    with pytest.raises(CommandError, match="nothing was heard"):
        call_command("deliver", check=True)
    beat("deliveries")
    call_command("deliver", check=True)


def test_it_knows_what_every_event_stands_for():
    """In a process that has loaded nothing but what `manage.py deliver` needs, not even the addresses of pages."""
    said = (
        "import django; django.setup()\n"
        "import review.enforcement.webhooks.delivery_loop\n"
        "from review.enforcement.webhooks.bodies import _PARTS\n"
        "print(*sorted(_PARTS))"
    )
    environ = {**os.environ, "DJANGO_SETTINGS_MODULE": "moddog_site.settings"}
    found = subprocess.run([sys.executable, "-c", said], env=environ, cwd=PROJECT, capture_output=True, check=True)
    of_themselves = {Event.TEST, Event.OUTCOME_CREATED, Event.OUTCOME_REVERSED}
    assert set(found.stdout.decode().split()) == {str(each) for each in Event} - of_themselves
