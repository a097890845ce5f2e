"""Who may call the API, and how it says no."""

import pytest
from django.test import Client
from django.utils import timezone

from review.models import ApiToken, Message
from tests.intake.conftest import assert_error
from tests.rows import make_message, make_source

CALLS = [("post", "/messages"), ("get", "/messages/x"), ("get", "/stats")]


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_it_needs_a_token(db, method, path):
    response = getattr(Client(), method)(f"/api/v1{path}")
    assert_error(response, 401, "unauthorized")
    assert response["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    "value", ["", "Bearer", "Bearer ", "Basic eDp5", "Bearer md_wrong", "Bearer \xfc\xff", "x y z"]
)
def test_a_bad_token_is_refused(call, value):
    assert_error(call("post", "/messages", {"id": "1", "text": "x"}, Authorization=value), 401, "unauthorized")
    assert not Message.objects.exists()


def test_a_revoked_token_is_refused(call, token):
    ApiToken.objects.update(revoked_at=timezone.now())
    for method, path in CALLS:
        assert_error(call(method, path), 401, "unauthorized")


@pytest.mark.parametrize(
    ("scope", "method", "path"), [("read", *CALLS[0]), ("ingest", *CALLS[1]), ("ingest", *CALLS[2])]
)
def test_a_token_without_the_scope_is_refused(call, source, scope, method, path):
    limited = ApiToken.issue(source, "limited", [scope])
    assert_error(call(method, path, token=limited), 403, "forbidden")


def test_a_body_is_not_read_before_the_token_was(call):
    assert_error(call("post", "/messages", b"{", token="wrong"), 401, "unauthorized")


def test_the_messages_of_another_source_are_not_there(call):
    make_message(make_source("harbour"), external_id="theirs")
    assert_error(call("get", "/messages/theirs"), 404, "not_found")


def test_only_the_digest_of_a_token_is_kept(token):
    stored = ApiToken.objects.values_list("digest", "hint", "name").get()
    assert all(token not in repr(value) for value in stored)
    assert token.startswith(stored[1])


@pytest.mark.parametrize("path", ["/", "/nothing", "/messages/a/b?x=1", "/messages/"])
def test_unknown_addresses_answer_in_json(call, path):
    assert_error(call("get", path), 404, "not_found")


@pytest.mark.parametrize(("method", "path"), [("get", "/messages"), ("delete", "/messages/x"), ("put", "/stats")])
def test_wrong_methods_answer_in_json(call, method, path):
    response = call(method, path)
    assert_error(response, 405, "method_not_allowed")
    assert response["Allow"]


def test_a_wrong_host_answers_in_json(call):
    assert_error(call("get", "/stats", Host="evil.example"), 400, "malformed")


def test_a_failure_of_ours_answers_in_json_and_is_logged(call, monkeypatch, caplog):
    def fail(*_):
        raise RuntimeError("the secret of the house")

    monkeypatch.setattr("review.intake.api.find", fail)
    response = call("get", "/messages/x")
    assert_error(response, 500, "internal")
    assert b"secret" not in response.content
    assert "the secret of the house" in caplog.text


def test_pages_keep_their_own_errors(db, client):
    response = client.get("/no/such/page")
    assert response.status_code == 404
    assert response["Content-Type"].startswith("text/html")
