"""`POST /v1/moderations`: OpenAI's moderation API."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from review.intake.admission import Admission
from review.intake.dropin.door import Door, answer_error, opens
from review.intake.dropin.judging import judge_texts
from review.intake.dropin.openai import DOOR, answer, requested, texts_of
from review.intake.dropin.openai_errors import Refusal, invalid, limited, unavailable
from review.intake.dropin.relaxed_json import read_body, read_object

MOST_BYTES = 16 * 1024 * 1024
OPENAI = Door(
    DOOR,
    refusal=Refusal,
    no_key=lambda: Refusal(401, "Incorrect API key provided.", "invalid_request_error", "invalid_api_key"),
    forbidden=lambda: Refusal(
        403, "This token lacks the scope for this call", "invalid_request_error", "insufficient_permissions"
    ),
    unreadable=invalid,
    limited=limited,
    unavailable=unavailable,
    method=lambda: Refusal(405, "POST it", "invalid_request_error", "method_not_supported"),
    internal=lambda: Refusal(500, "Something went wrong on our side", "server_error", "internal_error"),
)


@opens(OPENAI)
def moderations(request: HttpRequest, admission: Admission) -> HttpResponse:
    body = read_object(read_body(request, MOST_BYTES), relaxed=False)
    texts = requested(admission.source, texts_of(body))
    admission.ask_about([each.text for each in texts], stores=any(each.keep for each in texts))
    judged = [whole for whole, _ in judge_texts(DOOR, texts)]
    found, version = answer(admission.source, str(body.get("model") or ""), judged)
    response = JsonResponse(found)
    if version:
        response["Moddog-Version"] = version
    return response


@csrf_exempt
def nothing_here(request: HttpRequest, path: str = "") -> HttpResponse:
    unknown = Refusal(404, "There is nothing here", "invalid_request_error", "unknown_url")
    return answer_error(OPENAI, unknown, None)
