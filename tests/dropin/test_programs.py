"""Each public program's request, as it is sent, and what it reads of the answer."""

import json

import pytest
from django.test import Client

from tests.dropin.conftest import ANALYZE, AWFUL

pytestmark = pytest.mark.usefixtures("judging")
SIXTEEN = (
    *("ATTACK_ON_AUTHOR", "ATTACK_ON_COMMENTER", "INCOHERENT", "INFLAMMATORY", "LIKELY_TO_REJECT", "OBSCENE"),
    *("SEVERE_TOXICITY", "SPAM", "TOXICITY", "UNSUBSTANTIAL", "FLIRTATION", "IDENTITY_ATTACK", "INSULT"),
    *("PROFANITY", "SEXUALLY_EXPLICIT", "THREAT"),
)


def send(body, path=ANALYZE, kind="application/json", **headers):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Client().generic("POST", path, raw, content_type=kind, headers=headers)


def read(response, attribute="TOXICITY"):
    assert response.status_code == 200, response.content
    return response.json()["attributeScores"][attribute]["summaryScore"]["value"]


def test_coral(key):
    body = {
        "comment": {"text": "you are awful"},
        "doNotStore": True,
        "requestedAttributes": {"TOXICITY": {}},
        "languages": ["en"],
    }
    response = send(body, f"{ANALYZE}?key={key}", Connection="keep-alive")
    assert read(response) > 0.8
    assert "Location" not in response


def test_osmod(key, settings_of):
    settings_of(unsupported="leave_out")
    body = {
        "comment": {"text": "you are awful. bye"},
        "context": {"entries": []},
        "requestedAttributes": {name: {} for name in SIXTEEN},
        "languages": ["en"],
        "clientToken": "osmod_request7",
        "spanAnnotations": True,
    }
    answer = send(body, f"{ANALYZE}?key={key}&alt=json").json()
    assert answer["clientToken"] == "osmod_request7"
    assert set(answer["attributeScores"]) == {"TOXICITY", "IDENTITY_ATTACK", "INSULT", "SEXUALLY_EXPLICIT", "THREAT"}
    for scores in answer["attributeScores"].values():
        assert [(span["begin"], span["end"]) for span in scores["spanScores"]] == [(0, 14), (15, 18)]


def test_discourse(key):
    body = {
        "comment": {"text": "you are awful"},
        "doNotStore": True,
        "sessionId": "1_abc",
        "requestedAttributes": {"TOXICITY": {"scoreType": "PROBABILITY"}},
    }
    assert read(send(body, f"{ANALYZE}?key={key}")) == pytest.approx(AWFUL)


def test_a_client_that_drops_what_is_refused_and_asks_again(key):
    names = ["SPAM", "TOXICITY"]
    for _ in range(3):
        body = {"comment": {"text": "hello"}, "languages": ["en"], "requestedAttributes": {name: {} for name in names}}
        response = send(body, f"{ANALYZE}?key={key}")
        if response.status_code == 200:
            break
        [detail] = response.json()["error"]["details"]
        names.remove(detail["languageNotSupportedByAttributeError"]["attribute"])
    assert read(response) < 0.5


def test_n8n(key):
    body = {
        "comment": {"text": "you are awful", "type": "PLAIN_TEXT"},
        "requestedAttributes": {"toxicity".upper(): {"scoreType": "probability", "scoreThreshold": 0.2}},
        "languages": "en",
    }
    assert read(send(body, Authorization=f"Bearer {key}")) > 0.8


def test_comentario(key, settings_of):
    """It asks for six attributes, names no language, and takes what is missing in an answer for 0."""
    names = ["TOXICITY", "SEVERE_TOXICITY", "IDENTITY_ATTACK", "INSULT", "PROFANITY", "THREAT"]
    body = {"comment": {"text": "you are awful"}, "requestedAttributes": {name: {} for name in names}}
    assert "attributeScores" not in send(body, f"{ANALYZE}?key={key}").json(), "refused, and so published"
    settings_of(unsupported="leave_out")
    response = send(body, f"{ANALYZE}?key={key}")
    assert read(response) > 0.5
    assert set(response.json()["attributeScores"]) == {"TOXICITY", "IDENTITY_ATTACK", "INSULT", "THREAT"}


def test_the_npm_client_at_its_longest(key):
    body = {"comment": {"text": "a" * 20_480}, "requestedAttributes": {"TOXICITY": {"scoreType": "PROBABILITY"}}}
    assert send(body, f"{ANALYZE}?key={key}").status_code == 200
    body["comment"]["text"] += "a"
    assert send(body, f"{ANALYZE}?key={key}").json()["error"]["message"]


def test_a_program_made_from_the_quick_start(key):
    body = b"""{comment: {text: "what kind of idiot name is foo?"},
       languages: ["en"],
       requestedAttributes: {TOXICITY:{}} }"""
    assert read(send(body, f"{ANALYZE}?key={key}", kind="application/x-www-form-urlencoded")) < 0.5


def test_a_page_in_a_browser(key, settings_of):
    settings_of(origins=["https://news.example.org"])
    body = {"comment": {"text": "hello"}, "requestedAttributes": {"TOXICITY": {}}}
    response = send(body, f"{ANALYZE}?key={key}", kind="text/plain;charset=UTF-8", Origin="https://news.example.org")
    assert read(response) < 0.5
    assert response["Access-Control-Allow-Origin"] == "https://news.example.org"


def test_a_bot_that_reads_the_first_span(key):
    body = {"comment": {"text": "you are awful"}, "requestedAttributes": {"TOXICITY": {}}}
    scores = send(body, f"{ANALYZE}?key={key}").json()["attributeScores"]["TOXICITY"]
    assert scores["spanScores"][0]["score"]["value"] == scores["summaryScore"]["value"]
