"""The doors for other APIs' clients in the OpenAPI document, with examples.

Written by hand: their bodies are read here, and not by the library that writes the rest of the document.
"""

from typing import Any

from review.intake.dropin.attributes import GIVEN
from review.intake.dropin.openai import GIVEN as JUDGED
from review.intake.dropin.openai import OMNI
from review.intake.dropin.openapi_parts import (
    ATTRIBUTE_SCORES,
    CLIENT_TOKEN,
    CONTEXT,
    HEADERS,
    KEY,
    RETRY_AFTER,
    SECURITY,
    SECURITY_SCHEMES,
    STRINGS,
    TAG,
    TEXT,
    VERSION,
    an_object,
    google_errors,
    json_body,
    openai_errors,
    operation,
)

__all__ = ["SECURITY_SCHEMES", "paths"]


def paths() -> dict[str, Any]:
    """Path to its operations."""
    return {
        "/v1/moderations": {"post": _moderations()},
        "/v1alpha1/comments:analyze": {"post": _analyze()},
        "/v1alpha1/comments:suggestscore": {"post": _suggest_score()},
        "/batch": {"post": _batch()},
        "/$discovery/rest": {"get": _discovery()},
        "/api/v1/coral": {"post": _coral()},
    }


def _analyze() -> dict[str, Any]:
    score = {"value": 0.0312, "type": "PROBABILITY"}
    spans = [{"begin": 0, "end": 18, "score": score}]
    return operation(
        "Score a comment, as Perspective does",
        f"Gives {', '.join(GIVEN)}; the body may be relaxed JSON of any content type. `begin` and `end` count UTF-16"
        " code units.",
        asks=an_object(
            ("comment", "requestedAttributes"),
            comment=an_object(("text",), text={**TEXT, "description": "Up to 20,480 bytes of UTF-8."}, type=TEXT),
            requestedAttributes={
                "type": "object",
                "minProperties": 1,
                "additionalProperties": an_object((), scoreType=TEXT, scoreThreshold={"type": "number"}),
            },
            languages={"oneOf": [TEXT, STRINGS]},
            doNotStore={"type": "boolean"},
            spanAnnotations={"type": "boolean"},
            dropUnsupportedAttributes={"type": "boolean"},
            clientToken=CLIENT_TOKEN,
            context=CONTEXT,
        ),
        asked={"comment": {"text": "good game everyone"}, "requestedAttributes": {"TOXICITY": {}}, "doNotStore": True},
        answers=an_object(
            (), attributeScores=ATTRIBUTE_SCORES, languages=STRINGS, detectedLanguages=STRINGS, clientToken=TEXT
        ),
        answered={
            "attributeScores": {"TOXICITY": {"spanScores": spans, "summaryScore": score}},
            "languages": ["en"],
            "detectedLanguages": ["en"],
        },
        errors=google_errors(),
    )


def _suggest_score() -> dict[str, Any]:
    suggested = {"comment": {"text": "good game everyone"}, "clientToken": "comment:17"}
    suggested["attributeScores"] = {"TOXICITY": {"summaryScore": {"value": 0}}}
    return operation(
        "Say what a score should have been",
        "Recorded without the text; a label where the source's admin trusts it. Needs the scope `ingest`.",
        asks=an_object(
            ("comment", "attributeScores"),
            comment=an_object(("text",), text=TEXT),
            attributeScores=ATTRIBUTE_SCORES,
            clientToken=CLIENT_TOKEN,
            communityId=TEXT,
        ),
        asked=suggested,
        answers=an_object((), clientToken=TEXT),
        answered={"clientToken": "comment:17"},
        errors=google_errors(),
    )


def _moderations() -> dict[str, Any]:
    flags = dict.fromkeys(OMNI, False)
    scores = {name: 0.01 if name in JUDGED else 0.0 for name in OMNI}
    applied = {name: ["text"] if name in JUDGED else [] for name in OMNI}
    said = {"route": "allow", "why": "rung", "probability": 0.04}
    result = {"flagged": False, "categories": flags, "category_scores": scores, "category_applied_input_types": applied}
    part = an_object(("type", "text"), type={"const": "text"}, text=TEXT)
    several = {"type": "array", "minItems": 1, "maxItems": 100, "items": {"oneOf": [TEXT, part]}}
    return operation(
        "Moderate texts, as OpenAI's API does",
        "`flagged` is what the policy does not let pass by itself. Categories that are not judged are false and 0, and"
        " have no applied input types.",
        asks=an_object(("input",), input={"oneOf": [TEXT, several]}, model=TEXT),
        asked={"input": "good game everyone", "model": "omni-moderation-latest"},
        answers=an_object(
            ("id", "model", "results"), id=TEXT, model=TEXT, results={"type": "array", "items": {"type": "object"}}
        ),
        answered={"id": "modr-5f0c", "model": "nano@8c0f1d2e3a4b", "results": [{**result, "moddog": said}]},
        errors=openai_errors(),
    )


def _batch() -> dict[str, Any]:
    """The bodies are no JSON, so there is no schema to give but that of a text."""
    call = (
        "--frontier\r\nContent-Type: application/http\r\nContent-ID: <base + 1>\r\n\r\n"
        "POST /v1alpha1/comments:analyze?key=md_YOUR_TOKEN HTTP/1.1\r\nContent-Type: application/json\r\n\r\n"
        '{"comment": {"text": "good game everyone"}, "requestedAttributes": {"TOXICITY": {}}}\r\n--frontier--'
    )
    body = {"content": {"multipart/mixed": {"schema": TEXT, "example": call}}}
    return {
        "summary": "Several of Perspective's calls in one",
        "description": "Up to 1,000 parts of type application/http, each answered by itself.",
        "tags": TAG,
        "parameters": [KEY],
        "security": [*SECURITY, {}],
        "requestBody": {"required": True, **body},
        "responses": {"200": {"description": "A part for each call, under its id", **body}} | google_errors(400, 405),
    }


def _discovery() -> dict[str, Any]:
    return {
        "summary": "The discovery document of Perspective's API, with this instance's address",
        "tags": TAG,
        "security": [],
        "parameters": [{"name": "version", "in": "query", "schema": {"const": "v1alpha1"}, "required": False}],
        "responses": {
            "200": json_body("The document", {"type": "object"}, {"name": "commentanalyzer", "version": "v1alpha1"})
        },
    }


_CORAL_ERRORS = {
    **{400: "No comment", 401: "Not signed", 405: "POST it"},
    **{429: "More than a source takes from Coral in a minute", 503: "Too many messages wait to be judged"},
}


def _coral() -> dict[str, Any]:
    comment = {
        "action": "NEW",
        "comment": {"body": "good game everyone", "parentID": None},
        "author": {"id": "a-1", "role": "COMMENTER"},
        "story": {"id": "s-1", "url": "https://news.example.org/1"},
        "site": {"id": "site-1"},
        "tenantID": "t-1",
        "tenantDomain": "coral.example.org",
    }
    ours = {"$ref": "#/components/schemas/ErrorAnswer"}
    answer = {"status": "PREMOD", "actions": [{"actionType": "FLAG", "reason": "COMMENT_DETECTED_TOXIC"}]}
    statuses = {"enum": ["PREMOD", "SYSTEM_WITHHELD", "REJECTED"]}
    body = an_object(("action", "comment"), action={"enum": ["NEW", "EDIT"]}, comment=an_object(("body",), body=TEXT))
    return {
        "summary": "Coral's external moderation phase",
        "description": "The comment is stored, judged in the time that the source's page names, and answered with what"
        " Coral is to do. Signed as Coral signs.",
        "tags": TAG,
        "security": [{"coralSignature": []}],
        "requestBody": {"required": True, **json_body("", body, comment)},
        "responses": {
            "200": json_body("What Coral is to do", an_object(("status",), status=statuses), answer)
            | {"headers": VERSION},
            "204": {"description": "The policy lets it pass; Coral's other phases decide"},
            **{
                str(status): json_body(said, ours, headers=RETRY_AFTER if status in HEADERS else None)
                for status, said in _CORAL_ERRORS.items()
            },
        },
    }
