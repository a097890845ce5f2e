"""Texts of clients in, judged texts out: kept nowhere, or stored and routed like any message where a source says so."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from time import monotonic
from typing import Any

from django.utils import timezone

from review.intake.digests import text_digest
from review.intake.dropin.judged_text import JudgedText, from_json
from review.intake.dropin.scratch import NotInTime, TextToJudge, ask
from review.intake.rows import Row
from review.intake.schemas import row_of
from review.intake.storing import store
from review.intake.waiting import TooManyWait, waiting
from review.judging.scratch_results import as_json
from review.models import Lane, Message, Source, Verdict
from review.registry.model_versions import languages_of
from review.registry.scoring_setup import ScoringSetup
from review.verdicts.language import legibility

SECONDS = 10.0
"""As long as a client of another API is left waiting; then it gets that API's own 503."""
LONGEST_ID = 200

__all__ = ["SECONDS", "NotInTime", "RequestedText", "judge_texts", "own_id", "store_and_wait"]


@dataclass(frozen=True)
class RequestedText:
    """A text that a client asks about. Where `keep`, it is stored under `id`, or under one of moddog's own."""

    source: Source
    text: str
    keep: bool = False
    id: str = ""
    parts: Sequence[str] = ()
    fields: Mapping[str, Any] = field(default_factory=dict)

    def row_as(self, external_id: str) -> Row:
        """What is stored of it. Raises InvalidMessage."""
        return row_of({**self.fields, "id": external_id, "text": self.text})

    @property
    def asks(self) -> list[TextToJudge]:
        """What stands in the scratch table for it: its parts, and it itself unless it is stored."""
        whole = [] if self.keep else [TextToJudge(self.source.pk, self.text)]
        return whole + [TextToJudge(self.source.pk, part, is_part=True) for part in self.parts]

    def check(self) -> None:
        """Raises InvalidMessage where it is to be stored and cannot be."""
        if self.keep:
            self.row_as(self.id[:LONGEST_ID] or "own")


def judge_texts(
    door: str, requested: Sequence[RequestedText]
) -> list[tuple[JudgedText | None, list[JudgedText | None]]]:
    """For each text what is known of it and of its parts, in order. Raises NotInTime, InvalidMessage."""
    end = monotonic() + SECONDS
    kept = iter(store_and_wait(door, [each for each in requested if each.keep], SECONDS))
    asked = [text for each in requested for text in each.asks]
    found = iter(ask(door, asked, max(end - monotonic(), 0.0)))
    return [(next(kept if each.keep else found), [next(found) for _ in each.parts]) for each in requested]


def store_and_wait(door: str, requested: Sequence[RequestedText], seconds: float) -> list[JudgedText | None]:
    """Store texts as messages that somebody waits for; None where the model cannot read one, and people decide.

    The messages stay, and are judged, also where this raises NotInTime. Raises InvalidMessage for fields that are none.
    """
    if not requested:
        return []
    messages = [_stored(door, each) for each in requested]
    try:
        if not waiting.until_judged(messages, max(seconds, 0.0)):
            raise NotInTime
    except TooManyWait:
        raise NotInTime from None
    related = ("score__model", "score__rubric", "calibrator", "policy", "message__source", "trigger")
    latest = Verdict.objects.filter(message__in=messages).order_by("message", "-id").distinct("message")
    found = {verdict.message_id: _judged(verdict) for verdict in latest.select_related(*related)}
    return [found.get(message) for message in messages]


def own_id(door: str, text: str, day: date) -> str:
    """The id of a text that came without one: the same for its copies of a day, which share one draw."""
    return f"{door}/{day.isoformat()}/{text_digest(text).hex()}"


def _judged(verdict: Verdict) -> JudgedText:
    setup, message = ScoringSetup(verdict.score.model, verdict.score.rubric), verdict.message
    found = legibility(message.text, languages=languages_of(setup.model))
    return from_json(as_json(verdict, found, setup, any_language=message.source.judges_other_languages))


def _stored(door: str, requested: RequestedText) -> int:
    """The key of the message under its id. An edited text that comes under the same id gets one beside it."""
    digest = text_digest(requested.text).hex()[:12]
    name = requested.id[:LONGEST_ID] or own_id(door, requested.text, timezone.now().date())
    for external_id in (name, f"{name[: LONGEST_ID - 13]}#{digest}"):
        if not store(requested.source, [requested.row_as(external_id)], Lane.WAITED_FOR).conflicts:
            return Message.objects.values_list("pk", flat=True).get(source=requested.source, external_id=external_id)
    raise AssertionError("a name that ends in the digest of its text stands for that text")
