"""What clients of the REST API are refused, and why, is on record for the page of the source, and nothing they sent."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError
from django.test import Client

from review.intake import backlog, client_errors
from review.models import ClientError
from tests.rows import make_message, make_pending

MARK = "zxqvjkwpyf"


@pytest.fixture(autouse=True)
def _fresh():
    client_errors._last.clear()
    backlog.counted.forget()
    yield
    backlog.counted.forget()


def noted():
    return [(each.status, each.code, each.message) for each in ClientError.objects.order_by("id")]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"{", (400, "malformed", "The body is not JSON")),
        ({"id": "old", "text": MARK}, (409, "conflict", "This id already stands for another text")),
        ({"id": "1"}, (422, "invalid", "text: is required")),
        ([{"id": "1"}, {"id": MARK, "text": ""}], (202, "invalid", "2 rows rejected")),
    ],
)
def test_what_is_sent_and_refused(call, source, body, expected):
    make_message(source, "hello", external_id="old")
    call("post", "/messages", body)
    [(status, code, message)] = noted()
    assert (status, code) == expected[:2]
    assert message.startswith(expected[2])
    assert MARK not in message
    assert ClientError.objects.get().door == "rest"


def test_load_that_is_shed(call, source):
    make_pending(source)
    source.backlog_limit = 1
    source.save(update_fields=["backlog_limit"])
    assert call("post", "/messages", {"id": "1", "text": "hello"}).status_code == 503
    assert noted() == [(503, "unavailable", "Too many messages wait to be judged")]


@pytest.mark.parametrize(
    ("path", "code"), [("/outcomes?limit=0", "invalid"), ("/verdicts?cursor=x", "invalid"), ("/stats?x=1", None)]
)
def test_what_is_asked_for_and_refused(call, path, code):
    call("get", path)
    assert [each[1] for each in noted()] == ([code] if code else [])


def test_that_a_message_is_not_there_is_an_answer_and_no_error(call):
    assert call("get", "/messages/x").status_code == 404
    assert noted() == []
    assert call("post", "/appeals", {"message_id": "x", "reason": "no"}).status_code == 404
    assert noted() == [(404, "not_found", "This source has no message of that id")]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (f"{MARK}.txt", b"x"),
        ("a.csv", f"{MARK},other\n1,2\n".encode()),
        ("a.csv", f"id,text,{MARK},{MARK}\n".encode()),
    ],
)
def test_nothing_of_a_file_is_kept(token, name, content):
    client, headers = Client(), {"Authorization": f"Bearer {token}"}
    response = client.post("/api/v1/messages/upload", {"file": SimpleUploadedFile(name, content)}, headers=headers)
    assert response.status_code in (400, 422)
    assert MARK in response.content.decode()
    [(_, _, message)] = noted()
    assert MARK not in message


@pytest.mark.parametrize("kind", [f"text/{MARK}", "multipart/form-data"])
def test_nothing_of_a_header_is_kept(token, kind):
    headers = {"Authorization": f"Bearer {token}", "Content-Encoding": MARK}
    assert Client().generic("POST", "/api/v1/messages", b"{}", content_type=kind, headers=headers).status_code == 415
    assert MARK not in repr(noted())


def test_an_error_that_cannot_be_written_down_is_answered_all_the_same(call, monkeypatch):
    def fail(*args, **kwargs):
        raise DatabaseError(MARK)

    monkeypatch.setattr(ClientError, "save", fail)
    assert call("post", "/messages", b"{").status_code == 400
