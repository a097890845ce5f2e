"""Which language a page, a mail and a program get."""

from dataclasses import replace

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client
from django.utils import translation

from review.enforcement.webhooks.bodies import bodies
from review.insight import incidents
from review.models import AuditEntry, Delivery, Endpoint, Incident
from review.numbers import number
from review.people.language import words_address
from review.sentences import in_sentence
from tests.rows import make_case, make_source

pytestmark = pytest.mark.django_db
GERMAN = {"Accept-Language": "de-AT,de;q=0.9,en;q=0.5"}


def page(client: Client, path: str = "/settings/", **headers: str) -> str:
    return client.get(path, headers=headers).content.decode()


def choose(client: Client, language: str) -> Client:
    assert client.post("/settings/language/", {"language": language}).status_code == 302
    return client


class TestPages:
    def test_follow_the_browser(self, sign_in, alice):
        client = sign_in(alice)
        assert '<html lang="en">' in page(client) and "Your settings" in page(client)
        assert '<html lang="de">' in page(client, **GERMAN) and "Ihre Einstellungen" in page(client, **GERMAN)
        assert '<html lang="en">' in page(client, **{"Accept-Language": "ja"})

    def test_of_nobody_follow_it_too(self, client):
        answer = client.get("/accounts/login/", headers=GERMAN)
        assert answer.headers["Content-Language"] == "de"
        assert "Accept-Language" in answer.headers["Vary"]
        assert "Bei moddog anmelden" in answer.content.decode()

    @pytest.mark.parametrize(("chosen", "words"), [("de", "Ihre Einstellungen"), ("en", "Your settings")])
    def test_what_a_person_chose_beats_the_browser(self, chosen, words, sign_in, alice):
        client = choose(sign_in(alice), chosen)
        for headers in ({}, GERMAN, {"Accept-Language": "en"}):
            assert f"<h1>{words}</h1>" in page(client, **headers)
        assert f'<option value="{chosen}" selected>' in page(client)

    def test_the_choice_is_taken_back_and_confirmed_in_the_new_language(self, sign_in, alice):
        client = choose(sign_in(alice), "de")
        assert "Ihre Sprache ist gespeichert." in page(client)
        assert "<h1>Your settings</h1>" in page(choose(client, ""))

    @pytest.mark.parametrize("nonsense", ["fr", "de-x", "../de", "DE", "d" * 99])
    def test_no_other_can_be_chosen(self, nonsense, sign_in, alice):
        choose(sign_in(alice), nonsense)
        alice.refresh_from_db()
        assert alice.language == ""

    def test_one_that_is_gone_is_english(self, sign_in, alice):
        alice.language = "xx"
        alice.save()
        assert '<html lang="en">' in page(sign_in(alice), **GERMAN)

    def test_errors_are_in_it(self, sign_in, alice):
        client = choose(sign_in(alice), "de")
        assert "Hier ist nichts" in page(client, "/messages/4711/")
        assert "Diese Seite ist für Admins einer Quelle." in page(client, "/policy/")


class TestScripts:
    def test_have_their_words_in_german_and_need_none_in_english(self, client):
        assert words_address("en") == ""
        answer = client.get(words_address("de"))
        assert answer.headers["Content-Type"].startswith("text/javascript")
        assert "immutable" in answer.headers["Cache-Control"]
        assert '"Next case.": "N\\u00e4chster Fall."' in answer.content.decode()

    def test_have_no_words_of_others(self, client):
        assert "Kalender" not in client.get(words_address("de")).content.decode()  # of Django's admin

    def test_there_is_none_for_a_language_that_is_none(self, client):
        assert client.get("/words/xx.js").status_code == 404

    def test_the_page_names_them(self, client):
        assert f'<script src="{words_address("de")}"></script>' in page(client, "/accounts/login/", **GERMAN)
        assert "/words/" not in page(client, "/accounts/login/")


class TestPrograms:
    @pytest.mark.parametrize("path", ["/api/v1/messages/x", "/v1/moderations", "/v1alpha1/x", "/api/v1/nothing"])
    def test_get_english_whoever_asks(self, path, client):
        english, german = client.get(path), client.get(path, headers=GERMAN)
        assert english.content == german.content
        assert german.headers.get("Content-Language", "") == english.headers.get("Content-Language", "")

    def test_the_audit_log_is_written_in_english(self, sign_in, root, alice):
        client = choose(sign_in(root), "de")
        client.post(f"/people/{alice.pk}/role/", {"role": "senior"})
        assert AuditEntry.objects.latest("pk").verb == "gave role"

    def test_webhooks_are_in_english(self):
        incident = Incident.objects.create(kind="backlog")
        endpoint = Endpoint.objects.create(source=make_source(), url="http://127.0.0.1:9/", events=["alarm"])
        delivery = Delivery(endpoint=endpoint, event="alarm", ids={"incident": incident.pk})
        with translation.override("de"):
            assert bodies([delivery])[0]["alarm"]["what_to_do"].startswith("More cases wait")


class TestMail:
    @pytest.fixture(autouse=True)
    def server(self, monkeypatch):
        monkeypatch.setattr(settings, "VARIABLES", replace(settings.VARIABLES, email_url="smtp://mail.example.org"))

    def test_is_in_the_language_of_who_gets_it(self, sign_in, root, alice):
        alice.email, alice.language = "alice@example.org", "de"
        alice.save()
        sign_in(root).post(f"/people/{alice.pk}/password-link/")
        assert mail.outbox[0].subject == "Ein neues Passwort für moddog"
        assert "http://testserver/people/link/" in mail.outbox[0].body

    def test_each_admin_reads_of_an_incident_in_their_own(self, root, make_person):
        source = make_source()
        erin = make_person("erin", "admin", source)
        for person, language in ((root, "de"), (erin, "")):
            person.email, person.language = f"{person.username}@example.org", language
            person.save()
        source.cases_target = 0
        source.save()
        make_case(source)
        incidents.look()
        subjects = {each.to[0]: each.subject for each in mail.outbox}
        assert subjects["erin@example.org"] == "moddog: more cases wait than the target in Arcade"
        assert subjects["root@example.org"].startswith("moddog: Es warten mehr Fälle")


@pytest.mark.parametrize(
    ("language", "shown"), [("en", ["1,234", "1,234.50", "12"]), ("de", ["1.234", "1.234,50", "12"])]
)
def test_figures_are_written_as_the_language_does(language, shown):
    with translation.override(language):
        assert [number(1234), number(1234.5, ",.2f"), number(12)] == shown


def test_labels_within_a_sentence_keep_their_capitals_in_german():
    for language, shown in (("en", "admin"), ("de", "Admin")):
        with translation.override(language):
            assert in_sentence("Admin") == shown
