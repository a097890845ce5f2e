"""`POST reports`: what a report must look like, and which message it is about."""

from datetime import UTC, datetime
from itertools import count
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from review.enforcement import reports
from review.enforcement.reports import Said
from review.intake import limits
from review.intake.digests import draw, text_digest
from review.intake.errors import ApiError
from review.intake.message_status import find
from review.intake.schemas import LABEL_CHARACTERS, TEXT_CHARACTERS, Label, without_nul
from review.models import ApiToken, Message, Rule, Source

REASON_CHARACTERS = 2_000
Words = Annotated[str, AfterValidator(without_nul)]


class IncomingReport(BaseModel):
    """A report about a message that was sent before (`message_id`), or about a `text` that was not."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"message_id": "general/1047", "reporter": "wren", "reason": "Insults a player."}],
            "oneOf": [{"required": ["message_id"]}, {"required": ["text"]}],
        }
    )

    message_id: Annotated[Words, Field(min_length=1, max_length=LABEL_CHARACTERS)] | None = Field(
        None, description="The id under which the message was sent."
    )
    text: Annotated[Words, Field(min_length=1, max_length=TEXT_CHARACTERS)] | None = Field(
        None, description="The text, where it was never sent. People see it; the model does not judge it."
    )
    reporter: Annotated[Words, Field(min_length=1, max_length=LABEL_CHARACTERS)] = Field(
        description="Who reports, by a name that stays the same."
    )
    reason: Annotated[Words, Field(max_length=REASON_CHARACTERS)] = ""
    rule: int | None = Field(
        None, ge=1, le=2**63 - 1, description="The id of the rule that it breaks, as `GET rules` has it."
    )
    illegal: bool = Field(False, description="Whether the reporter says that it is against the law.")
    place: Label = Field("", description="Where it is against the law, and which one.")
    contact: Label = Field("", description="How the reporter can be reached.")

    @model_validator(mode="after")
    def _about_one(self) -> Self:
        if (self.message_id is None) == (self.text is None):
            raise ValueError("name the message by `message_id`, or give its `text`: one of the two")
        return self

    def said_to(self, source: Source) -> Said:
        """What is reported to `source`. Raises ApiError 422 where it names a rule that the source does not have."""
        rule = None
        if self.rule is not None:
            rule = Rule.objects.filter(source=source, pk=self.rule).first()
            if rule is None:
                problem = {"field": "rule", "message": "this source has no rule of that id"}
                raise ApiError(422, "invalid", "rule: this source has no rule of that id", [problem])
        return Said(self.reporter, self.reason, self.illegal, self.place, self.contact, rule)


class ReportAnswer(BaseModel):
    """What becomes of it. `state`: in_review, decided, or muted, where the reporter is muted and nobody looks.

    `message_id` is the message's id, also of one that came as text; `duplicate` says that this reporter had reported
    it before, so that nothing changed.
    """

    message_id: str
    state: str
    duplicate: bool


def take_report(token: ApiToken, report: IncomingReport) -> tuple[dict[str, Any], dict[str, str]]:
    """Keep a report; the answer, and headers with what is left of the token's minute. Raises ApiError: 404, 429."""
    headers = limits.take(token, 1, len((report.text or "").encode())).headers
    said = report.said_to(token.source)
    message = _message_of(token.source, report)
    try:
        is_new = reports.take(message, said)
    except reports.Erased:
        raise ApiError(404, "not_found", "The message was erased: nobody could look at it any more") from None
    answer = {"message_id": message.external_id, "state": reports.state_of(message), "duplicate": not is_new}
    return answer, headers


def _message_of(source: Source, report: IncomingReport) -> Message:
    if report.message_id is not None:
        message = find(source, report.message_id)
        if message is None:
            raise ApiError(404, "not_found", "This source has no message of that id")
        return message
    return _reported_text(source, report.text or "")


def _reported_text(source: Source, text: str) -> Message:
    """The message that stands for a text which came by report alone: one, however often it is reported.

    It is not put before the model: a report selects it, so it must never be drawn into the cohort, and whoever is to
    decide about it is asked at once. Where it was erased, the text came anew, and so does the message.
    """
    digest, now = text_digest(text), datetime.now(UTC)
    values = {"text": text, "text_digest": digest, "draw": draw(source.pk, digest, now.date()), "sent_at": now}
    name = f"report:{digest.hex()}"
    for number in count(1):
        message, _ = Message.objects.get_or_create(
            source=source, external_id=name if number == 1 else f"{name}:{number}", defaults=values
        )
        if message.text:
            break
    return message
