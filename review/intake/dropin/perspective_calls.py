"""Perspective's two methods as calls: of one request or of many in a batch, judged together."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeGuard

from review.intake.dropin.door import Door
from review.intake.dropin.google_errors import Refusal, invalid, unavailable
from review.intake.dropin.judging import NotInTime, judge_texts
from review.intake.dropin.perspective import DOOR, Answer, Question, answer, question_of, without_scores
from review.intake.dropin.suggestions import record, suggested_of
from review.models import ApiToken, Scope, Source

Body = Mapping[str, Any]
PERSPECTIVE = Door(
    DOOR,
    refusal=Refusal,
    no_key=lambda: Refusal(401, "API key not valid. Please pass a valid API key."),
    forbidden=lambda: Refusal(403, "This token lacks the scope for this call"),
    unreadable=invalid,
    limited=lambda message: Refusal(429, message),
    unavailable=unavailable,
    method=lambda: Refusal(405, "This method is not allowed here: POST it"),
    internal=lambda: Refusal(500, "Something went wrong on our side; it was logged"),
)


def may_suggest(token: ApiToken) -> bool:
    """What is suggested may become a label: not with a key that anybody may read in a page."""
    return Scope.INGEST in token.scopes


def analyzed(calls: Sequence[tuple[Source, Body]]) -> list[Answer | Exception]:
    """The answer to each call, or the error that it ends in; a bad one spoils no other."""
    questions = [_question(source, body) for source, body in calls]
    asked = [each for each in questions if _is_asked(each)]
    try:
        judged = iter(judge_texts(DOOR, [each.wanted() for each in asked]))
    except NotInTime as error:
        return [error if _is_asked(each) else _unjudged(each) for each in questions]
    return [_answer(each, *next(judged)) if _is_asked(each) else _unjudged(each) for each in questions]


def suggested(source: Source, body: Body) -> Answer | Exception:
    """The answer to a suggestion, which is recorded; or the error that it ends in."""
    try:
        found = suggested_of(body)
    except Refusal as error:
        return error
    record(source, found)
    return Answer({} if found.client_token is None else {"clientToken": found.client_token})


def _question(source: Source, body: Body) -> Question | Refusal:
    try:
        return question_of(source, body)
    except Refusal as error:
        return error


def _is_asked(question: Question | Refusal) -> TypeGuard[Question]:
    """Whether there is anything to judge: not where no attribute is left that can be given."""
    return isinstance(question, Question) and bool(question.attributes)


def _unjudged(question: Question | Refusal) -> Answer | Exception:
    return question if isinstance(question, Refusal) else Answer(without_scores(question.analysis))


def _answer(question: Question, judged: Any, parts: Any) -> Answer | Exception:
    try:
        return answer(question, judged, parts)
    except Refusal as error:
        return error
