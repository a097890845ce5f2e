"""Errors as OpenAI's API sends them."""

from typing import Any


class Refusal(Exception):
    """Ends a request with `status`; `code` and `param` are that API's words for what is wrong, and where.

    `quoted` are the client's own words. They end the message, and are kept nowhere: `kept` is the message without them.
    """

    def __init__(
        self, status: int, message: str, kind: str, code: str, param: str | None = None, *, quoted: str = ""
    ) -> None:
        self.message, self.kept = f"{message}: {quoted}" if quoted else message, message
        super().__init__(self.message)
        self.status, self.kind, self.code, self.param = status, kind, code, param

    def body(self) -> dict[str, Any]:
        return {"error": {"message": self.message, "type": self.kind, "param": self.param, "code": self.code}}


def invalid(message: str, param: str | None = None, *, quoted: str = "") -> Refusal:
    return Refusal(400, message, "invalid_request_error", "invalid_value", param, quoted=quoted)


def limited(message: str) -> Refusal:
    return Refusal(429, message, "requests", "rate_limit_exceeded")


def unavailable(message: str) -> Refusal:
    return Refusal(503, message, "server_error", "service_unavailable")
