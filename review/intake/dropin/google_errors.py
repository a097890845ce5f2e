"""Errors as Google's APIs send them, so that clients of Perspective parse them."""

from collections.abc import Sequence
from typing import Any

TYPE = "type.googleapis.com/google.commentanalyzer.v1alpha1.Error"
STATUSES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    405: "UNIMPLEMENTED",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}
RETRY_AFTER = 1  # seconds


class Refusal(Exception):
    """Ends a request with `status` and an error of that API. `error_type` is Perspective's own, where there is one.

    `quoted` are the client's own words. They end the message, and are kept nowhere: `kept` is the message without them.
    """

    def __init__(self, status: int, message: str, error_type: str = "", *, quoted: str = "", **details: Any) -> None:
        self.message, self.kept = f"{message}: {quoted}" if quoted else message, message
        super().__init__(self.message)
        self.status, self.error_type, self.details = status, error_type, details

    @property
    def code(self) -> str:
        return self.error_type or STATUSES[self.status]

    def body(self) -> dict[str, Any]:
        error: dict[str, Any] = {"code": self.status, "message": self.message, "status": STATUSES[self.status]}
        if self.error_type:
            error["details"] = [{"@type": TYPE, "errorType": self.error_type, **self.details}]
        return {"error": error}


def invalid(message: str, *, quoted: str = "") -> Refusal:
    return Refusal(400, message, "INVALID_REQUEST", quoted=quoted)


def language_not_supported(attribute: str, languages: Sequence[str], *, requested: bool) -> Refusal:
    """Clients read the attribute in it, drop that, and ask again."""
    named = {"requestedLanguages" if requested else "detectedLanguages": list(languages), "attribute": attribute}
    return Refusal(
        400,
        f"Attribute {attribute} does not support request languages",
        "LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE",
        quoted=", ".join(languages),
        languageNotSupportedByAttributeError=named,
    )


def unavailable(message: str) -> Refusal:
    return Refusal(503, message)
