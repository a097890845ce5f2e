"""The REST API, mounted at /api/v1/."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.urls import register_converter
from django.urls.converters import StringConverter
from ninja import NinjaAPI, Query, Status
from ninja.openapi.schema import OpenAPISchema
from pydantic.json_schema import models_json_schema

from review.intake import client_errors
from review.intake import stats as figures
from review.intake.admission import Admission
from review.intake.answers import (
    Counts,
    ErrorAnswer,
    FeedQuery,
    Judged,
    MessageAnswer,
    OutcomeFeedAnswer,
    RulesAnswer,
    StatsAnswer,
    VerdictFeedAnswer,
)
from review.intake.appeals import AppealAnswer, IncomingAppeal, take_appeal
from review.intake.dropin import openapi
from review.intake.encodings import TooLarge, Unreadable
from review.intake.errors import DOOR, ApiError, plain, speak_json
from review.intake.feeds import OUTCOMES, VERDICTS, page
from review.intake.files import Item, read_items
from review.intake.json_rows import NotJson, id_in, row_of_json
from review.intake.message_status import find, message_status
from review.intake.multipart import uploaded_file
from review.intake.one_object import read_object
from review.intake.reports import IncomingReport, ReportAnswer, take_report
from review.intake.request_body import JSON, JSON_LINES, is_json_lines, read_json, read_rows
from review.intake.rule_book import rule_in_force
from review.intake.schemas import IncomingMessage, InvalidMessage
from review.intake.storing import store
from review.intake.tokens import Bearer
from review.intake.upload import CONFLICT, Upload, at_hand, is_one_batch, take_in
from review.intake.verdicts import few_of, seconds_to_wait, take_in_few, verdicts_in_time
from review.models import Lane, Scope, Source
from review.registry.rules import rules_of

MOST_ROWS = 100_000
LINES = '{"id": "1", "text": "good game"}\n{"id": "2", "text": "see you"}\n'
REF = "#/components/schemas/{model}"
INCOMING = {"$ref": REF.format(model="IncomingMessage")}
ONE_OR_MANY = {"oneOf": [INCOMING, {"type": "array", "maxItems": MOST_ROWS, "items": INCOMING}]}
STREAM = {"type": "string", "description": "JSON lines: an IncomingMessage a line.", "examples": [LINES]}
UPLOAD = {
    "type": "object",
    "required": ["file"],
    "properties": {"file": {"type": "string", "format": "binary", "description": ".csv or .jsonl, also with .gz"}},
}


class AnyId(StringConverter):
    """An external id in a path: any characters, slashes and line ends among them."""

    regex = "(?s:.+)"


class Api(NinjaAPI):
    """Adds to the OpenAPI document what ninja does not read itself: the body of `POST messages`, and the doors for
    clients of other APIs."""

    def get_openapi_schema(self, **kwargs: Any) -> OpenAPISchema:
        schema = super().get_openapi_schema(**kwargs)
        _, models = models_json_schema(
            [(each, "validation") for each in (IncomingMessage, IncomingReport, IncomingAppeal)], ref_template=REF
        )
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
REFUSALS = dict.fromkeys((400, 401, 403, 413, 415, 422, 429, 503), ErrorAnswer)


@api.post(
    "/messages",
    auth=Bearer(Scope.INGEST),
    response={200: Judged, 202: Counts, 409: ErrorAnswer, **REFUSALS},
    summary="Send one message, or an array or a stream of them",
    tags=["messages"],
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {JSON: {"schema": ONE_OR_MANY}, JSON_LINES[0]: {"schema": STREAM}},
        },
        "parameters": [WAIT],
    },
)
def post_messages(request: HttpRequest) -> Any:
    """One object: 409 where its id stands for another text, 422 where it is invalid.

    An array, or a stream of JSON lines (application/x-ndjson) of any length: each row for itself, always 202, with the
    rejected rows listed. A stream that breaks off leaves whole batches, and an error says in `details` how many rows
    were dealt with. Sending again what was sent is safe. The body may be gzipped.
    429 and 503 say in `Retry-After` when to go on; `RateLimit-*` tell what is left where the token has a limit.
    With `wait`, 200 with the verdicts as soon as all are there; 202 where they are not in time, or too many wait.
    """
    admission, seconds = _admission(request), seconds_to_wait(request)
    if is_json_lines(request):
        rows = read_rows(request)
        return _answer_judged(admission, few_of(rows), seconds) if seconds else _answer_many(admission, rows)
    body = read_json(request)
    if seconds:
        return _answer_judged(admission, body, seconds)
    if isinstance(body, bytes):
        return _answer(_take_one(admission, body), admission)
    if len(body) > MOST_ROWS:
        raise ApiError(413, "too_large", f"An array may have up to {MOST_ROWS:,} rows: send the messages in parts")
    return _answer_many(admission, at_hand(body), is_long=not is_one_batch(body))


@api.post(
    "/messages/upload",
    auth=Bearer(Scope.INGEST),
    response={202: Counts, **REFUSALS},
    summary="Send a file of messages",
    tags=["messages"],
    openapi_extra={"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": UPLOAD}}}},
)
def post_file(request: HttpRequest) -> Any:
    """A multipart form whose field `file` is CSV (with a header) or JSON lines, plain or gzipped, of any size.

    Answered as an array is, with the line of each rejected row. Columns and keys are named as the fields of a message.
    """
    with uploaded_file(request) as (chunks, kind):
        return _answer_many(_admission(request), read_items(chunks, kind))


@api.get("/messages/upload", auth=Bearer(Scope.READ), include_in_schema=False)
def get_message_called_upload(request: HttpRequest) -> Any:
    """A message may have this id, too."""
    return get_message(request, "upload")


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
    return Status(200, message_status(message))


@api.post(
    "/reports",
    auth=Bearer(Scope.INGEST),
    response={202: ReportAnswer, 404: ErrorAnswer, **REFUSALS},
    summary="Report a message",
    tags=["reports"],
    openapi_extra={
        "requestBody": {"required": True, "content": {JSON: {"schema": {"$ref": REF.format(model="IncomingReport")}}}}
    },
)
def post_report(request: HttpRequest) -> Any:
    """Somebody's word that a message breaks a rule. People look at it; nothing is done to the message before.

    All reports on one message are one case. A second one by the same reporter changes nothing. What people decide is
    told by the webhook event `report.resolved`.
    """
    report = read_object(request, IncomingReport, "report")
    answer, headers = take_report(request.auth, report)  # type: ignore[attr-defined] # set by Bearer
    return JsonResponse(answer, status=202, headers=headers)


@api.post(
    "/appeals",
    auth=Bearer(Scope.INGEST),
    response={202: AppealAnswer, 404: ErrorAnswer, 409: ErrorAnswer, **REFUSALS},
    summary="Appeal against what was done to a message or an author",
    tags=["appeals"],
    openapi_extra={
        "requestBody": {"required": True, "content": {JSON: {"schema": {"$ref": REF.format(model="IncomingAppeal")}}}}
    },
)
def post_appeal(request: HttpRequest) -> Any:
    """An author's objection to the outcome in force. Somebody other than whoever decided looks at it, and answers.

    409 where nothing restricts the message, or is in force on the author, or the time for it is over. A second appeal
    against the same outcome changes nothing, and tells how the first one stands. The answer is told by the webhook
    event `appeal.resolved`, and stands on the page of the link.
    """
    appeal = read_object(request, IncomingAppeal, "appeal")
    answer, headers = take_appeal(request.auth, appeal)  # type: ignore[attr-defined] # set by Bearer
    return JsonResponse(answer, status=202, headers=headers)


@api.get(
    "/rules",
    auth=Bearer(Scope.READ),
    response={200: RulesAnswer, **dict.fromkeys((401, 403), ErrorAnswer)},
    summary="The rule book",
    tags=["rules"],
)
def get_rules(request: HttpRequest) -> Any:
    """The rules of the source as they are in force. Outcomes name the version that they were made by."""
    return Status(200, {"rules": [rule_in_force(each) for each in rules_of(_source(request))]})


@api.get(
    "/outcomes",
    auth=Bearer(Scope.READ),
    response={200: OutcomeFeedAnswer, **dict.fromkeys((401, 403, 422), ErrorAnswer)},
    summary="What was done, in order",
    tags=["feeds"],
)
def get_outcomes(request: HttpRequest, asked: Query[FeedQuery]) -> Any:
    """Outcomes of the source in the order in which they were published: none is skipped, and none comes twice.

    One is about the message of this `id`, or about the `author` of this name, who was warned, muted or banned, or let
    off: the other of the two is null. Of one message, as of one author, the one with the highest `seq` holds.
    Begin without a cursor and go on with the one of the last answer, whenever you like. With `wait`, an answer without
    rows is held back until there is one. An outcome that can still be undone, or was, does not show.
    """
    return page(OUTCOMES, _source(request), **asked.model_dump())


@api.get(
    "/verdicts",
    auth=Bearer(Scope.READ),
    response={200: VerdictFeedAnswer, **dict.fromkeys((401, 403, 422), ErrorAnswer)},
    summary="What the model said, in order",
    tags=["feeds"],
)
def get_verdicts(request: HttpRequest, asked: Query[FeedQuery]) -> Any:
    """Verdicts of the source, read as outcomes are. A message that was routed anew has several: the last one holds."""
    return page(VERDICTS, _source(request), **asked.model_dump())


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


def _admission(request: HttpRequest) -> Admission:
    return Admission(request.auth)  # type: ignore[attr-defined] # set by Bearer


def _answer(body: dict[str, Any], admission: Admission, status: int = 202) -> JsonResponse:
    """With what is left of the token's minute. That rows were rejected shows on the page of the source, too."""
    if rejected := body["rejected_total"]:
        code = body["rejected"][0]["error"]["code"]
        message = f"{rejected:,} row{'s' if rejected > 1 else ''} rejected, for reasons that the answer gives"
        client_errors.note(admission.source, DOOR, status, code, message)
    return JsonResponse(body, status=status, headers=admission.headers)


def _answer_many(admission: Admission, items: Iterable[Item], *, is_long: bool = True) -> JsonResponse:
    """An error on the way says how far the rows were dealt with."""
    upload = Upload(admission=admission)
    try:
        take_in(admission.source, items, upload=upload, is_long=is_long)
    except Unreadable as error:
        status, code = (413, "too_large") if isinstance(error, TooLarge) else (400, "malformed")
        raise ApiError(status, code, str(error), upload.so_far(), kept=error.kept) from None
    except ApiError as error:
        error.details = error.details or upload.so_far()
        raise
    return _answer(upload.answer(), admission)


def _answer_judged(admission: Admission, body: Any, seconds: float) -> JsonResponse:
    if isinstance(body, bytes):
        counts, sent = _take_one(admission, body, Lane.WAITED_FOR), [str(id_in(body))]
    else:
        counts, sent = take_in_few(admission.source, body, admission)
    verdicts = verdicts_in_time(admission.source, sent, seconds, sent_before=bool(counts["duplicates"]))
    if verdicts is None:
        return _answer(counts, admission)
    return _answer({**counts, "verdicts": verdicts}, admission, 200)


def _take_one(admission: Admission, text: bytes, lane: Lane = Lane.ORDINARY) -> dict[str, Any]:
    try:
        row = row_of_json(text)
    except NotJson as error:
        raise ApiError(400, "malformed", f"The body is {error}") from None
    except InvalidMessage as error:
        raise ApiError(422, "invalid", str(error), error.problems) from None
    admission.ask([row], 1)
    stored = store(admission.source, [row], lane)
    if stored.conflicts:
        raise ApiError(409, "conflict", CONFLICT.capitalize(), headers=admission.headers)
    return Upload(accepted=stored.accepted, duplicates=stored.duplicates).answer()
