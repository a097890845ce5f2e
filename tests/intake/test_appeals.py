"""POST appeals, and the statement in GET messages."""

import pytest

from review.models import ApiToken, Appeal, Case
from tests.enforcement.test_statements import automatic
from tests.intake.conftest import assert_error
from tests.rows import make_message, make_source

pytestmark = pytest.mark.django_db
BODY = {"message_id": "a/1", "reason": "it was a quotation", "contact": "k@example.org"}


@pytest.fixture
def message(source):
    message = make_message(source, external_id="a/1")
    automatic(message)
    return message


def test_a_statement_comes_with_the_outcome(call, message, source):
    statement = call("get", "/messages/a/1").json()["outcome"]["statement"]
    assert statement["found_by"] == "automation" and statement["automated_decision"] == "fully"
    assert statement["appeal_until"] > statement["starts_at"]
    free = make_message(source, external_id="a/2")
    automatic(free, "allow")
    assert call("get", "/messages/a/2").json()["outcome"]["statement"] is None


def test_an_appeal_is_kept_and_answered_with_its_state(call, message):
    response = call("post", "/appeals", BODY)
    assert response.status_code == 202
    answer = response.json()
    assert (answer["message_id"], answer["state"], answer["answer"], answer["duplicate"]) == (
        "a/1",
        "open",
        None,
        False,
    )
    assert answer["url"] == call("get", "/messages/a/1").json()["outcome"]["statement"]["appeal_url"]
    assert call("post", "/appeals", BODY | {"reason": "again"}).json()["duplicate"] is True
    appeal = Appeal.objects.get()
    assert (appeal.reason, appeal.contact) == ("it was a quotation", "k@example.org")
    assert Case.objects.get().reason == "appeal"
    assert call("get", "/messages/a/1").json()["state"] == "in_review"


@pytest.mark.parametrize(
    "change",
    [
        {"message_id": None},
        {"message_id": ""},
        {"reason": None},
        {"reason": ""},
        {"reason": "x" * 2001},
        {"reason": "nul\0"},
        {"contact": "\ud800"},
        {"contact": "x" * 201},
    ],
)
def test_a_wrong_one_is_refused(call, message, change):
    body = {name: value for name, value in (BODY | change).items() if value is not None}
    assert_error(call("post", "/appeals", body), 422, "invalid")
    assert not Appeal.objects.exists()


def test_what_is_no_object_is_refused(call):
    assert_error(call("post", "/appeals", [BODY]), 422, "invalid")
    assert_error(call("post", "/appeals", b"{"), 400, "malformed")


def test_where_nothing_is_restricted_there_is_nothing_to_appeal_against(call, source):
    make_message(source, external_id="a/1")
    assert_error(call("post", "/appeals", BODY), 409, "conflict")


def test_another_sources_message_is_not_found(call, message):
    other = ApiToken.issue(make_source("elsewhere"), "tests", ["ingest"])
    assert_error(call("post", "/appeals", BODY, token=other), 404, "not_found")


def test_it_needs_the_scope(call, source, message):
    assert_error(call("post", "/appeals", BODY, token=ApiToken.issue(source, "r", ["read"])), 403, "forbidden")


def test_appeals_count_against_the_tokens_minute(call, source, message):
    token = ApiToken.issue(source, "slow", ["ingest"])
    ApiToken.objects.filter(name="slow").update(messages_a_minute=1)
    assert call("post", "/appeals", BODY, token=token).status_code == 202
    assert_error(call("post", "/appeals", BODY, token=token), 429, "too_many_requests")
