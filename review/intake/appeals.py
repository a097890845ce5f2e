"""`POST appeals`: what an appeal must look like, and which outcome it is about."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from review.enforcement import appeals
from review.intake import limits
from review.intake.errors import ApiError
from review.intake.message_status import find
from review.intake.reports import REASON_CHARACTERS, Words
from review.intake.schemas import LABEL_CHARACTERS, Label
from review.models import ApiToken


class IncomingAppeal(BaseModel):
    """An author's objection to what was done to their message."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"message_id": "general/1047", "reason": "It was a quotation."}]}
    )

    message_id: Annotated[Words, Field(min_length=1, max_length=LABEL_CHARACTERS)] = Field(
        description="The id under which the message was sent."
    )
    reason: Annotated[Words, Field(min_length=1, max_length=REASON_CHARACTERS)] = Field(
        description="Why the author objects, in their own words."
    )
    contact: Label = Field("", description="How the author can be reached.")


class AppealAnswer(BaseModel):
    """How the appeal stands. `duplicate` says that this outcome was appealed against before, so that nothing changed.

    `answer` is empty until people have answered, which they should by `due`; `url` is the page for the author.
    """

    message_id: str
    state: Literal["open", "upheld", "overturned", "erased"]
    created_at: datetime
    due: datetime
    answer: str | None
    resolved_at: datetime | None
    url: str
    duplicate: bool


def take_appeal(token: ApiToken, incoming: IncomingAppeal) -> tuple[dict[str, Any], dict[str, str]]:
    """Keep an appeal; the answer, and headers with what is left of the token's minute. Raises ApiError."""
    headers = limits.take(token, 1, len(incoming.reason.encode())).headers
    message = find(token.source, incoming.message_id)
    if message is None:
        raise ApiError(404, "not_found", "This source has no message of that id")
    try:
        appeal, is_new = appeals.take(appeals.appealable(message), incoming.reason, incoming.contact)
    except appeals.NoAppeal as why:
        raise ApiError(409, "conflict", str(why)) from None
    return {"message_id": message.external_id, **appeals.appeal_json(appeal), "duplicate": not is_new}, headers
