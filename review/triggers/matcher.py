"""All triggers of a source in one: phrases, patterns and links, and where each stands in a text. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext

from review.models import Trigger
from review.triggers.folding import fold, key_of
from review.triggers.links import InvalidDomain, Links, domain_of
from review.triggers.patterns import InvalidPattern, Patterns, compiled
from review.triggers.phrases import Phrases

Kind = Trigger.Kind


@dataclass(frozen=True, slots=True)
class Match:
    """A trigger, and where it matched: from `start` up to `end` in the original text."""

    trigger: Trigger
    start: int
    end: int


class Matcher:
    """Finds triggers in texts. Building one of 10,000 phrases takes some tenths of a second; it can be kept."""

    def __init__(self, triggers: Sequence[Trigger]) -> None:
        """Raises InvalidPattern or InvalidDomain, which stored triggers were checked for."""
        self._triggers = triggers
        phrases, patterns, links = (self._of(kind) for kind in (Kind.PHRASE, Kind.PATTERN, Kind.LINK))
        self._phrases = Phrases(phrases) if phrases else None
        self._links = Links(links) if links else None
        self._patterns = Patterns(patterns)

    def find(self, text: str) -> list[Match]:
        """Every match in the text, in no order."""
        found = list(self._patterns.find(text))
        if self._phrases or self._links:
            folded = fold(text)
            found += self._phrases.find(text, folded) if self._phrases else ()
            found += self._links.find(folded) if self._links else ()
        return [Match(self._triggers[place], start, end) for place, start, end in found]

    def _of(self, kind: Kind) -> list[tuple[int, str]]:
        return [(place, each.text) for place, each in enumerate(self._triggers) if each.kind == kind]


def problem_with(kind: str, written: str) -> str:
    """What is wrong with a trigger's text, in a sentence; empty where nothing is."""
    try:
        if kind == Kind.LINK:
            domain_of(written)
        elif kind == Kind.PATTERN:
            compiled(written)
        elif not any(character.isalnum() for character in key_of(written)):
            return gettext("A phrase needs a letter or a digit.")
    except (InvalidDomain, InvalidPattern) as error:
        return str(error)
    return ""
