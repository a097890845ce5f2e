"""Triggers tried on the last messages of their source while they are typed. Nothing is written."""

from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic

from review.models import Message, Source, Trigger
from review.triggers.matcher import Match, Matcher

LOOKED_AT = 10_000
CHUNK = 500
SECONDS = 1.0
"""After which a trial says how far it came: the page waits for it."""
SHOWN = 12


@dataclass(frozen=True)
class Tried:
    """`looked_at` messages were tried, of the newest; `matched` of them have a trigger. `samples` are some of those."""

    looked_at: int
    matched: int
    samples: Sequence[tuple[Message, list[Match]]]
    in_time: bool


def tried(source: Source, triggers: Sequence[Trigger]) -> Tried:
    """Try triggers on the last messages, the newest first, for a second at most."""
    matcher, end = Matcher(triggers), monotonic() + SECONDS
    samples: list[tuple[Message, list[Match]]] = []
    looked_at = matched = 0
    rows = Message.objects.filter(source=source).exclude(text="").order_by("-id").only("text", "sent_at", "author")
    last: int | None = None
    while looked_at < LOOKED_AT:
        chunk = list((rows if last is None else rows.filter(pk__lt=last))[:CHUNK])
        for message in chunk:
            matches = matcher.find(message.text)
            looked_at, matched = looked_at + 1, matched + bool(matches)
            if matches and len(samples) < SHOWN:
                samples.append((message, matches))
            if monotonic() > end:
                return Tried(looked_at, matched, samples, in_time=False)
        if len(chunk) < CHUNK:
            break
        last = chunk[-1].pk
    return Tried(looked_at, matched, samples, in_time=True)
