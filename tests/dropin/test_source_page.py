"""The page of a source: for its admins, and for nobody else."""

import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from review.intake import client_errors
from review.models import (
    AnsweredCount,
    ApiToken,
    AuditEntry,
    CalibratorActivation,
    CalibratorVersion,
    ClientSettings,
    MarginCount,
    Message,
)
from review.registry.in_context import setup_of
from review.registry.policy_versions import new_version, policy_of, replaced_by
from review.registry.scoring_setup import ScoringSetup
from tests.dropin.conftest import ANALYZE
from tests.forms import save, version_in
from tests.rows import make_calibrator, make_judge, make_message, make_source, make_verdict

PAGE = "/sources/arcade/"
CLIENTS = {
    "scale": "anchored",
    "anchor-review": "0.8",
    "anchor-hide": "0.95",
    "unsupported": "leave_out",
    "store": "on",
    "origins": "https://News.example.org\nhttp://localhost:3000",
}


def words(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


@pytest.fixture
def admin(sign_in, make_person, source):
    """Signed in as an admin of this source alone."""
    return sign_in(make_person("erin", "admin", source))


class TestAccess:
    @pytest.mark.parametrize("path", ["/sources/", "/sources/arcade/"])
    def test_anonymous_people_sign_in_first(self, client, source, path):
        assert client.get(path).status_code == 302

    def test_moderators_have_no_business_here(self, sign_in, alice, source):
        client = sign_in(alice)
        assert client.get("/sources/arcade/").status_code == 404
        assert client.get("/sources/").status_code == 403

    def test_admins_see_their_own_sources_alone(self, admin, source):
        make_source("book-club")
        assert "book-club" not in words(admin.get("/sources/"))
        assert admin.get("/sources/book-club/").status_code == 404

    @pytest.mark.parametrize("name", ["source-token", "source-clients", "source-clients-preview", "source-coral"])
    def test_what_changes_something_is_posted_to_ones_own_source(self, admin, source, name):
        make_source("book-club")
        assert admin.get(reverse(name, args=["arcade"])).status_code == 405
        assert admin.post(reverse(name, args=["book-club"]), CLIENTS).status_code == 404
        assert not ClientSettings.objects.exists()
        assert not ApiToken.objects.exists()

    def test_without_the_forms_token_nothing_changes(self, make_person, source):
        client = Client(enforce_csrf_checks=True)
        client.force_login(make_person("erin", "admin", source))
        assert client.post("/sources/arcade/tokens/", {"name": "bot", "scopes": ["ingest"]}).status_code == 403
        assert not ApiToken.objects.exists()


class TestTokens:
    def test_one_is_made_and_shown_once(self, admin, source):
        response = admin.post("/sources/arcade/tokens/", {"name": "bot", "scopes": ["ingest", "score"]})
        [key] = set(re.findall(r"md_[\w-]{43}", response.content.decode()))
        token = ApiToken.objects.get()
        assert (token.name, token.scopes, token.hint) == ("bot", ["ingest", "score"], key[:8])
        assert response["Cache-Control"].startswith("max-age=0")
        assert AuditEntry.objects.get().verb == "created token"
        assert key not in admin.get("/sources/arcade/").content.decode()

    @pytest.mark.parametrize(
        "data", [{"name": "", "scopes": ["read"]}, {"name": "bot"}, {"name": "b", "scopes": ["x"]}]
    )
    def test_one_that_is_no_good_is_not_made(self, admin, source, data):
        response = admin.post("/sources/arcade/tokens/", data)
        assert response.status_code == 200
        assert 'role="alert"' in response.content.decode()
        assert not ApiToken.objects.exists()

    def test_one_is_revoked_for_good(self, admin, source):
        ApiToken.issue(source, "bot", ["ingest"])
        token = ApiToken.objects.get()
        path = f"/sources/arcade/tokens/{token.pk}/revoke/"
        assert admin.post(path, follow=True).status_code == 200
        first = ApiToken.objects.get().revoked_at
        admin.post(path)
        assert ApiToken.objects.get().revoked_at == first
        assert "revoked" in words(admin.get("/sources/arcade/"))
        assert AuditEntry.objects.filter(verb="revoked token").count() == 1

    def test_one_of_another_source_is_not_there(self, admin, source):
        other = make_source("book-club")
        ApiToken.issue(other, "theirs", ["ingest"])
        assert admin.post(f"/sources/arcade/tokens/{ApiToken.objects.get().pk}/revoke/").status_code == 404
        assert ApiToken.objects.get().revoked_at is None


class TestClients:
    def test_settings_are_saved_and_on_record(self, admin, source):
        response = save(admin, PAGE, "/sources/arcade/clients/", CLIENTS, follow=True)
        assert "Saved" in words(response)
        found = ClientSettings.objects.get()
        assert (found.scale, found.anchors) == ("anchored", {"review": 0.8, "hide": 0.95})
        assert found.origins == ["https://news.example.org", "http://localhost:3000"]
        assert (found.unsupported, found.store, found.trust_suggestions) == ("leave_out", True, False)
        entry = AuditEntry.objects.get()
        assert "origins" in entry.details["fields"]
        assert "UTC: to people from 0.8, hidden from 0.95" in words(admin.get(PAGE))

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ({"origins": "news.example.org"}, "is no origin"),
            ({"origins": "https://news.example.org/path"}, "is no origin"),
            ({"origins": "*"}, "is no origin"),
            ({"anchor-hide": "0.7"}, "must be above"),
            ({"anchor-review": "", "anchor-hide": ""}, "at least one"),
            ({"anchor-review": "8"}, "between 0 and 1"),
            ({"scale": "other"}, "valid choice"),
        ],
    )
    def test_what_makes_no_sense_is_said_and_not_saved(self, admin, source, change, said):
        make_calibrator()
        response = save(admin, PAGE, "/sources/arcade/clients/", CLIENTS | change, follow=True)
        assert (response.status_code, said in words(response)) == (200, True)
        assert not ClientSettings.objects.exists()

    def test_it_says_what_the_scales_would_have_done_last_week(self, admin, source):
        make_calibrator()
        model, rubric = make_judge()
        for margin in (-3.0, -1.0, 0.0, 1.0, 3.0):
            make_verdict(make_message(source), margin=margin)
        AnsweredCount.objects.create(
            **{"source": source, "model": model, "rubric": rubric, "category": "toxicity"},
            **{"day": timezone.now().date(), "bin": 40, "count": 1_000, "door": "perspective"},
        )
        policy_of(source)
        response = admin.post(
            "/sources/arcade/clients/preview/", {"scale": "anchored", "anchor-review": "0.7", "unsupported": "refuse"}
        )
        told = words(response)
        assert "last week's 1,005 messages" in told
        assert "0.7 1,002 1,004" in told
        assert "0.8 1 1,003" in told

    def test_where_messages_are_judged_in_context_what_is_not_kept_counts_too(self, admin, source):
        plain = ScoringSetup(*make_judge())
        ladder = [{"at": 0, "action": "allow"}, {"at": 0.5, "action": "review"}]
        new_version(source, None, replaced_by({"default": ladder}, 0.0, 2))
        in_context = setup_of(source)
        assert in_context.model != plain.model
        make_calibrator()
        mild = {"kind": "platt", "slopes": [1.0], "intercept": -10.0, "n": 1_000_000}
        calibrator = CalibratorVersion.objects.create(
            model=in_context.model, rubric=in_context.rubric, version=1, kind="platt", parameters=mild
        )
        CalibratorActivation.objects.create(calibrator=calibrator, why="for a test")
        counted = {"source": source, "rubric": plain.rubric, "category": "toxicity"}
        counted |= {"day": timezone.now().date(), "bin": 200}
        MarginCount.objects.create(model=in_context.model, count=7, **counted)
        AnsweredCount.objects.create(model=plain.model, count=100, door="perspective", **counted)
        told = words(admin.post("/sources/arcade/clients/preview/", CLIENTS))
        assert "last week's 107 messages" in told
        assert "0.8 100 100" in told

    def test_it_says_nothing_while_thresholds_make_no_sense(self, admin, source):
        response = admin.post("/sources/arcade/clients/preview/", CLIENTS | {"anchor-hide": "0.1"})
        assert "until the thresholds make sense" in words(response)


class TestCoral:
    def test_secrets_are_added_shown_in_part_and_removed(self, admin, source):
        for secret in ("coral_first_secret", "coral_second_secret"):
            admin.post("/sources/arcade/coral/", {"secret": secret, "wait_ms": 700})
        found = ClientSettings.objects.get()
        assert found.coral_secrets == ["coral_first_secret", "coral_second_secret"]
        assert found.coral_wait_ms == 700
        page = admin.get("/sources/arcade/").content.decode()
        assert "coral_first_secret" not in page
        admin.post("/sources/arcade/coral/0/remove/")
        assert ClientSettings.objects.get().coral_secrets == ["coral_second_secret"]
        assert admin.post("/sources/arcade/coral/7/remove/").status_code == 302

    @pytest.mark.parametrize("data", [{"secret": "short", "wait_ms": 700}, {"wait_ms": 5}, {"secret": "a" * 20}])
    def test_what_is_no_good_is_said(self, admin, source, data):
        assert 'role="alert"' in admin.post("/sources/arcade/coral/", data).content.decode()
        assert not ClientSettings.objects.exists()


class TestLately:
    def test_what_clients_were_told_is_shown(self, admin, source, key, client):
        client.post(f"{ANALYZE}?key={key}", b"{", content_type="text/plain")
        told = words(admin.get("/sources/arcade/"))
        assert "400 Perspective" in told
        assert "The body is not JSON" in told

    def test_a_flood_of_errors_is_counted_and_the_newest_are_kept(self, source, monkeypatch):
        for _ in range(50):
            client_errors.note(source, "openai", 400, "invalid_value", "input must not be empty")
        assert source.client_errors.count() == 1
        monkeypatch.setattr(client_errors, "EVERY", 0.0)
        client_errors.note(source, "openai", 400, "invalid_value", "input must not be empty")
        assert source.client_errors.order_by("-id")[0].times == 50
        monkeypatch.setattr(client_errors, "KEPT", 3)
        for number in range(5):
            client_errors.note(source, "openai", 400, f"code-{number}", "no")
        client_errors.forget_old()
        assert [each.code for each in source.client_errors.order_by("id")] == ["code-2", "code-3", "code-4"]

    def test_an_empty_source_says_what_will_be_here(self, admin, source):
        told = words(admin.get("/sources/arcade/"))
        assert "No token has been made yet" in told
        assert "None. What clients are refused" in told
        assert not Message.objects.exists()


class TestLimits:
    def test_a_token_gets_limits_and_loses_them(self, admin, source, key):
        token = ApiToken.objects.get()
        path = reverse("source-token-limits", args=["arcade", token.pk])
        save(admin, PAGE, path, {"messages_a_minute": "600", "text_a_minute": ""})
        token.refresh_from_db()
        assert (token.messages_a_minute, token.text_a_minute) == (600, None)
        assert "600 messages" in words(admin.get("/sources/arcade/"))
        assert AuditEntry.objects.get(verb="changed limits").details == {"changes": {"messages_a_minute": [None, 600]}}
        save(admin, PAGE, path, {"messages_a_minute": "", "text_a_minute": ""})
        token.refresh_from_db()
        assert token.messages_a_minute is None

    def test_a_limit_that_is_none_changes_nothing_and_says_so(self, admin, source, key):
        path = reverse("source-token-limits", args=["arcade", ApiToken.objects.get().pk])
        page = words(admin.post(path, {"messages_a_minute": "-1"}, follow=True))
        assert "stay as they were" in page
        assert ApiToken.objects.get().messages_a_minute is None

    def test_the_backlog_limit_is_set(self, admin, source):
        save(admin, PAGE, reverse("source-backlog", args=["arcade"]), {"backlog_limit": "5000"})
        source.refresh_from_db()
        assert source.backlog_limit == 5000

    def test_metrics_of_the_instance_are_not_one_sources_to_give(self, admin, sign_in, root, source):
        form = {"name": "prometheus", "scopes": ["metrics"]}
        path = reverse("source-token", args=["arcade"])
        admin.post(path, form)
        assert not ApiToken.objects.exists()
        sign_in(root).post(path, form)
        assert ApiToken.objects.get().scopes == ["metrics"]


class TestTwoAdmins:
    """Each has the page open; whoever saves second is told, and loses nothing that they typed."""

    def test_client_settings_of_the_first_stay(self, admin, source):
        path = "/sources/arcade/clients/"
        seen = {"version": version_in(admin.get("/sources/arcade/"), path)}
        assert admin.post(path, CLIENTS | seen).status_code == 302
        late = admin.post(path, CLIENTS | seen | {"origins": "https://late.example.org"})
        assert (late.status_code, "Somebody changed this" in words(late)) == (409, True)
        assert "https://late.example.org" in late.content.decode()
        assert ClientSettings.objects.get().origins == ["https://news.example.org", "http://localhost:3000"]
        again = CLIENTS | {"version": version_in(late, path), "origins": "https://late.example.org"}
        assert admin.post(path, again).status_code == 302
        assert ClientSettings.objects.get().origins == ["https://late.example.org"]

    def test_limits_of_the_first_stay(self, admin, source, key):
        token = reverse("source-token-limits", args=["arcade", ApiToken.objects.get().pk])
        backlog = reverse("source-backlog", args=["arcade"])
        page = admin.get("/sources/arcade/")
        seen = {path: {"version": version_in(page, path)} for path in (token, backlog)}
        admin.post(token, {"messages_a_minute": "600"} | seen[token])
        admin.post(backlog, {"backlog_limit": "5000"} | seen[backlog])
        assert "stay as they were" in words(admin.post(token, {"messages_a_minute": "1"} | seen[token], follow=True))
        assert admin.post(backlog, {"backlog_limit": "1"} | seen[backlog]).status_code == 409
        source.refresh_from_db()
        assert (ApiToken.objects.get().messages_a_minute, source.backlog_limit) == (600, 5000)
