"""Named queues: which cases are in them, who gets those first, and how they stand."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from review.desk import claims, offers, placing
from review.desk.queue import Filters, page_of
from review.desk.supervision import standings
from review.enforcement.cases import NewCase, open_cases
from review.models import AuditEntry, Case, Queue, Reason, Source, User
from review.verdicts import priority
from tests.rows import make_case, make_message, make_source

pytestmark = pytest.mark.django_db

SPANISH = "Esto es una vergüenza, nadie en este servidor sabe jugar como es debido"


def make_queue(*members, name="first", **fields):
    queue = Queue.objects.create(source=fields.pop("source", None) or make_source(), name=name, **fields)
    queue.members.set(members)
    return queue


def in_queue(case):
    case.refresh_from_db()
    return case.queue


@pytest.mark.parametrize(
    ("takes", "fits"),
    [
        ({}, True),
        ({"categories": ["toxicity"]}, True),
        ({"categories": ["violence"]}, False),
        ({"reasons": ["borderline", "report"]}, True),
        ({"reasons": ["appeal"]}, False),
        ({"languages": ["es"]}, True),
        ({"languages": ["de", "pt"]}, False),
        ({"categories": ["toxicity"], "languages": ["de"]}, False),
    ],
)
def test_a_case_is_in_the_queue_that_it_fits(judged, takes, fits):
    queue = make_queue(**takes)
    assert (in_queue(judged(language="es")) == queue) is fits


def test_the_first_that_fits_by_turn_and_only_of_its_own_source(judged):
    make_queue(name="late", position=2)
    early = make_queue(name="early", position=1)
    make_queue(name="elsewhere", position=0, source=make_source("library"))
    make_queue(name="over", position=0, ended_at=timezone.now())
    assert in_queue(judged()) == early


def test_no_queue_tells_of_a_blind_case(judged):
    make_queue(name="by category", categories=["toxicity"])
    make_queue(name="by reason", reasons=["audit"])
    assert in_queue(judged(blind=True, reason=Reason.AUDIT)) is None
    spanish = make_queue(name="by language", languages=["es"])
    assert in_queue(judged("another", blind=True, reason=Reason.AUDIT, language="es")) == spanish


def test_a_case_that_is_reported_moves_to_the_queue_of_reports(judged):
    queue = make_queue(reasons=["report"])
    case = judged()
    assert in_queue(case) is None
    Case.objects.filter(pk=case.pk).update(reason=Reason.REPORT)
    assert in_queue(case) == queue


def test_languages_are_told_when_a_case_is_opened():
    queue = make_queue(languages=["es"])
    message = make_message(make_source(), SPANISH)
    open_cases([NewCase(message, Reason.REPORT, priority.priority(0.5, timezone.now()))])
    case = Case.objects.get()
    assert (case.language, case.queue) == ("es", queue)


def test_a_target_raises_its_cases_to_the_worst_new_one_and_never_before_who_may_be_in_danger(judged):
    now = timezone.now()
    make_queue(target_minutes=60, raised=priority.raised_by(1.0), languages=["es"])
    worst = judged("worst", priority=priority.priority(1.0, now))
    opened = now - timedelta(hours=1)
    waited = judged("waited", language="es", opened_at=opened, priority=priority.priority(0.0, opened))
    danger = judged("danger", priority=priority.priority(priority.SELF_HARM, now))
    severe = judged("severe", language="es", opened_at=now, priority=priority.priority(0.95, now))
    ranks = {case.pk: case.rank for case in Case.objects.all()}
    assert ranks[waited.pk] == pytest.approx(ranks[worst.pk], abs=1e-6)
    assert ranks[danger.pk] > ranks[severe.pk] > ranks[worst.pk]
    assert "for the target of its queue" in page_of_one(severe).urgency


def page_of_one(case):
    root = User.objects.create_superuser("reader")
    return next(row for row in page_of(root, Filters()).rows if row.case == case)


@pytest.mark.parametrize(("hours", "raised"), [(None, 0.0), (0.5, 0.95), (1.0, 0.9), (10.0, 0.0), (48.0, 0.0)])
def test_a_target_that_patience_meets_adds_nothing(hours, raised):
    assert priority.raised_by(hours) == pytest.approx(raised)


def test_people_get_what_is_in_their_own_queues_first(alice, bob):
    source = make_source()
    queue = make_queue(alice, languages=["es"])
    other = make_case(source, priority=5.0)
    spanish = [make_case(source, priority=-number, language="es") for number in range(2)]
    assert claims.take_next(bob) == other
    first = claims.take_next(alice)
    assert (first, first.queue) == (spanish[0], queue)
    assert claims.take_ahead(alice) == spanish[1]


def test_of_several_queues_the_one_with_the_most_urgent_case_comes_first(alice):
    source = make_source()
    make_queue(alice, languages=["es"], name="a")
    make_queue(alice, languages=["de"], name="b")
    make_case(source, priority=1.0, language="es")
    german = make_case(source, priority=2.0, language="de")
    assert claims.take_next(alice) == german


def test_when_nothing_of_their_own_waits_people_get_the_rest(alice):
    make_queue(alice, languages=["es"])
    case = make_case(make_source(), language="de")
    assert claims.take_next(alice) == case


def test_a_claim_from_a_queue_is_planned_on_its_index(alice):
    """The index of the queue gives its cases in order, without a sort. In an empty table any other costs the same."""
    queue = make_queue(alice)
    values = offers._values(alice) | {"queue": queue.pk}
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
        cursor.execute("DROP INDEX case_open_by_rank")
        cursor.execute(
            "EXPLAIN " + offers._FIRST.format(which=" AND c.queue_id = %(queue)s", spared=offers.SPARED), values
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "case_open_in_queue" in plan
    assert "Sort" not in plan


def test_who_has_no_queue_pays_one_look_for_them(alice):
    make_case(make_source())
    with CaptureQueriesContext(
        connection,
    ) as asked:
        offers.claim_first(alice)
    assert len([each for each in asked if "review_queue" in each["sql"]]) == 1


def test_what_waits_follows_when_queues_change(judged, monkeypatch):
    monkeypatch.setattr(placing, "CHUNK", 2)
    monkeypatch.setattr(placing, "UNTOLD", 2)
    source = make_source()
    spanish = [make_case(source, make_message(source, f"{SPANISH} {number}")) for number in range(3)]
    german = make_case(source, make_message(source, "Das ist doch eine Frechheit, hier kann niemand spielen"))
    elsewhere = make_case(make_source("library"), make_message(make_source("library"), SPANISH))
    queue = make_queue(languages=["es"])
    placing.ask(source)
    placing.follow(budget=30)
    assert [in_queue(case) for case in spanish] == [queue] * 3
    assert in_queue(german) is None
    assert german.language == "de"
    assert in_queue(elsewhere) is None
    assert not Source.objects.filter(queued_to__isnull=False).exists()


def test_the_list_is_filtered_by_queue_and_by_language(alice, judged):
    queue = make_queue(languages=["es"])
    judged("uno", language="es")
    judged("eins", language="de")
    assert {row.message.text for row in page_of(alice, Filters(queue=queue)).rows} == {"uno"}
    assert {row.message.text for row in page_of(alice, Filters(language="de")).rows} == {"eins"}


def test_how_queues_stand(alice, bob, judged):
    queue = make_queue(alice, bob, languages=["es"], target_minutes=60)
    judged("late", language="es", opened_at=timezone.now() - timedelta(hours=2))
    judged("soon", language="es")
    judged("other", language="de")
    case = claims.take_next(alice)
    named, rest = standings(make_source())
    assert (named.queue, named.waiting, named.late, named.is_late) == (queue, 2, 1, True)
    assert (named.in_hand, named.idle, named.takes) == ([case], [bob], "Spanish")
    assert (rest.queue, rest.waiting, rest.late, rest.in_hand) == (None, 1, 0, [])


class TestPage:
    @pytest.fixture
    def senior(self, make_person):
        return make_person("sam", "senior", make_source())

    def test_a_senior_makes_changes_and_ends_one(self, senior, alice, judged, sign_in):
        case = judged(language="es")
        client = sign_in(senior)
        fields = {"name": "<i>Spanish", "position": "1", "languages": ["es"], "target_minutes": "60"}
        assert client.post("/queues/arcade/make/", fields | {"members": [alice.pk]}).status_code == 302
        queue = Queue.objects.get()
        assert (list(queue.members.all()), queue.raised) == ([alice], pytest.approx(0.9))
        assert in_queue(case) == queue
        page = client.get("/queues/?source=arcade").content.decode()
        assert "&lt;i&gt;Spanish" in page and "<i>Spanish" not in page
        assert "alice" in client.get("/queues/arcade/live/").content.decode()

        address = f"/queues/arcade/{queue.pk}/"
        form = client.get(address).context["form"]
        changed = fields | {"languages": ["de"], "version": form.initial["version"]}
        assert client.post(address, changed).status_code == 302
        assert in_queue(case) is None
        assert client.post(address, changed).status_code == 409

        assert client.post(f"{address}end/").status_code == 302
        assert client.get(address).status_code == 404
        verbs = ["made queue", "changed queue", "ended queue"]
        assert list(AuditEntry.objects.order_by("pk").values_list("verb", flat=True)) == verbs

    @pytest.mark.parametrize(("role", "set_to"), [("senior", None), ("admin", 20)])
    def test_how_much_is_judged_again_only_an_admin_says(self, make_person, sign_in, role, set_to):
        client = sign_in(make_person("kim", role, make_source()))
        page = client.get("/queues/?source=arcade").content.decode()
        assert ("Second opinions, in percent" in page) == (role == "admin")
        fields = {"name": "all", "position": "1", "second_opinion_percent": "20"}
        assert client.post("/queues/arcade/make/", fields).status_code == 302
        assert Queue.objects.get().second_opinion_percent == set_to

    def test_nonsense_makes_none_and_says_why(self, senior, charlie, sign_in):
        make_queue(name="taken")
        fields = {"name": "taken", "position": "1", "target_minutes": "1", "members": [charlie.pk]}
        page = sign_in(senior).post("/queues/arcade/make/", fields).content.decode()
        assert page.count('class="errors"') == 3
        assert Queue.objects.count() == 1

    def test_the_list_offers_queues_to_who_moderates_there(self, alice, make_person, sign_in):
        queue = make_queue(name="spanish")
        assert f'value="{queue.pk}"' in sign_in(alice).get("/queue/").content.decode()
        eve = make_person("eve", "moderator", make_source("forum"))
        assert "spanish" not in sign_in(eve).get(f"/queue/?queue={queue.pk}").content.decode()
