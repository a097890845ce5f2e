"""The real web server: bodies in chunks, without a length, and ids as clients send them."""

import json
from urllib.parse import quote

import httpx
import pytest
from django.conf import settings

from review.models import ApiToken, Message
from tests.intake.conftest import assert_error
from tests.rows import make_source

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def client(server, transactional_db):
    token = ApiToken.issue(make_source(), "tests", ["ingest", "read"])
    with httpx.Client(base_url=f"{server}/api/v1", headers={"Authorization": f"Bearer {token}"}, timeout=30) as client:
        yield client


class Answer(dict):
    """What `assert_error` looks at, of an httpx response."""

    def __init__(self, response):
        super().__init__(response.headers)
        self.status_code, self.json = response.status_code, response.json
        self["Content-Type"] = response.headers["content-type"]


def chunked(body, size=1_000):
    """An iterator body makes httpx send chunks and no length."""
    return (body[start : start + size] for start in range(0, len(body), size))


def post(client, body):
    return client.post("/messages", content=body, headers={"Content-Type": "application/json"})


def test_a_chunked_array_is_read_to_its_end(client):
    rows = [{"id": str(number), "text": f"message {number} " * 20} for number in range(500)]
    response = post(client, chunked(json.dumps(rows).encode()))
    assert "content-length" not in response.request.headers
    assert response.status_code == 202
    assert response.json()["accepted"] == 500
    assert Message.objects.count() == 500


def test_a_chunked_object_is_read_too(client):
    assert post(client, chunked(b'{"id": "1", "text": "hello"}', 3)).json()["accepted"] == 1


def test_a_body_with_its_length_is_read_as_ever(client):
    assert client.post("/messages", json={"id": "1", "text": "hello"}).json()["accepted"] == 1


def test_no_body_at_all_is_malformed(client):
    assert_error(Answer(client.post("/messages", headers={"Content-Type": "application/json"})), 400, "malformed")


def test_endless_chunks_are_refused(client):
    body = chunked(b"[" + b" " * settings.DATA_UPLOAD_MAX_MEMORY_SIZE + b"]", 1 << 20)
    try:
        response = post(client, body)
    except httpx.WriteError:
        return  # the server hung up while we were still sending: refused as well
    assert_error(Answer(response), 413, "too_large")


@pytest.mark.parametrize("external_id", ["a/b/c", "a//b", "100% sure?", "naïve 日本#1", "%2F", "two\nlines"])
def test_an_id_comes_back_by_its_encoded_address(client, external_id):
    client.post("/messages", json={"id": external_id, "text": "hello"})
    response = client.get(f"/messages/{quote(external_id, safe='')}")
    assert (response.status_code, response.json()["id"]) == (200, external_id)


def test_errors_before_the_api_are_json_too(client):
    assert_error(Answer(client.get("/stats", headers={"Host": "evil.example"})), 400, "malformed")
    assert_error(Answer(client.put("/messages")), 405, "method_not_allowed")
    assert_error(Answer(client.get("/nothing")), 404, "not_found")
