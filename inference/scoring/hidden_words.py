"""Whether a strong word is hidden in a text: with letters left out or swapped, in halves, or among others. Pure.

The words are those of `strong_words.txt`. What hides one is no usual word itself: "moron" without its "r" is "moon".
"""

import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path

from inference.scoring.word_costs import UNKNOWN_COST, cost, split

STRONG = Path(__file__).parent / "strong_words.txt"
"""Insults, curses and slurs that turn a whole text, written by hand."""
RUN = re.compile(r"(?<![^\W_])[A-Za-z]+(?![^\W_])")
PLACE = re.compile(r"\w+://\S+|www\.\S+|@\w+|\S+@\S+")
FEWEST = 3
"""Letters of what may hide a word: two stand for too much."""
LONG = 9
"""Letters from which on a word that is on no list may be several."""
RAREST = 13.5
"""A cost from which on what may hide a word is none itself: "fuk" and "bich", which chat has, and not "moon"."""
RARE = 10.0
"""A cost from which on half a word may be one: "mo" and "ron", and not "has" and "hit"."""
LONG_ENOUGH = 5
"""Letters of a word that may lie in two halves."""
LEAST_HALF = 2
"""Letters of a half: one alone is the end of "what the fuck's"."""
VOWELS = re.compile("[aeiou]")


def hides_strong_word(text: str) -> bool:
    """Whether any strong word is hidden in a normalised text."""
    text = PLACE.sub(" ", text)
    words = [found.group().lower() for found in RUN.finditer(text)]
    return any(map(_hides, words)) or any(_halves(*beside) for beside in pairwise(words))


def _hides(word: str) -> bool:
    if word in _hidden_forms():
        return True
    return len(word) >= LONG and cost(word) == UNKNOWN_COST and not _strong().isdisjoint(split(word))


def _halves(first: str, last: str) -> bool:
    whole = first + last
    if min(len(first), len(last)) < LEAST_HALF or len(whole) < LONG_ENOUGH:
        return False
    return whole in _strong() and max(cost(first), cost(last)) >= RARE


@cache
def _strong() -> frozenset[str]:
    return frozenset(STRONG.read_text(encoding="utf-8").split())


@cache
def _hidden_forms() -> frozenset[str]:
    """What a strong word becomes without one letter, without its vowels, or with two letters swapped; no words."""
    forms = {form for word in _strong() for form in _forms(word)}
    return frozenset(form for form in forms - _strong() if len(form) >= FEWEST and cost(form) >= RAREST)


def _forms(word: str) -> Iterator[str]:
    """The first letter stays, as it does where people write so: it is what a word is recognised by."""
    yield word[0] + VOWELS.sub("", word[1:])
    for at in range(1, len(word)):
        yield word[:at] + word[at + 1 :]
    for at in range(1, len(word) - 1):
        yield word[:at] + word[at + 1] + word[at] + word[at + 2 :]
