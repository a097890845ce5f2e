"""The pieces that the doors' part of the OpenAPI document is put together from."""

from typing import Any

from review.intake.dropin.google_errors import STATUSES, TYPE

TAG = ["other APIs"]
VERSION = {
    "Moddog-Version": {
        "description": "What gave the scores: model, calibrator, policy, scale with its anchors, rubric.",
        "schema": {"type": "string"},
        "example": "model=nano@8c0f1d2e3a4b; calibrator=3; policy=7; scale=anchored; anchors=2; rubric=1; "
        "fingerprint=2b7e151628ae",
    }
}
INTEGER = {"type": "integer"}
RETRY_AFTER = {"Retry-After": {"description": "Seconds after which to go on.", "schema": INTEGER}}
RATE_LIMIT = {
    "RateLimit-Limit": {"description": "What the token may send a minute, where it has a limit.", "schema": INTEGER},
    "RateLimit-Remaining": {"description": "What is left of that.", "schema": INTEGER},
    "RateLimit-Reset": {"description": "Seconds until all of it is there again.", "schema": INTEGER},
}
HEADERS: dict[int, dict[str, Any]] = {429: {**RETRY_AFTER, **RATE_LIMIT}, 503: RETRY_AFTER}
"""Of an error, by its status."""
KEY = {
    "name": "key",
    "in": "query",
    "required": False,
    "description": "A token, where it stands neither in `Authorization` nor in `x-goog-api-key`.",
    "schema": {"type": "string"},
}
SECURITY: list[dict[str, list[str]]] = [{"bearer": []}, {"apiKeyHeader": []}, {"apiKeyQuery": []}]
SECURITY_SCHEMES: dict[str, Any] = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "apiKeyHeader": {"type": "apiKey", "in": "header", "name": "x-goog-api-key"},
    "apiKeyQuery": {"type": "apiKey", "in": "query", "name": "key"},
    "coralSignature": {"type": "apiKey", "in": "header", "name": "X-Coral-Signature"},
}
TEXT, STRINGS = {"type": "string"}, {"type": "array", "items": {"type": "string"}}
CLIENT_TOKEN = {"type": "string", "maxLength": 1_000, "description": "Comes back; the id of a text that is stored."}
CONTEXT = {
    "type": "object",
    "description": "What came before, stored with a text that is stored; the last 20 entries count.",
    "properties": {
        "entries": {"type": "array", "items": {"type": "object", "properties": {"text": TEXT, "type": TEXT}}}
    },
}
SCORE = {
    "type": "object",
    "required": ["value", "type"],
    "properties": {"value": {"type": "number", "minimum": 0, "maximum": 1}, "type": {"const": "PROBABILITY"}},
}
ATTRIBUTE_SCORES = {
    "type": "object",
    "additionalProperties": {
        "type": "object",
        "properties": {
            "summaryScore": SCORE,
            "spanScores": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {"begin": {"type": "integer"}, "end": {"type": "integer"}, "score": SCORE},
                },
            },
        },
    },
}


def operation(
    summary: str,
    description: str,
    *,
    asks: dict[str, Any],
    asked: Any,
    answers: dict[str, Any],
    answered: Any,
    errors: dict[str, Any],
) -> dict[str, Any]:
    body = {key: value for key, value in json_body("", asks, asked).items() if key != "description"}
    return {
        "summary": summary,
        "description": description,
        "tags": TAG,
        "parameters": [KEY],
        "security": SECURITY,
        "requestBody": {"required": True, **body},
        "responses": {"200": json_body("The answer", answers, answered) | {"headers": {**VERSION, **RATE_LIMIT}}}
        | errors,
    }


def google_errors(*statuses: int) -> dict[str, Any]:
    error = an_object(("code", "message", "status"), code={"type": "integer"}, message=TEXT, status=TEXT)
    detail = {"@type": TYPE, "errorType": "COMMENT_EMPTY"}
    return {
        str(status): json_body(
            said,
            an_object(("error",), error=error),
            {
                "error": {"code": status, "message": "…", "status": said}
                | ({"details": [detail]} if status == 400 else {})
            },
            HEADERS.get(status),
        )
        for status, said in STATUSES.items()
        if status != 404 and (not statuses or status in statuses)
    }


def openai_errors() -> dict[str, Any]:
    error = an_object(("message", "type", "param", "code"), message=TEXT, type=TEXT, param={"type": ["string", "null"]})
    kinds = {400: "invalid_value", 401: "invalid_api_key", 403: "insufficient_permissions", 503: "service_unavailable"}
    kinds |= {405: "method_not_supported", 429: "rate_limit_exceeded", 500: "internal_error"}
    return {
        str(status): json_body(
            code,
            an_object(("error",), error=error),
            {"error": {"message": "…", "type": "invalid_request_error", "param": None, "code": code}},
            HEADERS.get(status),
        )
        for status, code in kinds.items()
    }


def json_body(
    description: str, schema: dict[str, Any], example: Any = None, headers: dict[str, Any] | None = None
) -> dict[str, Any]:
    content = {"schema": schema} | ({} if example is None else {"example": example})
    described = {"description": description, "content": {"application/json": content}}
    return described | ({"headers": headers} if headers else {})


def an_object(required: tuple[str, ...], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties} | ({"required": list(required)} if required else {})
