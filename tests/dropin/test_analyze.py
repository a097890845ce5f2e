"""`comments:analyze`: scores, parts, thresholds, languages, and what is refused."""

import json

import pytest

from review.models import AnsweredCount, ClientError, Message, ModelVersion, ScratchText, Source
from tests.dropin.conftest import ANALYZE, AWFUL, error_of, type_of

pytestmark = pytest.mark.usefixtures("judging")


def value(response, attribute="TOXICITY"):
    return response.json()["attributeScores"][attribute]["summaryScore"]["value"]


def detail(response):
    return error_of(response, 400)["details"][0]["languageNotSupportedByAttributeError"]


def test_a_comment_is_scored_and_nothing_is_kept(analyze):
    response = analyze("you are awful", languages=["en"], clientToken="c-1")
    assert response.status_code == 200
    score = {"value": AWFUL, "type": "PROBABILITY"}
    assert response.json() == {
        "attributeScores": {
            "TOXICITY": {
                "spanScores": [{"begin": 0, "end": 13, "score": pytest.approx(score)}],
                "summaryScore": pytest.approx(score),
            }
        },
        "languages": ["en"],
        "detectedLanguages": ["en"],
        "clientToken": "c-1",
    }
    assert not Message.objects.exists()
    assert not ScratchText.objects.exists()
    counted = AnsweredCount.objects.get()
    assert (counted.door, counted.category, counted.count) == ("perspective", "toxicity", 1)


def test_the_version_that_gave_the_score_is_named(analyze):
    version = analyze("hello")["Moddog-Version"]
    assert (
        version == f"model=nano@{'f' * 12}; calibrator=1; policy=1; scale=calibrated; rubric=1; fingerprint={'f' * 12}"
    )


def test_attributes_are_shares_of_the_whole_and_echoed_as_asked(analyze):
    response = analyze("you are awful", "TOXICITY", "TOXICITY_EXPERIMENTAL", "INSULT@2", "SEXUALLY_EXPLICIT")
    assert list(response.json()["attributeScores"]) == [
        "TOXICITY",
        "TOXICITY_EXPERIMENTAL",
        "INSULT@2",
        "SEXUALLY_EXPLICIT",
    ]
    assert value(response) == value(response, "TOXICITY_EXPERIMENTAL") == pytest.approx(AWFUL)
    assert value(response) > value(response, "INSULT@2") > value(response, "SEXUALLY_EXPLICIT") > 0


def test_each_sentence_has_a_score_of_its_own_at_its_place(analyze, judging):
    response = analyze("😀 you are awful. Have a nice day!", spanAnnotations=True)
    spans = response.json()["attributeScores"]["TOXICITY"]["spanScores"]
    assert [(span["begin"], span["end"]) for span in spans] == [(0, 17), (18, 34)]
    assert spans[0]["score"]["value"] == pytest.approx(AWFUL)
    assert spans[1]["score"]["value"] < 0.1
    assert value(response) == pytest.approx(AWFUL)
    assert AnsweredCount.objects.get().count == 1
    assert len(judging.batches) == 1


def test_one_sentence_is_judged_once(analyze, judging):
    analyze("you are awful", spanAnnotations=True)
    assert judging.batches == [["you are awful"]]


@pytest.mark.parametrize("kind", ["PROBABILITY", "probability", "Probability", None])
def test_the_kind_of_score_in_any_case(post, kind):
    body = {"comment": {"text": "hello"}, "requestedAttributes": {"TOXICITY": {"scoreType": kind}}}
    response = post(ANALYZE, body)
    assert response.json()["attributeScores"]["TOXICITY"]["summaryScore"]["type"] == "PROBABILITY"


def test_below_its_threshold_an_attribute_is_left_out_and_so_are_scores_where_none_is_left(post):
    asked = {"TOXICITY": {"scoreThreshold": 0.9}, "INSULT": {"scoreThreshold": 0.9}}
    response = post(ANALYZE, {"comment": {"text": "you are awful"}, "requestedAttributes": asked})
    assert list(response.json()["attributeScores"]) == ["TOXICITY"]
    response = post(ANALYZE, {"comment": {"text": "hello"}, "requestedAttributes": asked})
    assert response.json() == {"languages": ["en"], "detectedLanguages": ["en"]}


@pytest.mark.parametrize("languages", ["en", ["en"], ["en-GB"], ["de", "en"], [], "", None])
def test_one_language_or_a_list(analyze, languages):
    response = analyze("hello", languages=languages)
    named = [languages] if isinstance(languages, str) and languages else languages
    assert response.json()["languages"] == (named or ["en"])


def test_another_language_is_refused_for_the_attribute_by_name(analyze):
    response = analyze("bonjour", "INSULT", "TOXICITY", languages=["fr"])
    assert type_of(response) == "LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE"
    assert detail(response) == {"requestedLanguages": ["fr"], "attribute": "INSULT"}


def test_a_text_in_another_script_is_refused_once_it_is_seen(analyze):
    response = analyze("совершенно другой язык")
    assert detail(response) == {"detectedLanguages": ["ru"], "attribute": "TOXICITY"}
    assert not ScratchText.objects.exists()


def test_no_plain_text_is_refused_as_one_in_no_language(analyze):
    ciphered = "lbh ner na njshy jbeguyrff vqvbg"
    assert type_of(analyze(ciphered)) == "LANGUAGE_DETECTION_FAILED"
    assert detail(analyze(ciphered, languages=["en"])) == {"detectedLanguages": ["und"], "attribute": "TOXICITY"}


def test_a_source_that_has_other_languages_judged_has_them_answered(analyze, source):
    Source.objects.filter(pk=source.pk).update(judges_other_languages=True)
    found = analyze("совершенно awful другой язык", languages=["ru"]).json()
    assert found["attributeScores"]["TOXICITY"]["summaryScore"]["value"] == pytest.approx(AWFUL)
    assert (found["languages"], found["detectedLanguages"]) == (["ru"], ["ru"])


def test_a_model_of_many_languages_is_asked_in_any(analyze):
    ModelVersion.objects.update(format="qwen3guard")
    found = analyze("совершенно другой язык", languages=["ru"]).json()
    assert found["detectedLanguages"] == ["ru"]


def test_or_left_out_where_the_client_says_so(analyze):
    response = analyze("bonjour", languages=["fr"], dropUnsupportedAttributes=True)
    assert response.json() == {"languages": ["fr"]}
    response = analyze("совершенно другой язык", dropUnsupportedAttributes=True)
    assert response.json() == {"languages": ["ru"], "detectedLanguages": ["ru"]}
    assert analyze("lbh ner na njshy jbeguyrff vqvbg", dropUnsupportedAttributes=True).status_code == 200


def test_what_the_model_does_not_know_is_refused_so_that_a_client_can_drop_it(analyze):
    response = analyze("hello", "TOXICITY", "SPAM", languages=["en"])
    assert type_of(response) == "LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE"
    assert detail(response) == {"requestedLanguages": ["en"], "attribute": "SPAM"}
    assert type_of(analyze("hello", "NICENESS")) == "INVALID_REQUEST"


def test_or_left_out_where_the_client_or_the_source_says_so(analyze, settings_of):
    names = ("TOXICITY", "SPAM", "NICENESS", "INSULT")
    response = analyze("hello", *names, dropUnsupportedAttributes=True)
    assert list(response.json()["attributeScores"]) == ["TOXICITY", "INSULT"]
    settings_of(unsupported="leave_out")
    assert list(analyze("hello", *names).json()["attributeScores"]) == ["TOXICITY", "INSULT"]
    assert analyze("hello", "SPAM").json() == {"languages": ["und"]}


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, "COMMENT_EMPTY"),
        ({"comment": {"text": " \n"}}, "COMMENT_EMPTY"),
        ({"comment": "text"}, "COMMENT_EMPTY"),
        ({"comment": {"text": "ü" * 10_241}}, "COMMENT_TOO_LONG"),
        ({"comment": {"text": 7}}, "INVALID_REQUEST"),
        ({"comment": {"text": "a\0b"}}, "INVALID_REQUEST"),
        ({"comment": {"text": "a\ud800b"}}, "INVALID_REQUEST"),
        ({"comment": {"text": "a"}}, "NO_REQUESTED_ATTRIBUTES"),
        ({"comment": {"text": "a"}, "requestedAttributes": {}}, "NO_REQUESTED_ATTRIBUTES"),
        ({"comment": {"text": "a"}, "requestedAttributes": ["TOXICITY"]}, "INVALID_REQUEST"),
        ({"comment": {"text": "a"}, "requestedAttributes": {"TOXICITY": 1}}, "INVALID_REQUEST"),
        ({"comment": {"text": "a"}, "requestedAttributes": {"": {}}}, "INVALID_REQUEST"),
        ({"comment": {"text": "a"}, "requestedAttributes": {"TOXICITY": {"scoreType": "STARS"}}}, "INVALID_REQUEST"),
        ({"comment": {"text": "a"}, "requestedAttributes": {"TOXICITY": {"scoreThreshold": "x"}}}, "INVALID_REQUEST"),
        ({"comment": {"text": "a"}, "requestedAttributes": {"TOXICITY": {}}, "languages": 3}, "INVALID_REQUEST"),
        ({"comment": {"text": "a"}, "requestedAttributes": {"TOXICITY": {}}, "doNotStore": 3}, "INVALID_REQUEST"),
        ({"comment": {"text": "a"}, "requestedAttributes": {"TOXICITY": {}}, "clientToken": 3}, "INVALID_REQUEST"),
    ],
)
def test_what_is_wrong_is_said_in_that_apis_words(post, body, error):
    assert type_of(post(ANALYZE, json.dumps(body).encode())) == error
    assert ClientError.objects.get().code == error


def test_a_text_that_breaks_the_model_breaks_nobody_elses(analyze):
    assert type_of(analyze("poison")) == "INVALID_REQUEST"
    assert analyze("hello").status_code == 200
    assert not ScratchText.objects.exists()


def test_relaxed_json_without_a_content_type(post):
    body = b'{comment: {text: "you are awful"}, languages: ["en"], requestedAttributes: {TOXICITY: {}} }'
    assert value(post(ANALYZE, body)) == pytest.approx(AWFUL)


@pytest.mark.parametrize("kind", ["text/plain;charset=UTF-8", "application/x-www-form-urlencoded", "application/json"])
def test_any_content_type(client, key, kind):
    body = {"comment": {"text": "hello"}, "requestedAttributes": {"TOXICITY": {}}}
    response = client.generic("POST", f"{ANALYZE}?key={key}", json.dumps(body), content_type=kind)
    assert response.status_code == 200


def test_a_slash_at_the_end_makes_no_difference(post):
    body = {"comment": {"text": "hello"}, "requestedAttributes": {"TOXICITY": {}}}
    assert post(f"{ANALYZE}/", body).status_code == 200


def test_other_parameters_are_ignored(post):
    body = {"comment": {"text": "hello"}, "requestedAttributes": {"TOXICITY": {}}, "sessionId": "s", "userId": 3}
    assert post(f"{ANALYZE}?alt=json&prettyPrint=false&fields=x&quotaUser=u&$.xgafv=2", body).status_code == 200


def test_what_is_not_there_is_404_and_not_post_is_405(client, post):
    assert error_of(post("/v1alpha1/comments:guess", {}), 404)["status"] == "NOT_FOUND"
    assert error_of(client.get(ANALYZE), 405)["code"] == 405
