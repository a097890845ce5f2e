"""Perspective's two methods as calls: of one request or of many in a batch, judged together."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeGuard

from review.intake.admission import Admission
from review.intake.dropin import scratch
from review.intake.dropin.client_settings import settings_of
from review.intake.dropin.door import Door
from review.intake.dropin.google_errors import Refusal, invalid, unavailable
from review.intake.dropin.judging import NotInTime, judge_texts
from review.intake.dropin.perspective import DOOR, Answer, Question, answer, question_of, without_scores
from review.intake.dropin.suggestions import record, suggested_of
from review.intake.errors import ApiError
from review.intake.schemas import InvalidMessage
from review.models import ApiToken, Scope

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


def analyzed(calls: Sequence[tuple[Admission, Body]]) -> list[Answer | Exception]:
    """The answer to each call, or the error that it ends in; a bad one spoils no other."""
    questions = _as_many_as_fit([_question(admission, body) for admission, body in calls])
    asked = [each for each in questions if _is_asked(each)]
    try:
        judged = iter(judge_texts(DOOR, [each.requested() for each in asked]))
    except NotInTime as error:
        return [error if _is_asked(each) else _unjudged(each) for each in questions]
    return [_answer(each, *next(judged)) if _is_asked(each) else _unjudged(each) for each in questions]


def suggested(admission: Admission, body: Body) -> Answer | Exception:
    """The answer to a suggestion, which is recorded; or the error that it ends in."""
    try:
        found = suggested_of(body)
        admission.ask_about([found.text], stores=settings_of(admission.source).trust_suggestions)
    except (Refusal, ApiError) as error:
        return error
    record(admission.source, found)
    return Answer({} if found.client_token is None else {"clientToken": found.client_token})


def _question(admission: Admission, body: Body) -> Question | Exception:
    """What is asked; the error where that cannot be answered, not be stored where it is to be, or not be taken in."""
    try:
        question = question_of(admission.source, body)
        requested = question.requested()
        requested.check()
        admission.ask_about([requested.text], stores=requested.keep and bool(question.attributes))
    except (Refusal, InvalidMessage, ApiError) as error:
        return error
    return question


def _as_many_as_fit(questions: Sequence[Question | Exception]) -> list[Question | Exception]:
    """The questions of a batch; an error for each whose texts and sentences are more than are judged at once."""
    room, found = scratch.MOST_TEXTS, list[Question | Exception]()
    for each in questions:
        texts = len(each.requested().asks) if _is_asked(each) else 0
        found.append(each if texts <= room else invalid("Too many sentences in one batch: send this call in another"))
        room -= texts if texts <= room else 0
    return found


def _is_asked(question: Question | Exception) -> TypeGuard[Question]:
    """Whether there is anything to judge: not where no attribute is left that can be given."""
    return isinstance(question, Question) and bool(question.attributes)


def _unjudged(question: Question | Exception) -> Answer | Exception:
    return question if isinstance(question, Exception) else Answer(without_scores(question.analysis))


def _answer(question: Question, judged: Any, parts: Any) -> Answer | Exception:
    try:
        return answer(question, judged, parts)
    except Refusal as error:
        return error
