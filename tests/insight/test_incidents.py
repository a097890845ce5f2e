"""Incidents begin when something is wrong, are told once, and end when it is over."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.conf import settings
from django.core import mail
from django.utils import timezone

from review.enforcement.webhooks.bodies import bodies
from review.insight import incidents
from review.models import Case, Delivery, Endpoint, Event, Heartbeat, Incident
from review.records.heartbeats import beat, forget_old, leave
from tests.rows import make_case, make_source

pytestmark = pytest.mark.django_db


@pytest.fixture
def source():
    source = make_source()
    source.cases_target = 1
    source.save()
    return source


@pytest.fixture
def mailing(monkeypatch):
    monkeypatch.setattr(settings, "VARIABLES", replace(settings.VARIABLES, email_url="smtp://mail.example.org"))


@pytest.fixture
def running(monkeypatch):
    """The process that looks has been up for long enough to miss somebody."""
    monkeypatch.setattr(incidents, "_started", incidents.time.monotonic() - incidents.STARTING - 1)


def with_address(person):
    person.email = f"{person.username}@example.org"
    person.save()
    return person


def told():
    return [body["alarm"] for body in bodies(list(Delivery.objects.order_by("pk")))]


def test_a_backlog_over_its_target_is_told_once_until_it_ends(source):
    Endpoint.objects.create(source=source, url="https://platform.example/", events=[Event.ALARM])
    cases = [make_case(source) for _ in range(2)]
    for _ in range(3):
        incidents.look()
    assert [(each["kind"], each["ended_at"]) for each in told()] == [("backlog", None)]
    assert "thresholds" in told()[0]["what_to_do"]
    Case.objects.filter(pk=cases[0].pk).update(state=Case.State.DECIDED)
    incidents.look()
    assert Incident.objects.get().ended_at
    make_case(source)
    incidents.look()
    assert len(told()) == 2


def test_without_a_target_nobody_is_told():
    source = make_source("library")
    for _ in range(3):
        make_case(source)
    incidents.look()
    assert not Incident.objects.exists()


def test_it_is_mailed_to_the_admins_of_the_source_and_to_instance_admins(source, mailing, make_person, root, alice):
    for person in (
        root,
        alice,
        make_person("erin", "admin", source),
        make_person("gus", "admin", make_source("library")),
    ):
        with_address(person)
    gone = with_address(make_person("ivy", "admin", source))
    gone.is_active = False
    gone.save()
    for _ in range(2):
        make_case(source)
    incidents.look()
    incidents.look()
    assert sorted(each.to[0] for each in mail.outbox) == ["erin@example.org", "root@example.org"]
    assert "Arcade" in mail.outbox[0].subject and "/operations/" in mail.outbox[0].body


def test_a_mail_that_no_server_took_is_sent_with_the_next_look(source, mailing, root, monkeypatch):
    with_address(root)
    for _ in range(2):
        make_case(source)
    with monkeypatch.context() as broken:
        broken.setattr(settings, "EMAIL_BACKEND", "django.core.mail.backends.smtp.EmailBackend")
        broken.setattr(settings, "EMAIL_HOST", "127.0.0.1")
        broken.setattr(settings, "EMAIL_PORT", 9)
        incidents.look()
    assert Incident.objects.get().mailed_at is None
    incidents.look()
    assert [each.to for each in mail.outbox] == [["root@example.org"]]


def test_without_a_server_nothing_is_mailed_now_or_later(source, root):
    with_address(root)
    for _ in range(2):
        make_case(source)
    incidents.look()
    assert mail.outbox == [] and Incident.objects.get().mailed_at


def test_dead_letters_ring_for_a_day(source):
    endpoint = Endpoint.objects.create(source=source, url="https://platform.example/", events=[])
    dead = {"endpoint": endpoint, "event": Event.TEST, "state": Delivery.State.DEAD, "expires_at": timezone.now()}
    letter = Delivery.objects.create(**dead, ended_at=timezone.now())
    incidents.look()
    assert Incident.objects.get().kind == "dead_letters"
    Delivery.objects.filter(pk=letter.pk).update(ended_at=timezone.now() - timedelta(hours=25))
    incidents.look()
    assert Incident.objects.get().ended_at


def test_a_worker_that_falls_silent_is_missed_until_one_is_heard(source, running):
    for each in (source, make_source("library")):
        Endpoint.objects.create(source=each, url="https://platform.example/", events=[Event.ALARM])
    beat("inference")
    incidents.look()
    assert not Incident.objects.exists()
    Heartbeat.objects.update(seen_at=timezone.now() - timedelta(minutes=4))
    incidents.look()
    assert [(each["kind"], each["about"]) for each in told()] == [("worker", "inference")] * 2
    Heartbeat.objects.all().delete()  # forgotten after an hour
    incidents.look()
    assert Incident.objects.get().ended_at is None
    beat("inference")
    incidents.look()
    assert Incident.objects.get().ended_at


def test_nobody_is_missed_while_everything_starts(source, monkeypatch):
    monkeypatch.setattr(incidents, "_started", incidents.time.monotonic())
    beat("inference")
    Heartbeat.objects.update(seen_at=timezone.now() - timedelta(minutes=30))
    incidents.look()
    assert not Incident.objects.exists()


def test_an_instance_that_never_had_a_worker_misses_none(source, running):
    incidents.look()
    assert not Incident.objects.exists()


def test_operations_shows_it_to_those_whom_it_concerns(sign_in, source, root, make_person):
    for _ in range(2):
        make_case(source)
    incidents.look()
    Incident.objects.create(kind="worker", about="deliveries")
    page = "/operations/"
    assert "More cases wait than the target in <bdi>Arcade</bdi>" in sign_in(root).get(page).content.decode()
    assert "A worker is gone: deliveries" in sign_in(root).get(page).content.decode()
    mine = sign_in(make_person("erin", "admin", source)).get(page).content.decode()
    assert "More cases wait" in mine and "A worker is gone" not in mine
    others = sign_in(make_person("gus", "admin", make_source("library"))).get(page).content.decode()
    assert "More cases wait" not in others


def worker(number: int, *, silent: timedelta = timedelta(0), began: timedelta = timedelta(hours=1)) -> Heartbeat:
    now = timezone.now()
    return Heartbeat.objects.create(
        name=f"inference@gpu:{number}", kind="inference", began_at=now - began, seen_at=now - silent
    )


def missed() -> list[str]:
    incidents.look()
    open_now = Incident.objects.filter(kind=Incident.Kind.WORKER, ended_at=None)
    return sorted(open_now.values_list("about", flat=True))


def test_one_of_two_workers_that_is_gone_is_an_alarm_until_another_comes(running):
    worker(1, began=timedelta(hours=9))
    lost = worker(2, silent=timedelta(minutes=5))
    assert missed() == [lost.name]
    Heartbeat.objects.filter(pk=lost.pk).update(seen_at=timezone.now() - timedelta(hours=3))
    assert forget_old() == 0  # it is missed still
    assert missed() == [lost.name]
    worker(3, began=timedelta(minutes=1))
    assert missed() == []
    assert forget_old() == 1


def test_a_worker_that_was_started_anew_is_not_missed(running):
    worker(1)
    worker(2, silent=timedelta(minutes=5))
    worker(3, began=timedelta(minutes=4))
    assert missed() == []


def test_where_all_workers_are_silent_the_kind_is_missed_once(running):
    worker(1, silent=timedelta(minutes=5))
    worker(2, silent=timedelta(minutes=6))
    assert missed() == ["inference"]


def test_a_worker_that_was_asked_to_end_is_missed_by_nobody(running):
    worker(1)
    beat("inference")
    leave("inference")
    assert Heartbeat.objects.count() == 1
    assert missed() == []
