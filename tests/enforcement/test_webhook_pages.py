"""The page of a source's webhooks: for its admins, and for nobody else."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.urls import reverse
from django.utils import timezone

from review.enforcement import author_outcomes
from review.enforcement.outbox import enqueue
from review.enforcement.publisher import publish
from review.enforcement.webhooks.dead_letters import dead_letters
from review.models import AuditEntry, AuthorOutcome, Delivery, Endpoint, Event
from review.registry.policy_versions import policy_of
from tests.enforcement.conftest import give, make_endpoint
from tests.enforcement.receivers import status
from tests.rows import make_message, make_source

URL = "https://forum.example.org/hooks"
PAGE = "/sources/arcade/webhooks/"


def words(response):
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode())))


def fields(response, pk):
    """What a browser would send of the form that changes the endpoint, as it is."""
    found = re.findall(rf'name="{pk}-version" value="(\w+)"', response.content.decode())
    return {f"{pk}-version": found[0], f"{pk}-url": URL, f"{pk}-events": ["outcome.created"]}


@pytest.fixture
def admin(sign_in, make_person, source):
    return sign_in(make_person("erin", "admin", source))


pytestmark = pytest.mark.django_db


class TestAccess:
    def test_it_is_for_admins_of_the_source(self, client, sign_in, alice, admin, source):
        assert admin.get(PAGE).status_code == 200
        make_source("book-club")
        assert admin.get("/sources/book-club/webhooks/").status_code == 404
        assert sign_in(alice).get(PAGE).status_code == 404

    @pytest.mark.parametrize("name", ["change", "rotate", "pause", "test"])
    def test_what_changes_something_is_posted_to_ones_own(self, admin, source, name):
        other = make_endpoint(make_source("book-club"), URL)
        mine = make_endpoint(source, URL)
        assert admin.get(reverse(f"source-webhook-{name}", args=["arcade", mine.pk])).status_code == 405
        assert admin.post(reverse(f"source-webhook-{name}", args=["arcade", other.pk])).status_code == 404
        assert admin.post(reverse(f"source-webhook-{name}", args=["book-club", other.pk])).status_code == 404


class TestEndpoints:
    def test_one_is_made_and_its_secret_is_shown_once(self, admin):
        page = admin.post(f"{PAGE}make/", {"new-url": URL, "new-events": ["outcome.created"]})
        endpoint = Endpoint.objects.get()
        assert (endpoint.url, endpoint.events, endpoint.allows_private) == (URL, ["outcome.created"], False)
        assert endpoint.secret in page.content.decode()
        assert page["Cache-Control"].startswith("max-age=0")
        assert endpoint.secret not in admin.get(PAGE).content.decode()
        assert AuditEntry.objects.get().verb == "created webhook"

    @pytest.mark.parametrize(
        "url",
        [
            *("", "forum.example.org", "ftp://forum.example.org/", "https://", "https://user:pw@forum.example.org/"),
            *("https://forum.example.org/#part", "https://forum.example.org:0/", "https://forum.example.org:99999/"),
            *(
                "https://fo rum.example.org/",
                "https://forum.example.org/\r\nX: y",
                "https://[::1/",
                "javascript:alert(1)",
            ),
        ],
    )
    def test_what_is_no_address_is_not_made(self, admin, url):
        page = admin.post(f"{PAGE}make/", {"new-url": url, "new-events": ["outcome.created"]})
        assert 'role="alert"' in page.content.decode()
        assert not Endpoint.objects.exists()

    def test_a_sources_admin_allows_no_private_address(self, admin, sign_in, root):
        data = {"new-url": "http://intern:8080/", "new-events": ["outcome.created"], "new-allows_private": "on"}
        admin.post(f"{PAGE}make/", data)
        assert not Endpoint.objects.get().allows_private
        sign_in(root).post(f"{PAGE}make/", data)
        assert Endpoint.objects.order_by("pk").last().allows_private

    def test_another_host_has_to_be_allowed_anew(self, admin, source):
        endpoint = make_endpoint(source, "http://intern:8080/hooks")
        path = f"{PAGE}{endpoint.pk}/change/"
        same = fields(admin.get(PAGE), endpoint.pk) | {f"{endpoint.pk}-url": "http://intern:8080/other"}
        admin.post(path, same)
        endpoint.refresh_from_db()
        assert (endpoint.url, endpoint.allows_private) == ("http://intern:8080/other", True)
        admin.post(path, fields(admin.get(PAGE), endpoint.pk) | {f"{endpoint.pk}-url": "http://other:8080/"})
        endpoint.refresh_from_db()
        assert (endpoint.url, endpoint.allows_private) == ("http://other:8080/", False)

    def test_a_form_that_was_overtaken_changes_nothing(self, admin, source):
        endpoint = make_endpoint(source, "http://intern:8080/hooks")
        data = fields(admin.get(PAGE), endpoint.pk)
        Endpoint.objects.update(url="https://else.example.org/")
        assert admin.post(f"{PAGE}{endpoint.pk}/change/", data).status_code == 409
        assert Endpoint.objects.get().url == "https://else.example.org/"

    def test_a_secret_is_replaced_and_the_old_one_signs_for_a_day(self, admin, source):
        endpoint = make_endpoint(source, URL)
        page = admin.post(f"{PAGE}{endpoint.pk}/rotate/")
        now, old = timezone.now(), endpoint.secret
        endpoint.refresh_from_db()
        assert endpoint.secret in page.content.decode()
        assert endpoint.secrets_at(now) == [endpoint.secret, old]
        assert endpoint.secrets_at(now + timedelta(days=1, minutes=1)) == [endpoint.secret]

    def test_it_is_paused_and_goes_on(self, admin, source):
        endpoint = make_endpoint(source, URL)
        admin.post(f"{PAGE}{endpoint.pk}/pause/", {"on": "on"})
        assert "paused" in words(admin.get(PAGE))
        admin.post(f"{PAGE}{endpoint.pk}/pause/", {"on": "off"})
        assert Endpoint.objects.get().paused_at is None

    def test_an_empty_page_says_what_to_do(self, admin):
        assert "Nobody is told yet" in words(admin.get(PAGE))


class TestTrial:
    def test_it_shows_the_exact_request_and_answer(self, admin, endpoint, receiver):
        receiver.answer = status(418, **{"X-Said": "<b>tea</b>"})
        shown = words(admin.post(f"{PAGE}{endpoint.pk}/test/"))
        [(headers, body)] = receiver.came
        assert body.decode() in shown
        for name in ("Moddog-Event", "Moddog-Delivery", "Moddog-Signature"):
            assert f"{name}: {headers[name]}" in shown
        assert headers["Moddog-Event"] == "test"
        assert "It was not taken: it answered 418" in shown
        assert "X-Said: <b>tea</b>" in shown
        assert not Delivery.objects.exists()

    def test_a_receiver_that_takes_it(self, admin, endpoint):
        assert "It was taken." in words(admin.post(f"{PAGE}{endpoint.pk}/test/"))

    def test_a_private_address_is_refused_with_its_reason(self, admin, source, receiver):
        endpoint = make_endpoint(source, receiver.url, allows_private=False)
        assert "127.0.0.1 is a private address" in words(admin.post(f"{PAGE}{endpoint.pk}/test/"))
        assert receiver.came == []


class TestDeadLetters:
    @pytest.fixture
    def letter(self, source, endpoint):
        give(make_message(source, external_id="m1"))
        publish()
        Delivery.objects.update(state="dead", error="it answered <503>", attempts=9, ended_at=timezone.now())
        return Delivery.objects.get()

    def test_one_is_shown_with_its_reason_and_redelivered(self, admin, letter, receiver, deliver):
        page = admin.get(PAGE)
        assert "Dead letters: 1" in words(page)
        assert "&lt;503&gt;" in page.content.decode()
        assert "after 9 tries" in words(page)
        admin.post(f"{PAGE}{letter.endpoint_id}/{letter.pk}/redeliver/")
        deliver()
        assert receiver.came[0][0]["Moddog-Delivery"] == str(letter.uid)
        assert Delivery.objects.get().state == "delivered"
        assert AuditEntry.objects.filter(verb="redelivered").count() == 1

    def test_it_asks_first_where_the_event_was_superseded(self, admin, letter):
        give(letter.message, "allow")
        publish()
        path = f"{PAGE}{letter.endpoint_id}/{letter.pk}/redeliver/"
        assert "A later outcome superseded this one" in words(admin.post(path))
        letter.refresh_from_db()
        assert letter.state == "dead"
        admin.post(path, {"understood": "on"})
        letter.refresh_from_db()
        assert (letter.state, letter.attempts) == ("waiting", 0)

    def test_it_asks_first_where_what_was_done_to_an_author_was_taken_back(self, admin, source, endpoint, dana):
        values = {"source": source, "author": "robin", "policy": policy_of(source), "strikes": 9, "why": "strikes"}
        ban = AuthorOutcome.objects.create(seq=1, action="ban", **values)
        AuthorOutcome.objects.create(seq=1, action="ban", **values | {"author": "wren"})
        Endpoint.objects.update(events=["author.outcome"])
        enqueue(Event.AUTHOR_OUTCOME, source, author_outcome=ban.pk)
        Delivery.objects.update(state="dead", ended_at=timezone.now())
        letter = dead_letters(endpoint).get()
        assert not letter.is_superseded
        assert author_outcomes.lift(source, "robin", dana)
        Delivery.objects.exclude(pk=letter.pk).update(state="delivered")
        assert "author.outcome robin given up" in words(admin.get(PAGE))
        path = f"{PAGE}{endpoint.pk}/{letter.pk}/redeliver/"
        assert "of a step on an author after which there was another" in words(admin.post(path))
        assert admin.post(path, {"understood": "on"}).status_code == 302
        letter.refresh_from_db()
        assert letter.state == "waiting"

    def test_twice_is_once(self, admin, letter):
        path = f"{PAGE}{letter.endpoint_id}/{letter.pk}/redeliver/"
        assert admin.post(path).status_code == 302
        assert admin.post(path).status_code == 404


class TestOperations:
    def test_an_open_circuit_and_a_pause_are_told(self, sign_in, dana, source):
        make_endpoint(source, URL, failures=5, last_error="it answered 500", open_until=timezone.now())
        make_endpoint(source, "https://other.example.org/", paused_at=timezone.now())
        shown = words(sign_in(dana).get("/operations/"))
        assert "fails: it answered 500. Its circuit is open" in shown
        assert "other.example.org/ was paused" in shown

    def test_what_waits_is_counted(self, sign_in, dana, source, endpoint):
        give(make_message(source))
        publish()
        assert "Waiting to be delivered 1" in words(sign_in(dana).get("/operations/"))
