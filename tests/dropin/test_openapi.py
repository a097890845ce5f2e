"""The OpenAPI document has every door, and its examples are what the doors take and give."""

import hashlib
import hmac
import json

import pytest
from django.test import Client

from review.intake.dropin.openapi import paths
from review.models import ClientSettings


@pytest.fixture
def document(client, stack):
    return client.get("/api/v1/openapi.json").json()


def example_of(operation):
    return operation["requestBody"]["content"]["application/json"]["example"]


def test_every_door_is_there_and_every_answer_has_an_example(document):
    assert set(paths()) <= set(document["paths"])
    for operations in paths().values():
        for operation in operations.values():
            assert operation["summary"]
            for status, answer in operation["responses"].items():
                if status not in ("204", "401", "405") and "application/json" in answer.get("content", {}):
                    assert "schema" in answer["content"]["application/json"]


def test_every_way_of_access_is_described(document):
    named = {name for each in paths().values() for one in each.values() for ways in one["security"] for name in ways}
    assert named <= set(document["components"]["securitySchemes"])


@pytest.mark.usefixtures("judging")
@pytest.mark.parametrize("path", ["/v1/moderations", "/v1alpha1/comments:analyze", "/v1alpha1/comments:suggestscore"])
def test_an_example_is_answered_in_the_shape_of_its_example(post, document, path):
    operation = document["paths"][path]["post"]
    response = post(path, example_of(operation))
    assert response.status_code == 200, response.content
    shown = operation["responses"]["200"]["content"]["application/json"]["example"]
    assert shape(response.json()) == shape(shown)


@pytest.mark.usefixtures("judging")
def test_corals_example_passes(document, source):
    ClientSettings.objects.create(source=source, coral_secrets=["coral_1234567890"])
    body = json.dumps(example_of(document["paths"]["/api/v1/coral"]["post"])).encode()
    signature = hmac.new(b"coral_1234567890", body, hashlib.sha256).hexdigest()
    response = Client().generic("POST", "/api/v1/coral", body, headers={"X-Coral-Signature": f"sha256={signature}"})
    assert response.status_code == 204


@pytest.mark.usefixtures("judging")
def test_the_example_of_a_batch_is_one(document, key):
    batch = document["paths"]["/batch"]["post"]["requestBody"]["content"]["multipart/mixed"]["example"]
    body = batch.replace("md_YOUR_TOKEN", key).encode()
    response = Client().generic("POST", "/batch", body, content_type="multipart/mixed; boundary=frontier")
    assert b"HTTP/1.1 200 OK" in response.content


def test_limits_and_what_clients_send_besides_are_described(document):
    posts = {path: document["paths"][path]["post"] for path in paths() if "post" in document["paths"][path]}
    for path in ("/v1/moderations", "/v1alpha1/comments:analyze", "/v1alpha1/comments:suggestscore", "/api/v1/coral"):
        for status in ("429", "503"):
            assert "Retry-After" in posts[path]["responses"][status]["headers"], (path, status)
    assert "RateLimit-Remaining" in posts["/v1/moderations"]["responses"]["200"]["headers"]
    asked = posts["/v1alpha1/comments:analyze"]["requestBody"]["content"]["application/json"]["schema"]["properties"]
    assert {"context", "clientToken"} <= set(asked)


def shape(value):
    """Names and types, without values."""
    if isinstance(value, dict):
        return {name: shape(each) for name, each in value.items()}
    if isinstance(value, list):
        return [shape(each) for each in value[:1]]
    return float if isinstance(value, int | float) and not isinstance(value, bool) else type(value)
