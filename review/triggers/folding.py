"""Folds a text so that spellings of one word become one, and knows where each folded character stood. Pure.

What is undone is what can be undone letter for letter: invisible characters, compatibility forms, look-alike letters,
digits for letters, spelt-out words, case and runs of blanks. Scoring undoes more (`inference.scoring.normalise`).
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from inference.scoring.confusables import alike

BLANKS = str.maketrans(dict.fromkeys("\t\n\v\f\r\x1c\x1d\x1e\x1f\x85\u1680\u2028\u2029", " "))
REMOVED = re.compile("[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\U000e0020-\U000e007f]")
WORD = re.compile(r"[^\W\d_]+")
SPELT = re.compile(r"(?<![^\W_])([^\W\d_])(?:([ .*_-])([^\W\d_]))(?:\2[^\W\d_])+(?![^\W_])")
"""Three or more single letters, set apart by one and the same sign."""
LEET = str.maketrans("431057", "aeiost")
MIXED = re.compile(r"[A-Za-z0-9]{2,}")
MEASURE = re.compile(r"\d+[A-Za-z]{1,2}")  # 5th, 10k, 20kg
DIGIT = re.compile("[0-9]")
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
    return text if text.isascii() else WORD.sub(_in_latin, text)


def _in_latin(found: re.Match[str]) -> str:
    """A word that mixes Latin letters with look-alikes, in Latin letters alone; any other word as it is."""
    word = found.group()
    if word.isascii() or not any(map(str.isascii, word)):
        return word
    turned = "".join(letter if letter.isascii() else alike(letter) or letter for letter in word)
    return turned if turned.isascii() else word


def _read_digits(folded: Folded) -> Folded:
    if not DIGIT.search(folded.text):
        return folded
    return Folded(MIXED.sub(_unleeted, folded.text), folded.starts, folded.ends)


def _unleeted(found: re.Match[str]) -> str:
    """A word that mixes letters with digits, in the letters that the digits look like."""
    word = found.group()
    plain = word.isalpha() or word.isdigit() or MEASURE.fullmatch(word)
    return word if plain else word.translate(LEET)
