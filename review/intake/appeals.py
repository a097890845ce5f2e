"""`POST appeals`: what an appeal must look like, and which outcome, on a message or on an author, it is about."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from review.enforcement import appeals, author_appeals
from review.intake import limits
from review.intake.errors import ApiError
from review.intake.message_status import find
from review.intake.reports import REASON_CHARACTERS, Words
from review.intake.schemas import LABEL_CHARACTERS, Label
from review.models import ApiToken, Appeal, AuthorOutcome, Source


class IncomingAppeal(BaseModel):
    """An author's objection to what was done to their message (`message_id`), or to themselves (`author`)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"message_id": "general/1047", "reason": "It was a quotation."}],
            "oneOf": [{"required": ["message_id"]}, {"required": ["author"]}],
        }
    )

    message_id: Annotated[Words, Field(min_length=1, max_length=LABEL_CHARACTERS)] | None = Field(
        None, description="The id under which the message was sent."
    )
    author: Annotated[Words, Field(min_length=1, max_length=LABEL_CHARACTERS)] | None = Field(
        None, description="The author who was warned, muted or banned, as their messages name them."
    )
    reason: Annotated[Words, Field(min_length=1, max_length=REASON_CHARACTERS)] = Field(
        description="Why the author objects, in their own words."
    )
    contact: Label = Field("", description="How the author can be reached.")

    @model_validator(mode="after")
    def _about_one(self) -> Self:
        if (self.message_id is None) == (self.author is None):
            raise ValueError("name the message by `message_id`, or the `author`: one of the two")
        return self


class AppealAnswer(BaseModel):
    """How the appeal stands. `duplicate` says that this outcome was appealed against before, so that nothing changed.

    `answer` is empty until people have answered, which they should by `due`; `url` is the page for the author.
    """

    message_id: str | None
    author: str | None
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
    try:
        appeal, is_new = _taken(token.source, incoming)
    except appeals.NoAppeal as why:
        raise ApiError(409, "conflict", str(why)) from None
    about = {"message_id": incoming.message_id, "author": incoming.author}
    return {**about, **appeals.appeal_json(appeal), "duplicate": not is_new}, headers


def _taken(source: Source, incoming: IncomingAppeal) -> tuple[Appeal, bool]:
    if incoming.author is not None:
        if not AuthorOutcome.objects.filter(source=source, author=incoming.author).exists():
            raise ApiError(404, "not_found", "Nothing was ever done to an author of that name")
        return author_appeals.take(
            author_appeals.appealable(source, incoming.author), incoming.reason, incoming.contact
        )
    message = find(source, incoming.message_id or "")
    if message is None:
        raise ApiError(404, "not_found", "This source has no message of that id")
    return appeals.take(appeals.appealable(message), incoming.reason, incoming.contact)
