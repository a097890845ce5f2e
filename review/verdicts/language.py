"""Whether a text is one that the model was trained on: in one of its languages, and plain text. Pure."""

from collections.abc import Set
from dataclasses import dataclass

from inference.scoring.language import ENGLISH, MOST_READ, UNKNOWN, language_of
from inference.scoring.legible import is_plain
from inference.scoring.normalise import normalised
from inference.scoring.verdict_format import MANY

ONLY_ENGLISH = frozenset({ENGLISH})


@dataclass(frozen=True)
class Legibility:
    """Whether a text, as it is judged, is in one of the languages that the model was trained on (`covered`), as far as
    can be told, whether it can be read at all (`plain`), and its `language`.

    Emoji, digits and what is too short to tell count as such. No text at all is not covered: that is one that was
    erased, of which nobody knows any more what language it was in.
    """

    covered: bool
    plain: bool
    language: str = ENGLISH

    @property
    def told(self) -> str:
        """The language, as far as one can be told: UNKNOWN for what is no plain text, or in a script and no more."""
        return self.language if self.plain else UNKNOWN

    def read_in(self, *, any_language: bool) -> str | None:
        """The language that it is read in; None where a margin says nothing of the text.

        `any_language`: the source has texts judged in whatever language they are.
        """
        return self.language if self.plain and (self.covered or any_language) else None


def language_told(text: str) -> str:
    """The ISO 639 code of the language of a text that nothing has judged: by its beginning, with disguises undone."""
    return language_of(normalised(text[:MOST_READ]))


def legibility(text: str, judged: str | None = None, languages: Set[str] = ONLY_ENGLISH) -> Legibility:
    """Of a text for a model of these `languages`, ISO 639 codes or MANY.

    `judged` is the text with its disguises undone, for who has it already: to undo them takes a third of a millisecond
    for a chat message, and seconds for the longest of the most disguised.
    """
    judged = normalised(text) if judged is None else judged
    language = language_of(judged)
    covered = MANY in languages or language in languages
    return Legibility(bool(text) and covered, is_plain(judged, in_english=language == ENGLISH), language)
