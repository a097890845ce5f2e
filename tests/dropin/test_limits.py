"""What a token may send a minute holds at every door, and each door says so in its own words."""

import json

import pytest
from django.core.cache import cache

from review.models import ApiToken
from tests.dropin.conftest import ANALYZE

MODERATIONS = "/v1/moderations"
PERSPECTIVE_BODY = {"comment": {"text": "hello"}, "requestedAttributes": {"TOXICITY": {}}}


@pytest.fixture
def limited(key: str) -> None:
    """One message a minute."""
    cache.clear()
    ApiToken.objects.update(messages_a_minute=1)


@pytest.mark.usefixtures("judging", "limited")
def test_perspective_answers_resource_exhausted(post):
    assert post(ANALYZE, PERSPECTIVE_BODY).status_code == 200
    refused = post(ANALYZE, PERSPECTIVE_BODY)
    assert (refused.status_code, refused.json()["error"]["status"]) == (429, "RESOURCE_EXHAUSTED")
    assert int(refused["Retry-After"]) > 1
    assert refused["RateLimit-Limit"] == "1"


@pytest.mark.usefixtures("judging", "limited")
def test_openai_answers_rate_limit_exceeded(post):
    assert post(MODERATIONS, {"input": "hello"}).status_code == 200
    refused = post(MODERATIONS, {"input": "hello"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "rate_limit_exceeded")


@pytest.mark.usefixtures("judging", "limited")
def test_of_a_batch_each_call_counts(post):
    part = (
        "Content-Type: application/http\r\nContent-ID: <{n}>\r\n\r\nPOST /v1alpha1/comments:analyze HTTP/1.1\r\n"
        "Content-Type: application/json\r\n\r\n" + json.dumps(PERSPECTIVE_BODY).replace("{", "{{").replace("}", "}}")
    )
    body = "".join(f"--b\r\n{part.format(n=number)}\r\n" for number in (1, 2)) + "--b--\r\n"
    answer = post("/batch", body.encode(), content_type="multipart/mixed; boundary=b").content.decode()
    assert answer.count("HTTP/1.1 200") == 1
    assert answer.count("HTTP/1.1 429") == 1
