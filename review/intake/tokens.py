"""Who may call the API: a source, by a token that has the scope."""

from typing import Any

from django.http import HttpRequest
from ninja.security import HttpBearer

from review.access import token_of
from review.intake.errors import ApiError
from review.models import ApiToken, Scope


class Bearer(HttpBearer):
    """Lets a request pass that carries a token with `scope`; `request.auth` is then that ApiToken, with its source.

    401 without a valid token, 403 where it lacks the scope.
    """

    def __init__(self, scope: Scope) -> None:
        super().__init__()
        self.scope = scope

    def __call__(self, request: HttpRequest) -> Any:
        token = super().__call__(request)
        if token is None:
            raise ApiError(401, "unauthorized", "A valid token is needed: Authorization: Bearer TOKEN")
        if self.scope not in token.scopes:
            request.auth = token  # type: ignore[attr-defined] # so that the page of its source shows the error
            raise ApiError(403, "forbidden", f"This token lacks the scope {self.scope.value!r}")
        return token

    def authenticate(self, request: HttpRequest, token: str) -> ApiToken | None:
        return token_of(token)
