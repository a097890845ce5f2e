"""Every door of the OpenAPI document: what no token, a wrong one, a revoked one and a wrong scope are answered."""

import json
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from review.intake.api import api
from review.models import ApiToken, Appeal, ClientError, Message, Report, Scope, ScratchText
from tests.rows import make_message, make_source

TEXT = {"comment": {"text": "hello"}}
SUGGESTED = {"TOXICITY": {"summaryScore": {"value": 1}}}
PART = (
    "--frontier\r\nContent-Type: application/http\r\n\r\nPOST /v1alpha1/comments:{name} HTTP/1.1\r\n"
    "Content-Type: application/json\r\n\r\n{body}\r\n--frontier--\r\n"
)
REST = {
    ("post", "/api/v1/messages"): (["ingest"], {"id": "1", "text": "hello"}),
    ("post", "/api/v1/messages/upload"): (["ingest"], b'{"id": "1", "text": "hello"}\n'),
    ("get", "/api/v1/messages/{external_id}"): (["read"], None),
    ("get", "/api/v1/outcomes"): (["read"], None),
    ("get", "/api/v1/verdicts"): (["read"], None),
    ("get", "/api/v1/rules"): (["read"], None),
    ("get", "/api/v1/stats"): (["read"], None),
    ("post", "/api/v1/reports"): (["ingest"], {"message_id": "theirs", "reporter": "wren"}),
    ("post", "/api/v1/appeals"): (["ingest"], {"message_id": "theirs", "reason": "It was a quotation."}),
}
DROP_IN = {
    ("post", "/v1/moderations"): (["ingest", "score"], {"input": "hello"}),
    ("post", "/v1alpha1/comments:analyze"): (["ingest", "score"], TEXT | {"requestedAttributes": {"TOXICITY": {}}}),
    ("post", "/v1alpha1/comments:suggestscore"): (["ingest"], TEXT | {"attributeScores": SUGGESTED}),
}
WITHOUT_TOKEN = {("post", "/api/v1/coral"), ("get", "/$discovery/rest")}
BATCH = ("post", "/batch")
"""Its parts are calls of their own, and so are their errors."""
DOORS = REST | DROP_IN
"""Method and path to the scopes of which a token needs one, and what is sent."""


def knock(door, key=None):
    method, path = door
    _, body = DOORS[door]
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    path = path.replace("{external_id}", "theirs")
    client = Client(raise_request_exception=False)
    if isinstance(body, bytes):
        return client.post(path, {"file": SimpleUploadedFile("a.jsonl", body)}, headers=headers)
    sent = {} if body is None else {"data": body, "content_type": "application/json"}
    return getattr(client, method)(path, headers=headers, **sent)


def nothing_came_of_it():
    return not any(each.objects.exists() for each in (Message, Report, Appeal, ScratchText))


def test_no_door_is_missing_here():
    documented = {(method, path) for path, each in api.get_openapi_schema()["paths"].items() for method in each}
    assert documented == {*DOORS, *WITHOUT_TOKEN, BATCH}


@pytest.mark.parametrize("door", DOORS)
def test_without_a_valid_token_it_is_401(source, door):
    revoked = ApiToken.issue(source, "revoked", list(Scope))
    ApiToken.objects.update(revoked_at=timezone.now())
    for key in (None, "md_wrong", revoked):
        assert knock(door, key).status_code == 401
    assert nothing_came_of_it()


@pytest.mark.parametrize("door", DOORS)
def test_without_the_scope_it_is_403_and_the_source_is_told(source, door):
    needed, _ = DOORS[door]
    others = [each for each in Scope if each not in needed]
    assert knock(door, ApiToken.issue(source, "others", others)).status_code == 403
    assert nothing_came_of_it()
    error = ClientError.objects.get()
    assert (error.source, error.status) == (source, 403)


@pytest.mark.parametrize("scopes", [None, ["read"]])
@pytest.mark.parametrize("name", ["analyze", "suggestscore"])
def test_the_parts_of_a_batch_are_refused_one_by_one(source, name, scopes):
    key = ApiToken.issue(source, "a", scopes) if scopes else "md_wrong"
    _, body = DOORS["post", f"/v1alpha1/comments:{name}"]
    response = Client().generic(
        "POST",
        "/batch",
        PART.format(name=name, body=json.dumps(body)).encode(),
        content_type="multipart/mixed; boundary=frontier",
        headers={"Authorization": f"Bearer {key}"},
    )
    assert response.status_code == 200
    assert re.findall(rb"HTTP/1.1 (\d+)", response.content) == [b"403" if scopes else b"401"]
    assert nothing_came_of_it()


def test_coral_without_a_secret_is_401(source):
    assert Client().post("/api/v1/coral", {}, content_type="application/json").status_code == 401


@pytest.mark.parametrize(
    "door",
    [
        ("get", "/api/v1/messages/{external_id}"),
        ("post", "/api/v1/reports"),
        ("post", "/api/v1/appeals"),
    ],
)
def test_the_messages_of_another_source_are_not_there(source, door):
    make_message(make_source("harbour"), external_id="theirs")
    assert knock(door, ApiToken.issue(source, "ours", list(Scope))).status_code == 404
    assert not Report.objects.exists()
    assert not Appeal.objects.exists()
