"""A body that is one object: an appeal, a report."""

from typing import TypeVar

from django.http import HttpRequest
from pydantic import BaseModel, ValidationError

from review.intake.errors import ApiError
from review.intake.json_rows import NotJson, parse
from review.intake.request_body import is_json_lines, read_json
from review.intake.schemas import problem_of

M = TypeVar("M", bound=BaseModel)


def read_object(request: HttpRequest, model: type[M], what: str) -> M:
    """The body as a `model`; `what` names one of it in errors. Raises ApiError: 400, 413, 415, 422."""
    if is_json_lines(request):
        raise ApiError(415, "unsupported_media_type", f"The body must be application/json: one {what} at a time")
    body = read_json(request)
    if not isinstance(body, bytes):
        raise ApiError(422, "invalid", f"The body must be one object: one {what} at a time")
    try:
        return model.model_validate(parse(body))
    except NotJson as error:
        raise ApiError(400, "malformed", f"The body is {error}") from None
    except ValidationError as error:
        problems = [problem_of(each) for each in error.errors(include_url=False)]
        said = "; ".join(f"{each['field']}: {each['message']}" for each in problems)
        raise ApiError(422, "invalid", said, problems) from None
