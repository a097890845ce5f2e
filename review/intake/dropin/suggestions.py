"""`comments:suggestscore`: what a client says a score should have been, and what is made of it.

Every suggestion is recorded without its text. Where the source's admin trusts them it is a label besides, of the
message that has the client's token or the text; a text that was never stored is stored then, and scored to learn from.
Such labels were chosen by content, so they have no cohort rate: they fit calibrators and certify nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from review.intake.digests import text_digest
from review.intake.dropin.analysis import client_token_of, is_plain, number_of, text_of
from review.intake.dropin.attributes import category_of, violation_of
from review.intake.dropin.client_settings import settings_of
from review.intake.dropin.google_errors import Refusal, invalid
from review.intake.dropin.judging import own_id
from review.intake.dropin.perspective import DOOR
from review.intake.imports import decide_imported
from review.intake.labels import Labelled
from review.intake.schemas import row_of
from review.intake.storing import store
from review.models import Category, Message, Source, Suggestion

MOST = 100
LOOK_BACK = 14
"""Days within which a suggestion finds the text that it is about."""
HALF = 0.5
"""From here on a suggested score says that the text is a violation."""


@dataclass(frozen=True)
class Suggested:
    """A text with the summary scores that it should have had, by attribute."""

    text: str
    scores: Mapping[str, float]
    client_token: str | None
    community: str

    @property
    def category(self) -> Category | None:
        """The category that it is given, None where no attribute is one that moddog gives."""
        given = {name: score for name, score in self.scores.items() if category_of(name)}
        if not given:
            return None
        highest = max(given, key=lambda name: given[name])
        return Category(violation_of(highest)) if given[highest] >= HALF else Category.BENIGN


def suggested_of(body: Mapping[str, Any]) -> Suggested:
    """Read the body of a request. Raises Refusal."""
    asked = body.get("attributeScores")
    if asked is not None and not isinstance(asked, dict):
        raise invalid("attributeScores must be an object")
    if not asked:
        raise Refusal(400, "No attribute scores.", "NO_REQUESTED_ATTRIBUTES")
    if len(asked) > MOST:
        raise invalid(f"attributeScores may name up to {MOST}")
    if not all(is_plain(name) for name in asked):
        raise invalid("attributeScores must be named without NUL characters and lone surrogates")
    community = body.get("communityId")
    return Suggested(
        text_of(body),
        {name[:100]: score for name, each in asked.items() if (score := _summary(each)) is not None},
        client_token_of(body),
        community[:200] if isinstance(community, str) and is_plain(community) else "",
    )


@transaction.atomic
def record(source: Source, suggested: Suggested) -> Suggestion:
    """Write a suggestion down, and label by it where the source trusts it."""
    message = None
    if settings_of(source).trust_suggestions and suggested.category:
        message = _labelled(source, suggested, suggested.category)
    return Suggestion.objects.create(
        source=source,
        text_digest=text_digest(suggested.text),
        client_token=(suggested.client_token or "")[:200],
        community=suggested.community,
        scores=dict(suggested.scores),
        message=message,
    )


def _labelled(source: Source, suggested: Suggested, category: Category) -> Message | None:
    """The message, labelled: the latest suggestion corrects an earlier one. None where a file's label stands."""
    message = _message(source, suggested)
    was_suggested = Suggestion.objects.filter(source=source, message=message).exists()
    labelled = Labelled("attributeScores", relabel=was_suggested)
    imported = decide_imported(source, {message.external_id: category}, labelled)
    return message if was_suggested or imported.new else None


def _message(source: Source, suggested: Suggested) -> Message:
    """The message that is meant: by the client's token or by text among those that came by this door, else a new one.

    Texts are found by the ids that the door gave them: messages have no index by text, and are too many to be read. So
    one that was stored under another token of the client is not found.
    """
    today = timezone.now().date()
    ids = [own_id(DOOR, suggested.text, today - timedelta(days=days)) for days in range(LOOK_BACK)]
    ids += [f"suggested/{text_digest(suggested.text).hex()}", (suggested.client_token or "")[:200]]
    same = Message.objects.filter(source=source, external_id__in=ids, text_digest=text_digest(suggested.text))
    found: Message | None = same.order_by("-id").first()
    if found:
        return found
    external_id = f"suggested/{text_digest(suggested.text).hex()}"
    store(source, [row_of({"id": external_id, "text": suggested.text})])
    return Message.objects.get(source=source, external_id=external_id)


def _summary(scores: object) -> float | None:
    """The suggested score of the whole text; spans alone say nothing of it."""
    summary = scores.get("summaryScore") if isinstance(scores, dict) else None
    if summary is None:
        return None
    if not isinstance(summary, dict):
        raise invalid("summaryScore must be an object")
    return number_of(summary.get("value", 0), "summaryScore.value")
