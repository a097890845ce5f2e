"""Coral's external moderation phase: signed, stored, and answered with what Coral does."""

import hashlib
import hmac
import json

import pytest
from django.test import Client

from review.intake import waiting
from review.intake.dropin.coral import without_tags
from review.models import Case, ClientError, Message, Outcome, Pending, Policy
from tests.dropin.conftest import error_of
from tests.rows import make_source

SECRET, OLD = "coral_1234567890", "coral_0987654321"
SENT = {
    "action": "NEW",
    "comment": {"body": "<div>you are <b>awful</b><br>&amp; mean</div>", "parentID": "c-0"},
    "author": {"id": "a-1", "role": "COMMENTER"},
    "story": {"id": "s-1", "url": "https://news.example.org/1"},
    "site": {"id": "site-1"},
    "tenantID": "t-1",
    "tenantDomain": "coral.example.org",
}
TOXIC = [{"actionType": "FLAG", "reason": "COMMENT_DETECTED_TOXIC"}]


def sign(body, *secrets):
    return ",".join(f"sha256={hmac.new(each.encode(), body, hashlib.sha256).hexdigest()}" for each in secrets)


def send(change=None, *, secrets=(SECRET,), header=None, path="/api/v1/coral"):
    body = json.dumps(SENT | (change or {}), indent=2).encode()
    headers = {"X-Coral-Signature": sign(body, *secrets) if header is None else header}
    client = Client(raise_request_exception=False)
    return client.generic("POST", path, body, content_type="application/json", headers=headers)


@pytest.fixture(autouse=True)
def settings(settings_of):
    return settings_of(coral_secrets=[SECRET])


def with_rung(source, action, at=0.5):
    ladders = {"default": [{"at": 0.0, "action": "allow"}, {"at": at, "action": action}]}
    Policy.objects.create(
        source=source, version=2, ladders=ladders, audit_rate=0, default_actions={"default": "remove"}
    )


@pytest.mark.usefixtures("judging")
class TestAnswer:
    def test_what_the_policy_lets_pass_is_left_to_coral(self):
        response = send({"comment": {"body": "hello", "parentID": None}})
        assert (response.status_code, response.content) == (204, b"")
        assert Outcome.objects.get().action == "allow"

    def test_what_is_borderline_waits_for_a_moderator_here_and_there(self):
        response = send()
        assert response.json() == {"status": "PREMOD", "actions": TOXIC}
        assert "policy=1" in response["Moddog-Version"]
        assert Case.objects.get().reason == "borderline"

    def test_what_is_hidden_is_withheld(self, source):
        with_rung(source, "hide")
        assert send().json() == {"status": "SYSTEM_WITHHELD", "actions": TOXIC}

    def test_what_is_removed_is_rejected_with_the_reason(self, source):
        with_rung(source, "remove")
        answer = send().json()
        reason = answer["moderationAction"]["rejectionReason"]
        assert (answer["status"], answer["moderationAction"]["status"], reason["code"]) == (
            "REJECTED",
            "REJECTED",
            "OFFENSIVE",
        )
        assert "version 2" in reason["detailedExplanation"]
        assert Outcome.objects.get().action == "remove"

    def test_another_script_goes_to_people_and_is_called_nothing(self):
        assert send({"comment": {"body": "совершенно другой язык"}}).json() == {"status": "PREMOD"}

    def test_what_the_model_cannot_read_goes_to_people(self):
        assert send({"comment": {"body": "poison"}}).json() == {"status": "PREMOD"}
        assert Case.objects.get().reason == "failure"

    def test_comment_author_story_and_parent_are_kept(self):
        send()
        kept = Message.objects.get()
        assert kept.text == "you are awful\n& mean"
        assert (kept.author, kept.thread, kept.channel) == ("a-1", "s-1", "site-1")
        assert kept.metadata["coral"] == {
            "action": "NEW",
            "parent": "c-0",
            "role": "COMMENTER",
            "story_url": "https://news.example.org/1",
        }

    def test_the_same_comment_again_is_the_same_message_and_an_edit_is_another(self):
        send()
        send()
        assert Message.objects.count() == 1
        send({"action": "EDIT", "comment": {"body": "you are nice", "parentID": "c-0"}})
        assert [each.metadata["coral"]["action"] for each in Message.objects.order_by("id")] == ["NEW", "EDIT"]


class TestSignature:
    @pytest.mark.parametrize("header", ["", "sha256=", "sha256=00", "sha1=abc", "sha256=é"])
    def test_without_a_good_one_nothing_happens(self, header):
        error_of(send(header=header), 401)
        assert not Message.objects.exists()

    def test_one_by_another_secret_is_none(self):
        error_of(send(secrets=(OLD,)), 401)
        assert not Message.objects.exists()

    @pytest.mark.usefixtures("judging")
    def test_while_coral_rotates_its_secret_either_will_do(self, settings):
        assert send(secrets=(OLD, SECRET)).status_code == 200
        settings.coral_secrets = [OLD, SECRET]
        settings.save(update_fields=["coral_secrets"])
        assert send(secrets=(OLD,)).status_code == 200

    @pytest.mark.usefixtures("judging")
    def test_it_says_whose_comment_it_is(self, source):
        make_source("book-club")
        send()
        assert Message.objects.get().source == source

    def test_it_covers_the_whole_body(self):
        body = json.dumps(SENT).encode()
        headers = {"X-Coral-Signature": sign(body, SECRET)}
        response = Client().generic("POST", "/api/v1/coral", body + b" ", headers=headers)
        assert response.status_code == 401


@pytest.mark.parametrize(
    "change",
    [
        {"action": "DELETE"},
        {"comment": {"body": "<div><br></div>"}},
        {"comment": {"body": 3}},
        {"comment": "text"},
        {"author": {"id": 3}},
        {"author": {"id": "a\0"}},
    ],
)
def test_what_is_no_comment_is_refused(change, source):
    error_of(send(change), 400)
    assert ClientError.objects.get().source == source
    assert not Message.objects.exists()


def test_not_in_time_a_moderator_looks_and_the_comment_is_judged_later(monkeypatch, settings_of):
    settings_of(coral_wait_ms=100)
    waited = []
    monkeypatch.setattr(waiting.waiting, "until_judged", lambda messages, seconds: waited.append(seconds))
    assert send().json() == {"status": "PREMOD"}
    assert 0 < waited[0] <= 0.1
    assert Pending.objects.count() == 1
    assert ClientError.objects.get().code == "NOT_IN_TIME"


def test_only_post(client):
    assert client.get("/api/v1/coral").status_code == 405
    assert send(path="/api/v1/coral/", header="").status_code == 401


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        ("I <3 you & a<b", "I <3 you & a<b"),
        ("<p>one</p><p>two</p>", "one\ntwo"),
        ("a &lt;b&gt; c", "a <b> c"),
        ('<a href="https://x.example">here</a>', "here"),
    ],
)
def test_markup_is_taken_off_and_plain_text_is_left(markup, words):
    assert without_tags(markup) == words
