"""`POST /api/v1/coral`: Coral's external moderation phase."""

from dataclasses import dataclass
from time import monotonic

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from review.intake import client_errors
from review.intake.admission import Admission
from review.intake.dropin.coral import DOOR, InvalidComment, answer, comment_of, is_signed
from review.intake.dropin.judged_text import JudgedText
from review.intake.dropin.judging import NotInTime, RequestedText, store_and_wait
from review.intake.dropin.relaxed_json import UnreadableBody, read_body, read_object
from review.intake.errors import ApiError, api_error, plain
from review.intake.schemas import InvalidMessage
from review.models import ClientSettings, Source

UNSIGNED = "X-Coral-Signature must be made with a secret that a source has here"


@dataclass(frozen=True)
class Signer:
    """Stands for a token, which Coral has none of. The limits are far above what any site is sent by its readers."""

    source: Source
    messages_a_minute: int = 3_000
    text_a_minute: int = 16 << 20  # bytes

    @property
    def pk(self) -> str:
        return f"coral:{self.source.pk}"


@csrf_exempt
def moderate(request: HttpRequest) -> HttpResponse:
    """204 where the policy lets the comment pass, which leaves it to Coral's other phases; else 200 with actions."""
    started = monotonic()
    if request.method != "POST":
        response: HttpResponse = plain(405)
        response["Allow"] = "POST"
        return response
    try:
        body = read_body(request)
    except UnreadableBody as error:
        return plain(400, str(error))
    settings = _signer(body, request.headers.get("X-Coral-Signature", ""))
    if settings is None:
        return plain(401, UNSIGNED)
    try:
        judged = _judged(settings, body, started)
    except (UnreadableBody, InvalidComment, InvalidMessage) as error:
        return _refused(settings.source, error)
    except ApiError as error:  # too much in a minute, or too many wait
        client_errors.note(settings.source, DOOR, error.status, error.code, error.message)
        return api_error(error)
    except NotInTime:
        judged = None
        client_errors.note(settings.source, DOOR, 200, "NOT_IN_TIME", "Not judged in time: left to a moderator")
    found = answer(judged)
    response = HttpResponse(status=204) if found is None else JsonResponse(found)
    if judged:
        response["Moddog-Version"] = judged.version(ClientSettings.Scale.CALIBRATED)
    return response


def _signer(body: bytes, header: str) -> ClientSettings | None:
    """Whose secret signed the body: Coral sends nothing else that says which source it is of."""
    if not header:
        return None
    known = ClientSettings.objects.exclude(coral_secrets=[]).select_related("source").order_by("pk")
    return next((each for each in known if is_signed(body, header, each.coral_secrets)), None)


def _judged(settings: ClientSettings, body: bytes, started: float) -> JudgedText | None:
    comment = comment_of(read_object(body, relaxed=False))
    Admission(Signer(settings.source)).ask_about([comment.text], stores=True)
    requested = RequestedText(settings.source, comment.text, keep=True, id=comment.id, fields=comment.fields())
    (judged,) = store_and_wait(DOOR, [requested], settings.coral_wait_ms / 1000 - (monotonic() - started))
    return judged


def _refused(source: Source, error: Exception) -> HttpResponse:
    fields = ", ".join(sorted({each["field"] for each in error.problems})) if isinstance(error, InvalidMessage) else ""
    message = f"These fields cannot be stored: {fields}" if fields else str(error)
    client_errors.note(source, DOOR, 400, "malformed", message)
    return plain(400, message)
