"""Perspective's endpoints: analyze, suggestscore, batches of both, and the document that describes them."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from review.access import token_of
from review.intake.admission import Admission
from review.intake.dropin import cors
from review.intake.dropin.batch import MOST_BYTES, parts_of, response_of
from review.intake.dropin.batched_calls import answers_of
from review.intake.dropin.discovery import document
from review.intake.dropin.door import answer_error, opens
from review.intake.dropin.google_errors import Refusal
from review.intake.dropin.keys import key_of
from review.intake.dropin.perspective import Answer
from review.intake.dropin.perspective_calls import PERSPECTIVE, analyzed, may_suggest, suggested
from review.intake.dropin.relaxed_json import read_body, read_object


@opens(PERSPECTIVE)
def analyze(request: HttpRequest, admission: Admission) -> HttpResponse:
    (found,) = analyzed([(admission, read_object(read_body(request), relaxed=True))])
    return _response(found)


@opens(PERSPECTIVE, may_suggest)
def suggest_score(request: HttpRequest, admission: Admission) -> HttpResponse:
    return _response(suggested(admission, read_object(read_body(request), relaxed=True)))


@csrf_exempt
def batched(request: HttpRequest) -> HttpResponse:
    """Each part is a call of its own, with a key of its own or that of the whole; a bad one spoils no other."""
    if request.method == "OPTIONS":
        return cors.preflight(request)
    token = token_of(key_of(request))
    try:
        if request.method != "POST":
            raise PERSPECTIVE.method()
        parts = parts_of(read_body(request, MOST_BYTES), request.headers.get("Content-Type", ""))
        response = response_of(parts, answers_of(parts, token))
    except Exception as error:
        response = answer_error(PERSPECTIVE, error, token.source if token else None)
    return cors.admit(request, response, token.source if token else None)


@require_safe
def discovery(request: HttpRequest) -> HttpResponse:
    response = JsonResponse(document(request))
    response["Access-Control-Allow-Origin"] = "*"  # it is the same for everybody, and holds no secret
    return response


@csrf_exempt
def nothing_here(request: HttpRequest, path: str = "") -> HttpResponse:
    return answer_error(PERSPECTIVE, Refusal(404, "Method not found."), None)


def _response(found: Answer | Exception) -> HttpResponse:
    if isinstance(found, Exception):
        raise found
    return JsonResponse(found.body, headers=found.headers)
