"""The calls of a batch, answered together: their texts are judged in one go, and each fails by itself."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from review.access import token_of
from review.intake.admission import Admission
from review.intake.dropin.batch import Part, PartAnswer
from review.intake.dropin.door import admitted, error_answer
from review.intake.dropin.google_errors import Refusal
from review.intake.dropin.keys import may_score
from review.intake.dropin.perspective import Answer
from review.intake.dropin.perspective_calls import PERSPECTIVE, analyzed, may_suggest, suggested
from review.intake.dropin.relaxed_json import MOST_BYTES, UnreadableBody, read_object
from review.models import ApiToken

ANALYZE = "/v1alpha1/comments:analyze"
SUGGEST = "/v1alpha1/comments:suggestscore"
Call = tuple[Admission, Mapping[str, Any]]


def answers_of(parts: Sequence[Part], whole: ApiToken | None) -> list[PartAnswer]:
    """The answer to each part; one without a key of its own has that of the whole batch."""
    tokens = {key: token_of(key) for key in {part.key for part in parts if part.key}}
    owners = [tokens[part.key] if part.key else whole for part in parts]
    calls = [_attempt(_call, part, token) for part, token in zip(parts, owners, strict=True)]
    asked = [
        call
        for part, call in zip(parts, calls, strict=True)
        if not isinstance(call, Exception) and _path(part) == ANALYZE
    ]
    found = iter(analyzed(asked))
    answers = []
    for part, token, call in zip(parts, owners, calls, strict=True):
        if isinstance(call, Exception):
            answer: Any = call
        else:
            answer = next(found) if _path(part) == ANALYZE else _attempt(suggested, *call)
        answers.append(_told(answer, token, {} if isinstance(call, Exception) else call[0].headers))
    return answers


def _path(part: Part) -> str:
    return part.path.rstrip("/").replace("%3A", ":").replace("%3a", ":")


def _call(part: Part, token: ApiToken | None) -> Call:
    """Whose call it is, and what it says. Raises Refusal, UnreadableBody."""
    if part.method != "POST" or _path(part) not in (ANALYZE, SUGGEST):
        raise Refusal(404, "Method not found.")
    may = may_suggest if _path(part) == SUGGEST else may_score
    admission = admitted(PERSPECTIVE, token, may)
    if len(part.body) > MOST_BYTES:
        raise UnreadableBody(f"A part may have up to {MOST_BYTES // 1024} KiB")
    return admission, read_object(part.body, relaxed=True)


def _attempt(call: Callable[..., Any], *args: Any) -> Any:
    try:
        return call(*args)
    except Exception as error:
        return error


def _told(answer: Answer | Exception, token: ApiToken | None, limits: Mapping[str, str]) -> PartAnswer:
    """The answer to a part, with the headers that it has as a request of its own; `limits` are what is left."""
    if isinstance(answer, Answer):
        return PartAnswer(200, answer.body, {**answer.headers, **limits})
    refused, headers = error_answer(PERSPECTIVE, answer, token.source if token else None)
    return PartAnswer(refused.status, refused.body(), {**headers, **limits})
