"""The REST API, mounted at /api/v1/."""

from typing import Any

from django.http import HttpRequest, JsonResponse
from django.urls import register_converter
from django.urls.converters import StringConverter
from ninja import NinjaAPI, Status
from ninja.openapi.schema import OpenAPISchema
from pydantic.json_schema import models_json_schema

from review.intake import stats as figures
from review.intake.answers import Counts, ErrorAnswer, Judged, MessageAnswer, StatsAnswer
from review.intake.body import read_json
from review.intake.bulk import store
from review.intake.dropin import openapi
from review.intake.errors import ApiError, plain, speak_json
from review.intake.schemas import IncomingMessage, InvalidMessage, row_of
from review.intake.standing import find, standing
from review.intake.tokens import Bearer
from review.intake.upload import CONFLICT, Upload, take_in
from review.intake.verdicts import seconds_to_wait, take_in_few, verdicts_in_time
from review.models import Lane, Scope, Source

MOST_ROWS = 100_000
REF = "#/components/schemas/{model}"
INCOMING = {"$ref": REF.format(model="IncomingMessage")}
ONE_OR_MANY = {"oneOf": [INCOMING, {"type": "array", "maxItems": MOST_ROWS, "items": INCOMING}]}


class AnyId(StringConverter):
    """An external id in a path: any characters, slashes and line ends among them."""

    regex = "(?s:.+)"


class Api(NinjaAPI):
    """Adds to the OpenAPI document what ninja does not read itself: the body of `POST messages`, and the doors for
    clients of other APIs."""

    def get_openapi_schema(self, **kwargs: Any) -> OpenAPISchema:
        schema = super().get_openapi_schema(**kwargs)
        _, models = models_json_schema([(IncomingMessage, "validation")], ref_template=REF)
        schema["components"].setdefault("schemas", {}).update(models["$defs"])
        schema["components"].setdefault("securitySchemes", {}).update(openapi.SECURITY_SCHEMES)
        schema["paths"].update(openapi.paths())
        return schema


register_converter(AnyId, "any_id")
api = Api(
    title="moddog",
    version="1",
    description="Send messages, and read what became of them. Every call needs `Authorization: Bearer TOKEN`.",
    urls_namespace="api",
)
speak_json(api)
WAIT = {
    "name": "wait",
    "in": "query",
    "description": "Seconds to wait for the verdicts, with up to 100 messages.",
    "schema": {"type": "number", "exclusiveMinimum": 0, "maximum": 30},
}
REFUSALS = dict.fromkeys((400, 401, 403, 413, 415, 422), ErrorAnswer)


@api.post(
    "/messages",
    auth=Bearer(Scope.INGEST),
    response={200: Judged, 202: Counts, 409: ErrorAnswer, **REFUSALS},
    summary="Send one message, or an array of them",
    tags=["messages"],
    openapi_extra={
        "requestBody": {"required": True, "content": {"application/json": {"schema": ONE_OR_MANY}}},
        "parameters": [WAIT],
    },
)
def post_messages(request: HttpRequest) -> Any:
    """One object: 409 where its id stands for another text, 422 where it is invalid.

    An array: each row for itself, always 202, with the rejected rows listed. Sending again what was sent is safe.
    With `wait`, 200 with the verdicts as soon as all are there; 202 where they are not in time, or too many wait.
    """
    source, seconds = _source(request), seconds_to_wait(request)
    body = read_json(request)
    if seconds:
        return _answer_judged(source, body, seconds)
    if isinstance(body, dict):
        return JsonResponse(_take_one(source, body), status=202)
    if not isinstance(body, list):
        raise ApiError(400, "malformed", "The body must be an object or an array of objects")
    if len(body) > MOST_ROWS:
        raise ApiError(413, "too_large", f"An array may have up to {MOST_ROWS:,} rows: send the messages in parts")
    return JsonResponse(take_in(source, body).answer(), status=202)


@api.get(
    "/messages/{any_id:external_id}",
    auth=Bearer(Scope.READ),
    response={200: MessageAnswer, **dict.fromkeys((401, 403, 404), ErrorAnswer)},
    summary="How a message stands",
    tags=["messages"],
)
def get_message(request: HttpRequest, external_id: str) -> Any:
    """By the sender's own id, percent-encoded; slashes are allowed as they are."""
    message = find(_source(request), external_id)
    if message is None:
        raise ApiError(404, "not_found", "This source has no message of that id")
    return Status(200, standing(message))


@api.get(
    "/stats",
    auth=Bearer(Scope.READ),
    response={200: StatsAnswer, **dict.fromkeys((401, 403), ErrorAnswer)},
    summary="How busy the source is",
    tags=["operations"],
)
def get_stats(request: HttpRequest) -> Any:
    return Status(200, figures.stats(_source(request)))


@api.api_operation(
    ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"], "/{any_id:path}", include_in_schema=False
)
def nothing_here(request: HttpRequest, path: str) -> Any:
    return plain(404)


def _source(request: HttpRequest) -> Source:
    source: Source = request.auth.source  # type: ignore[attr-defined] # set by Bearer
    return source


def _answer_judged(source: Source, body: Any, seconds: float) -> JsonResponse:
    if isinstance(body, dict):
        counts, sent = _take_one(source, body, Lane.WAITED_FOR), [body["id"]]
    else:
        counts, sent = take_in_few(source, body)
    verdicts = verdicts_in_time(source, sent, seconds)
    if verdicts is None:
        return JsonResponse(counts, status=202)
    return JsonResponse({**counts, "verdicts": verdicts})


def _take_one(source: Source, item: object, lane: Lane = Lane.ORDINARY) -> dict[str, Any]:
    try:
        stored = store(source, [row_of(item)], lane)
    except InvalidMessage as error:
        raise ApiError(422, "invalid", str(error), error.problems) from None
    if stored.conflicts:
        raise ApiError(409, "conflict", CONFLICT.capitalize())
    return Upload(stored.accepted, stored.duplicates).answer()
