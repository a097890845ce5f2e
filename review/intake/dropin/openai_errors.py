"""Errors as OpenAI's API sends them."""

from typing import Any


class Refusal(Exception):
    """Ends a request with `status`; `code` and `param` are that API's words for what is wrong, and where."""

    def __init__(self, status: int, message: str, kind: str, code: str, param: str | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.kind, self.code, self.param = status, message, kind, code, param

    def body(self) -> dict[str, Any]:
        return {"error": {"message": self.message, "type": self.kind, "param": self.param, "code": self.code}}


def invalid(message: str, param: str | None = None) -> Refusal:
    return Refusal(400, message, "invalid_request_error", "invalid_value", param)


def limited(message: str) -> Refusal:
    return Refusal(429, message, "requests", "rate_limit_exceeded")


def unavailable(message: str) -> Refusal:
    return Refusal(503, message, "server_error", "service_unavailable")
