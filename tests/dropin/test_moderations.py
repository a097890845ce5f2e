"""`POST /v1/moderations` in OpenAI's words."""

import pytest

from review.intake.dropin.openai import FIRST, OMNI
from review.models import AnsweredCount, Message, Policy, ScratchText
from tests.dropin.conftest import AWFUL, error_of

MODERATIONS = "/v1/moderations"
pytestmark = pytest.mark.usefixtures("judging")


def results(response):
    assert response.status_code == 200, response.content
    return response.json()["results"]


def test_a_string_has_one_result(post):
    response = post(MODERATIONS, {"input": "you are awful", "model": "omni-moderation-latest"})
    [result] = results(response)
    assert result["flagged"] is True
    assert set(result["categories"]) == set(result["category_scores"]) == set(OMNI)
    assert [name for name, flagged in result["categories"].items() if flagged] == ["harassment"]
    assert sum(result["category_scores"].values()) == pytest.approx(AWFUL)
    assert result["category_applied_input_types"]["hate"] == ["text"]
    assert result["category_applied_input_types"]["self-harm"] == []
    assert response.json()["id"].startswith("modr-")
    assert response.json()["model"] == f"nano@{'f' * 12}"
    assert "calibrator=1" in response["Moddog-Version"]
    assert not Message.objects.exists()
    assert not ScratchText.objects.exists()
    assert AnsweredCount.objects.get().door == "openai"


def test_a_list_has_a_result_for_each_in_order(post, judging):
    found = results(post(MODERATIONS, {"input": ["hello", "you are awful", "bye"]}))
    assert [each["flagged"] for each in found] == [False, True, False]
    assert len(judging.batches) == 1


def test_parts_are_one_text(post, judging):
    parts = [{"type": "text", "text": "you are"}, {"type": "text", "text": "awful"}]
    [result] = results(post(MODERATIONS, {"input": parts}))
    assert result["flagged"] is True
    assert judging.batches == [["you are\nawful"]]


def test_an_image_is_refused_where_it_stands(post):
    parts = [{"type": "text", "text": "look"}, {"type": "image_url", "image_url": {"url": "https://x.example/a.png"}}]
    error = error_of(post(MODERATIONS, {"input": parts}), 400)
    assert (error["type"], error["param"]) == ("invalid_request_error", "input[1].type")
    assert "image_url" in error["message"]


def test_the_older_vocabulary_has_its_names(post):
    [result] = results(post(MODERATIONS, {"input": "hello", "model": "text-moderation-latest"}))
    assert set(result["categories"]) == set(FIRST)
    assert "category_applied_input_types" not in result


def test_flagged_is_what_the_policy_does_not_let_pass(post, source):
    [result] = results(post(MODERATIONS, {"input": "you are awful"}))
    assert result["moddog"] == {"route": "review", "why": "supervised", "probability": pytest.approx(AWFUL)}
    lenient = {"default": [{"at": 0.0, "action": "allow"}, {"at": 0.99, "action": "review"}]}
    Policy.objects.create(
        source=source, version=2, ladders=lenient, audit_rate=0.05, default_actions={"default": "remove"}
    )
    [result] = results(post(MODERATIONS, {"input": "you are awful"}))
    assert (result["flagged"], any(result["categories"].values())) == (False, False)
    assert result["category_scores"]["harassment"] > 0.5


def test_what_is_no_plain_english_is_flagged_and_no_category_was_judged(post):
    [result] = results(post(MODERATIONS, {"input": "совершенно другой язык"}))
    assert (result["flagged"], result["moddog"]["why"]) == (True, "language")
    assert not any(result["categories"].values())
    assert not any(result["category_applied_input_types"].values())


def test_what_the_model_cannot_read_is_flagged_and_spoils_no_other(post):
    one, other = results(post(MODERATIONS, {"input": ["poison", "hello"]}))
    assert (one["flagged"], one["moddog"]["why"]) == (True, "failure")
    assert other["flagged"] is False


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"input": ""},
        {"input": []},
        {"input": ["a", ""]},
        {"input": 3},
        {"input": [3]},
        {"input": ["a", {"type": "text", "text": "b"}]},
        {"input": "a\0"},
        {"input": "a" * 100_001},
        {"input": ["a"] * 101},
    ],
)
def test_what_is_wrong_is_said_in_that_apis_words(post, body):
    error = error_of(post(MODERATIONS, body), 400)
    assert error["type"] == "invalid_request_error"
    assert error["param"].startswith("input")
    assert not ScratchText.objects.exists()


def test_relaxed_json_is_for_the_other_door(post):
    assert error_of(post(MODERATIONS, b"{input: 'hello'}"), 400)["type"] == "invalid_request_error"


def test_errors_of_access_and_address(post, client):
    assert error_of(post(MODERATIONS, {"input": "a"}, Authorization="Bearer no"), 401)["code"] == "invalid_api_key"
    assert error_of(post("/v1/chat/completions", {}), 404)["code"] == "unknown_url"
    assert error_of(client.get(MODERATIONS), 405)["type"] == "invalid_request_error"


def test_a_source_that_stores_has_messages(post, settings_of):
    settings_of(store=True)
    [result] = results(post(MODERATIONS, {"input": "you are awful"}))
    assert result["flagged"] is True
    assert Message.objects.get().text == "you are awful"
    assert not AnsweredCount.objects.exists()
    results(post(MODERATIONS, {"input": "you are awful"}))
    assert Message.objects.count() == 1
