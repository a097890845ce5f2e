"""What a token may send a minute holds at every door, and each door says so in its own words."""

import json

import pytest
from django.core.cache import cache

from review.intake.backlog import counted
from review.intake.dropin.coral_views import Signer
from review.models import ApiToken, ClientError, Message, Source
from tests.dropin.conftest import ANALYZE
from tests.dropin.test_coral import SECRET, send

MODERATIONS = "/v1/moderations"
SUGGEST = "/v1alpha1/comments:suggestscore"
SUGGESTED = {"comment": {"text": "hello"}, "attributeScores": {"TOXICITY": {"summaryScore": {"value": 1}}}}
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


@pytest.mark.usefixtures("judging")
def test_coral_has_a_limit_and_sheds_load_as_well(source, settings_of, monkeypatch):
    settings_of(coral_secrets=[SECRET])
    cache.clear()
    monkeypatch.setattr(Signer.__init__, "__defaults__", (1, 1_000))
    assert send().status_code == 200
    refused = send({"comment": {"body": "again", "parentID": None}})
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "too_many_requests")
    assert int(refused["Retry-After"]) > 1
    assert Message.objects.count() == ClientError.objects.filter(status=429).count() == 1
    Source.objects.update(backlog_limit=0)
    counted.forget()
    refused = send()
    assert (refused.status_code, refused.json()["error"]["code"]) == (503, "unavailable")
    assert int(refused["Retry-After"]) >= 1


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
    assert answer.count("Retry-After: ") == 1
    assert answer.count("RateLimit-Limit: 1") == 2


def test_each_input_counts_and_its_text(post, judging):
    cache.clear()
    ApiToken.objects.update(messages_a_minute=10, text_a_minute=1_000_000)
    passed = post(MODERATIONS, {"input": ["hello"] * 9})
    assert (passed["RateLimit-Limit"], passed["RateLimit-Remaining"]) == ("10", "1")
    assert post(MODERATIONS, {"input": ["hello"] * 9}).status_code == 429
    assert len(judging.batches) == 1
    assert "RateLimit-Remaining" in post(ANALYZE, PERSPECTIVE_BODY)


def test_the_text_that_was_read_counts_whatever_length_is_announced(post, judging):
    cache.clear()
    ApiToken.objects.update(text_a_minute=100)
    assert post(MODERATIONS, {"input": "a" * 90}).headers["RateLimit-Remaining"] == "10"
    assert post(MODERATIONS, {"input": "a" * 90}).status_code == 429


@pytest.mark.usefixtures("judging")
@pytest.mark.parametrize("path", [ANALYZE, MODERATIONS, SUGGEST])
def test_doors_that_store_shed_load_as_the_rest_api_does(post, source, settings_of, path):
    settings_of(store=True, trust_suggestions=True)
    Source.objects.update(backlog_limit=0)
    counted.forget()
    bodies = {ANALYZE: PERSPECTIVE_BODY, MODERATIONS: {"input": "hello"}, SUGGEST: SUGGESTED}
    refused = post(path, bodies[path])
    assert (refused.status_code, refused["Retry-After"]) == (503, "60")
    assert refused.json()["error"]["message"] == "Too many messages wait to be judged"
    assert not Message.objects.exists()
    settings_of(store=False, trust_suggestions=False)
    assert post(path, bodies[path]).status_code == 200
