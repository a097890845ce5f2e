"""POST messages/upload: a multipart file of CSV or JSON lines, answered as an array is."""

import gzip

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from review.models import Message
from tests.intake.conftest import assert_error

CSV = "id;text;author\r\n1;'one'\r\n2;two;wren;more\r\n"


@pytest.fixture
def upload(token):
    client = Client(raise_request_exception=False)

    def post(name, content, kind="application/octet-stream", field="file"):
        content = content.encode() if isinstance(content, str) else content
        file = SimpleUploadedFile(name, content, content_type=kind)
        return client.post(
            "/api/v1/messages/upload", {field: file, "note": "x"}, headers={"Authorization": f"Bearer {token}"}
        )

    return post


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("chat.csv", CSV, "application/octet-stream"),
        ("chat.CSV.gz", gzip.compress(CSV.encode(), mtime=0), "application/gzip"),
        ("chat", CSV.encode("utf-16"), "text/csv"),
    ],
)
def test_csv_is_answered_as_an_array_is(upload, name, content, kind):
    response = upload(name, content, kind)
    assert response.status_code == 202
    assert response.json() == {
        "accepted": 1,
        "duplicates": 0,
        "rejected": [
            {
                "index": 1,
                "id": "2",
                "line": 3,
                "error": {
                    "code": "malformed",
                    "message": "4 cells, but the header has 3: is a quote missing?",
                },
            }
        ],
        "rejected_total": 1,
    }
    assert Message.objects.get().text == "'one'"


def test_json_lines_are_taken_too(upload):
    assert upload("chat.jsonl", '{"id": "1", "text": "x"}\n').json()["accepted"] == 1


@pytest.mark.parametrize(
    ("name", "content", "refusal", "reason"),
    [
        (
            "chat.jsonl.gz",
            gzip.compress((b" " * 3_999 + b"\n") * 10_000, mtime=0),
            (413, "too_large"),
            "unfolds to more than is taken",
        ),
        ("chat.csv", 'id,text\n1,x\n2,"open\n', (400, "malformed"), "line 3: a quote opens here"),
        ("chat.csv", "a,b\n", (400, "malformed"), "has 'a', 'b'"),
        ("chat.jsonl.gz", b"nonsense", (400, "malformed"), "not gzip"),
        ("chat.xlsx", b"PK", (422, "invalid"), "neither .jsonl nor .csv"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(upload, name, content, refusal, reason):
    assert reason in assert_error(upload(name, content), *refusal)["message"]


def test_the_file_is_needed(upload, call):
    assert_error(upload("chat.csv", CSV, field="other"), 422, "invalid")
    assert_error(call("post", "/messages/upload", {"file": "x"}), 415, "unsupported_media_type")


def test_a_broken_form_is_malformed(token):
    client = Client(raise_request_exception=False)
    for kind in ("multipart/form-data", "multipart/form-data; boundary=\N{FROG FACE}"):
        response = client.post(
            "/api/v1/messages/upload", b"x", content_type=kind, headers={"Authorization": f"Bearer {token}"}
        )
        assert_error(response, 400, "malformed")


def test_a_message_may_be_called_upload(call):
    call("post", "/messages", {"id": "upload", "text": "x"})
    assert call("get", "/messages/upload").json()["id"] == "upload"
