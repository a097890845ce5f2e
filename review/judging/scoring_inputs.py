"""What a scorer is asked of a message: its text, alone or, where the source's policy says so, in its context."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from django.db import connection

from inference.scoring.normalise import normalised
from inference.scoring.text_score import InContext, Text
from review.models import Message, ModelVersion
from review.registry.in_context import earlier_messages_of, in_context
from review.registry.scoring_setup import ScoringSetup

LONGEST = 2_000
"""Characters of an earlier message that are read: a prompt has room for fewer."""

# The index of threads serves it: a thread's messages before this one, the newest first.
_EARLIER = """
SELECT m.id, e.text FROM review_message m
  CROSS JOIN LATERAL (
    SELECT left(text, %(longest)s) AS text, sent_at, id FROM review_message
     WHERE source_id = m.source_id AND thread = m.thread AND thread <> '' AND sent_at <= m.sent_at
       AND (sent_at, id) < (m.sent_at, m.id) AND text <> ''
     ORDER BY sent_at DESC, id DESC LIMIT %(most)s) e
 WHERE m.id = ANY(%(messages)s) AND m.thread <> ''
 ORDER BY m.id, e.sent_at, e.id
"""


@dataclass(frozen=True)
class ScoringInputs:
    """Messages that one setup judges, and what is asked of each, with disguises undone."""

    setup: ScoringSetup
    messages: list[Message]
    texts: list[Text]

    @property
    def judged(self) -> list[str]:
        """The text of each message as the model reads it, without what was said before."""
        return [text if isinstance(text, str) else text.text for text in self.texts]


def scoring_inputs(setup: ScoringSetup, messages: Sequence[Message]) -> list[ScoringInputs]:
    """The messages by what judges them: `setup`, the active one, or its version in context."""
    numbers = earlier_messages_of(message.source_id for message in messages)
    found = []
    for number in sorted({numbers.get(message.source_id, 0) for message in messages}):
        own = in_context(setup, number)
        those = [message for message in messages if numbers.get(message.source_id, 0) == number]
        found.append(ScoringInputs(own, those, texts_for(own.model, those)))
    return found


def texts_for(model: ModelVersion, messages: Sequence[Message]) -> list[Text]:
    """What a version is asked of each message, with disguises undone; in what was said before too."""
    read = {text: normalised(text) for text in {message.text for message in messages}}
    if not model.earlier_messages:
        return [read[message.text] for message in messages]
    earlier = _earlier(messages, model.earlier_messages)
    return [InContext(read[message.text], tuple(map(normalised, earlier[message.pk]))) for message in messages]


def key_of(message: Message, text: Text) -> bytes:
    """A digest of all that is asked: equal keys are equal ids. Keyed where it is of the message's text."""
    digest = bytes(message.text_digest)
    if isinstance(text, str):
        return digest
    return digest + blake2b(json.dumps(text.earlier).encode(), digest_size=16).digest()


def _earlier(messages: Sequence[Message], most: int) -> dict[int, tuple[str, ...]]:
    """The texts before each message, the oldest first: what its platform sent along, or else those of its thread."""
    found = {message.pk: _given(message.context)[-most:] for message in messages}
    asking = [pk for pk, given in found.items() if not given]
    with connection.cursor() as cursor:
        cursor.execute(_EARLIER, {"messages": asking, "most": most, "longest": LONGEST})
        for pk, text in cursor.fetchall():
            found[pk] = (*found[pk], text)
    return found


def _given(lines: Iterable[Any]) -> tuple[str, ...]:
    """The texts of a message's context as it was stored."""
    texts = (str(line.get("text") or "") for line in lines if isinstance(line, dict))
    return tuple(text[:LONGEST] for text in texts if text)
