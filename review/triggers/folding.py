"""Folds a text so that spellings of one word become one, and knows where each folded character stood. Pure.

What is undone is what scoring undoes (`inference.scoring.normalise`): invisible characters, compatibility forms,
look-alike letters, digits for letters, spelt-out words; and case and runs of blanks besides.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from inference.scoring.normalise import INVISIBLE, LOOKALIKES, MIXED, SPELT, WORD, latin, unleeted

BLANKS = str.maketrans(dict.fromkeys("\t\n\v\f\r\x1c\x1d\x1e\x1f\x85\u1680\u2028\u2029", " "))
REMOVED = re.compile(f"{INVISIBLE.pattern}|\u200d")
DIGIT = re.compile("[0-9]")
ALIKE = re.compile(f"[{''.join(map(chr, LOOKALIKES))}]")
CLUSTER = re.compile("\\s+|[^\\s][\u0300-\u036f\u3099\u309a]*", re.DOTALL)
"""A character with the marks that belong to it: composed together or not at all."""


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded text. `starts` and `ends` say for each of its characters where it stood; None where nothing moved."""

    text: str
    starts: Sequence[int] | None = None
    ends: Sequence[int] | None = None

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The part of the original text that the folded characters from `start` up to `end` came from."""
        if self.starts is None or self.ends is None:
            return start, end
        return self.starts[start], self.ends[end - 1]

    def without(self, places: set[int]) -> "Folded":
        """The same without the characters at these places."""
        kept = [place for place in range(len(self.text)) if place not in places]
        spans = [self.original(place, place + 1) for place in kept]
        return Folded("".join(self.text[place] for place in kept), [at for at, _ in spans], [to for _, to in spans])


def fold(text: str) -> Folded:
    """The text in one case, one form of each character and single blanks, without what cannot be seen."""
    if text.isascii() or (unicodedata.is_normalized("NFKC", text) and not REMOVED.search(text)):
        visible = text.translate(BLANKS)
        small = _latin(visible).casefold()
        if len(small) == len(text) and "  " not in small:
            return Folded(small)
    return _slowly(text)


def spellings(folded: Folded) -> list[Folded]:
    """A folded text with digits read as the letters that they look like; and where words are spelt out, joined too.

    Both: joining may also swallow a single letter that stood beside a spelt-out word.
    """
    found = [_read_digits(folded)]
    separators = {
        place
        for spelt in SPELT.finditer(folded.text)
        for place in range(spelt.start() + 1, spelt.end(), 2)  # letter, sign, letter, sign, letter
    }
    if separators:
        found.append(_read_digits(folded.without(separators)))
    return found


def key_of(phrase: str) -> str:
    """What every spelling of a phrase folds to."""
    return spellings(fold(phrase.strip()))[-1].text


def _slowly(text: str) -> Folded:
    """As `fold`, character by character."""
    # What is removed may stand inside a cluster, or between blanks, so it goes first.
    seen = [place for place, character in enumerate(text) if not REMOVED.match(character)]
    visible = "".join(text[place] for place in seen)
    forms: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for found in CLUSTER.finditer(visible):
        cluster = found.group()
        form = " " if cluster.isspace() else unicodedata.normalize("NFKC", cluster)
        forms.append(form)
        starts += [seen[found.start()]] * len(form)
        ends += [seen[found.end() - 1] + 1] * len(form)
    return _small(Folded(_latin("".join(forms)), starts, ends))


def _small(folded: Folded) -> Folded:
    """In one case; a letter may become two."""
    letters = [letter.casefold() for letter in folded.text]
    spans = [folded.original(place, place + 1) for place, letter in enumerate(letters) for _ in letter]
    return Folded("".join(letters), [at for at, _ in spans], [to for _, to in spans])


def _latin(text: str) -> str:
    """Letters that only look Latin, in words that have Latin ones, as those; a letter for a letter."""
    return text if text.isascii() or not ALIKE.search(text) else WORD.sub(latin, text)


def _read_digits(folded: Folded) -> Folded:
    if not DIGIT.search(folded.text):
        return folded
    return Folded(MIXED.sub(unleeted, folded.text), folded.starts, folded.ends)
