"""What a message must look like to be taken in."""

import json
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, NoReturn

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

from review.intake.rows import Row

LABEL_CHARACTERS = 200
TEXT_CHARACTERS = 100_000
MOST_EARLIER = 20
UNREADABLE_IDS = (".", "..")
_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
METADATA_BYTES = 8 * 1024
METADATA_DEPTH = 32
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(9999, 1, 1, tzinfo=UTC) - timedelta(days=1)

PLAINER = {
    "string_unicode": "must be valid Unicode, without lone surrogates",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "missing": "is required",
}

EXAMPLE: JsonDict = {
    "id": "general/1047",
    "text": "good game everyone, see you tomorrow",
    "author": "kestrel",
    "channel": "general",
    "sent_at": "2026-01-31T18:30:00Z",
    "context": [{"author": "wren", "text": "last round?"}],
    "metadata": {"level": 12},
}


class InvalidMessage(ValueError):
    """A row breaks the rules. `problems` names each field and what is wrong with it."""

    code = "invalid"

    def __init__(self, problems: list[dict[str, str]]) -> None:
        self.problems = problems
        super().__init__("; ".join(f"{each['field']}: {each['message']}" for each in problems))


def _refuse(code: str, message: str) -> NoReturn:
    raise PydanticCustomError(code, "{message}", {"message": message})


def without_nul(value: str) -> str:
    if "\0" in value:
        _refuse("nul", "must not contain NUL characters")
    return value


def _readable(value: str) -> str:
    if value in UNREADABLE_IDS:
        _refuse("dots", "must not be '.' or '..': clients take these out of addresses, so it could not be read back")
    return without_nul(value)


def moment_of(value: Any) -> datetime | None:
    """An ISO 8601 moment with its offset. Naive times are refused: nobody could say which hour they mean."""
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        _refuse("moment", "must be an ISO 8601 date and time, such as 2026-01-31T18:30:00Z")
    if moment.tzinfo is None:
        _refuse("naive", "must have a time zone, such as Z or +02:00")
    if not EARLIEST <= moment <= LATEST:
        _refuse("moment", "must lie between the years 1970 and 9998")
    return moment if moment.tzinfo is UTC else moment.astimezone(UTC)  # Postgres takes no offset of 16 hours or more


def fit_metadata(value: dict[str, Any]) -> dict[str, Any]:
    """`value` where the database takes it and it is no larger than metadata may be."""
    if _depth(value) > METADATA_DEPTH:
        _refuse("depth", f"must not be nested deeper than {METADATA_DEPTH} levels")
    try:
        written = compact(value)
        size = len(written.encode())
    except UnicodeEncodeError:
        _refuse("string_unicode", PLAINER["string_unicode"])
    except ValueError:
        _refuse("number", "must not hold numbers beyond the range of a double")
    if size > METADATA_BYTES:
        _refuse("size", f"must not exceed {METADATA_BYTES} bytes of JSON, this has {size}")
    if "\\u0000" in written and "\\u0000" in written.replace("\\\\", ""):
        _refuse("nul", "must not contain NUL characters")
    return value


def _depth(value: Any) -> int:
    """Levels of nesting, found without recursion: the depth is the sender's to choose."""
    depth, level = 0, [value]
    while level:
        children: list[Any] = []
        for each in level:
            if isinstance(each, dict):
                children.extend(each.values())
            elif isinstance(each, list):
                children.extend(each)
        depth, level = depth + 1, children
    return depth


Label = Annotated[str, Field(max_length=LABEL_CHARACTERS), AfterValidator(without_nul)]


class EarlierMessage(BaseModel):
    """One message that came before, for the reader's understanding. It is not judged."""

    author: Label = ""
    text: Annotated[str, Field(max_length=TEXT_CHARACTERS), AfterValidator(without_nul)]


class IncomingMessage(BaseModel):
    """One text by one author. `id` is the sender's own, unique within the source. Unknown fields are ignored."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    id: Annotated[str, Field(min_length=1, max_length=LABEL_CHARACTERS), AfterValidator(_readable)]
    text: Annotated[str, Field(min_length=1, max_length=TEXT_CHARACTERS), AfterValidator(without_nul)]
    author: Label | None = None
    channel: Label | None = None
    thread: Label | None = None
    sent_at: Annotated[datetime | None, BeforeValidator(moment_of)] = Field(
        None, description="ISO 8601 with an offset; the time of arrival where absent."
    )
    context: Annotated[list[EarlierMessage], Field(max_length=MOST_EARLIER)] | None = Field(
        None, description="Up to 20 earlier messages of the same conversation, oldest first."
    )
    metadata: Annotated[dict[str, Any], AfterValidator(fit_metadata)] | None = Field(
        None, description="Anything else worth keeping: an object of up to 8 KiB."
    )


def row_of(item: object) -> Row:
    """The row that `item`, parsed JSON, describes. Raises InvalidMessage."""
    try:
        message = IncomingMessage.model_validate(item)
    except ValidationError as error:
        raise InvalidMessage([problem_of(each) for each in error.errors(include_url=False)]) from None
    return Row(
        message.id,
        message.text,
        message.author or "",
        message.channel or "",
        message.thread or "",
        message.sent_at,
        compact([each.model_dump() for each in message.context]) if message.context else "[]",
        compact(message.metadata) if message.metadata else "{}",
    )


def compact(value: object) -> str:
    """JSON without blanks. Raises ValueError for numbers that JSON does not have."""
    return _encode(value)


def problem_of(error: Any) -> dict[str, str]:
    field = ".".join(str(part) for part in error["loc"]) or "message"
    message = PLAINER.get(error["type"], error["msg"])
    return {"field": field, "message": message[:1].lower() + message[1:]}
