"""POST reports."""

import pytest

from review.erasure.messages import erase
from review.models import ApiToken, Case, Message, Pending, Report, Rule
from tests.intake.conftest import assert_error
from tests.rows import make_message, make_source

pytestmark = pytest.mark.django_db
BODY = {"message_id": "a/1", "reporter": "wren", "reason": "insults", "illegal": True, "place": "AT", "contact": "w@x"}


@pytest.fixture
def message(source):
    return make_message(source, external_id="a/1")


def test_a_report_is_kept_and_answered_with_its_state(call, message):
    response = call("post", "/reports", BODY)
    assert response.status_code == 202
    assert response.json() == {"message_id": "a/1", "state": "in_review", "duplicate": False}
    assert call("post", "/reports", BODY).json()["duplicate"] is True
    report = Report.objects.get()
    assert (report.reason, report.illegal, report.place, report.contact) == ("insults", True, "AT", "w@x")
    assert call("get", "/messages/a/1").json()["state"] == "in_review"


def test_a_text_that_was_never_sent_becomes_one_message_that_the_model_never_draws(call, source):
    for reporter in ("wren", "finch"):
        answer = call("post", "/reports", {"text": "you are dirt", "reporter": reporter}).json()
        assert answer["state"] == "in_review"
    message = Message.objects.get()
    assert (message.text, message.external_id) == ("you are dirt", answer["message_id"])
    assert Case.objects.get().reason == "report"
    assert not Pending.objects.exists()
    assert call("get", f"/messages/{answer['message_id']}").json()["state"] == "in_review"


@pytest.mark.parametrize(
    "change",
    [
        {"message_id": None},
        {"text": "both"},
        {"reporter": ""},
        {"reporter": "x" * 201},
        {"reporter": "nul\0"},
        {"reason": "x" * 2001},
        {"illegal": "perhaps"},
        {"contact": "\ud800"},
        {"rule": 10**20},
        {"rule": 4711},
    ],
)
def test_a_wrong_one_is_refused(call, message, change):
    body = {name: value for name, value in (BODY | change).items() if value is not None}
    assert_error(call("post", "/reports", body), 422, "invalid")
    assert not Report.objects.exists()


def test_it_may_name_a_rule_of_its_source(call, source, message):
    rule = Rule.objects.create(source=source, position=1)
    elsewhere = Rule.objects.create(source=make_source("elsewhere"), position=1)
    assert_error(call("post", "/reports", BODY | {"rule": elsewhere.pk}), 422, "invalid")
    assert call("post", "/reports", BODY | {"rule": rule.pk}).status_code == 202
    assert Report.objects.get().rule == rule


def test_what_is_no_object_is_refused(call):
    assert_error(call("post", "/reports", [BODY]), 422, "invalid")
    assert_error(call("post", "/reports", b"{"), 400, "malformed")


def test_another_sources_message_is_not_found(call, message):
    other = ApiToken.issue(make_source("elsewhere"), "tests", ["ingest"])
    assert_error(call("post", "/reports", BODY, token=other), 404, "not_found")
    assert_error(call("post", "/reports", BODY | {"message_id": "a/2"}), 404, "not_found")


def test_it_needs_the_scope(call, source, message):
    assert_error(call("post", "/reports", BODY, token=ApiToken.issue(source, "r", ["read"])), 403, "forbidden")


def test_reports_count_against_the_tokens_minute(call, source, message):
    token = ApiToken.issue(source, "slow", ["ingest"])
    ApiToken.objects.filter(name="slow").update(messages_a_minute=1)
    assert call("post", "/reports", BODY, token=token).status_code == 202
    assert_error(call("post", "/reports", BODY, token=token), 429, "too_many_requests")


def test_a_text_that_was_erased_is_looked_at_anew_when_it_is_reported_again(call, source):
    body = {"text": "you are dirt", "reporter": "wren"}
    first = call("post", "/reports", body).json()["message_id"]
    erase([Message.objects.get(external_id=first).pk])
    again = call("post", "/reports", body).json()
    assert (again["state"], again["duplicate"]) == ("in_review", False)
    assert again["message_id"] != first
    assert Case.objects.get(state="open").messages.get().text == "you are dirt"
    assert call("post", "/reports", body).json() == again | {"duplicate": True}
    assert_error(call("post", "/reports", {"message_id": first, "reporter": "wren"}), 404, "not_found")
