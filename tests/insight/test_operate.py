"""Operations: for admins; says who is alive; the demo's chatter has one switch."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django.utils.html import escape

from review.demo import chatter
from review.models import AuditEntry, Heartbeat, Message, ModelVersion, Pending, Simulator
from review.records.heartbeats import beat, forget_old
from tests.rows import make_judge, make_pending, make_source

pytestmark = pytest.mark.django_db
PAGE = "/operations/"


@pytest.fixture
def simulator():
    return Simulator.objects.create(source=make_source())


def test_it_says_that_no_worker_lives(sign_in, dana, simulator):
    assert "No worker has been heard from" in sign_in(dana).get(PAGE).content.decode()


def test_it_names_who_lives_and_what_waits(sign_in, dana, simulator):
    beat("inference", model="nano (abc)")
    make_pending(simulator.source)
    html = sign_in(dana).get(PAGE).content.decode()
    assert "nano (abc)" in html
    assert "the oldest came" in html


def test_htmx_gets_the_fragment(sign_in, dana, simulator):
    html = sign_in(dana).get(PAGE, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in html
    assert 'id="operations"' in html


def test_a_moderator_may_not_see_it(sign_in, alice, simulator):
    assert sign_in(alice).get(PAGE).status_code == 403


def test_the_chatter_is_switched_off_and_on(sign_in, dana, simulator):
    client = sign_in(dana)
    client.post(f"{PAGE}simulator/arcade/", {"running": "off"})
    assert chatter.say_next() == 0
    client.post(f"{PAGE}simulator/arcade/", {"running": "on"})
    assert chatter.say_next() == 1
    assert Message.objects.count() == Pending.objects.count() == 1


def test_a_moderator_may_not_switch_it(sign_in, alice, simulator):
    assert sign_in(alice).post(f"{PAGE}simulator/arcade/", {"running": "off"}).status_code == 404
    assert Simulator.objects.get().running


def test_it_is_switched_by_post_only(sign_in, dana, simulator):
    assert sign_in(dana).get(f"{PAGE}simulator/arcade/").status_code == 405


def test_the_chatter_goes_on_where_it_stopped_and_begins_again_at_the_end(simulator):
    lines = len(chatter._lines())
    Simulator.objects.update(position=lines - 1)
    assert [chatter.say_next(), chatter.say_next()] == [1, 1]
    assert Simulator.objects.get().position == lines + 1
    assert Message.objects.get(external_id=f"live-{lines}").text == chatter._lines()[0]["text"]


def test_processes_that_ended_long_ago_are_forgotten():
    beat("default")
    Heartbeat.objects.update(seen_at=timezone.now() - timedelta(hours=2))
    assert forget_old() == 1


def test_an_instance_admin_has_reasons_written_for_everything_and_it_is_on_record(sign_in, root, simulator):
    make_judge()
    client = sign_in(root)
    assert "Write for everything" in client.get(PAGE).content.decode()
    client.post(f"{PAGE}explain-everything/", {"on": "on"})
    assert ModelVersion.objects.get().explains_all_after == 0
    assert "Only for what people read" in client.get(PAGE).content.decode()
    client.post(f"{PAGE}explain-everything/", {"on": "off"})
    assert ModelVersion.objects.get().explains_all_after is None
    entries = AuditEntry.objects.filter(verb="switched explaining everything", actor=root).order_by("pk")
    assert [entry.details for entry in entries] == [{"on": True}, {"on": False}]


def test_a_sources_admin_may_not_switch_what_holds_for_all(sign_in, dana, simulator):
    make_judge()
    client = sign_in(dana)
    assert client.post(f"{PAGE}explain-everything/", {"on": "on"}).status_code == 403
    assert "An instance admin can change this" in client.get(PAGE).content.decode()
    assert ModelVersion.objects.get().explains_all_after is None


def test_it_shows_how_fast_a_worker_judges(sign_in, dana, simulator):
    beat("inference", model="nano (abc)", ms_a_message=0.4321)
    assert "0.43 ms" in sign_in(dana).get(PAGE).content.decode()


@pytest.fixture
def erin(make_person, simulator):
    """An admin of one source."""
    return make_person("erin", "admin", simulator.source)


def test_an_admin_of_one_source_sees_what_is_theirs(sign_in, erin, simulator, settings):
    beat("inference", model="nano (abc)")
    make_pending(make_source("forum"))
    Simulator.objects.create(source=make_source("forum"))
    page = sign_in(erin).get(PAGE).content.decode()
    assert "Workers are alive and judge" in page
    for words in ("inference@", "nano (abc)", "the oldest came", "Forum", "Written reasons", "MODDOG_MODEL"):
        assert words not in page
    make_pending(simulator.source)
    assert "the oldest came" in sign_in(erin).get(PAGE).content.decode()


def test_an_admin_of_one_source_is_told_that_nothing_judges(sign_in, erin):
    assert "No worker has been heard from" in sign_in(erin).get(PAGE).content.decode()


def test_nothing_new_is_a_304(sign_in, dana, simulator):
    beat("inference", model="nano (abc)")
    client = sign_in(dana)
    page = client.get(PAGE).content.decode()
    first = client.get(PAGE, headers={"HX-Request": "true"})
    assert escape(first["ETag"]) in page
    asked = {"HX-Request": "true", "If-None-Match": first["ETag"]}
    again = client.get(PAGE, headers=asked)
    assert (again.status_code, again.content) == (304, b"")
    assert "no-cache" in again["Cache-Control"]
    make_pending(simulator.source)
    assert client.get(PAGE, headers=asked).status_code == 200
    assert client.get(PAGE, headers={"If-None-Match": first["ETag"]}).status_code == 200
