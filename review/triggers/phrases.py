"""Finds words and phrases as whole words, however they are spelt, in one pass over the text. Pure."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

import ahocorasick

from review.triggers.folding import REMOVED, Folded, fold, key_of, spellings

UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\U00020000-\U0003ffff]"
)
"""Scripts that set no blank between words, or join particles to them: each of their letters may end a word."""

Found = tuple[int, int, int]
"""The place of a phrase among those that were given, and where it starts and ends in the original text."""


class Phrases:
    """An automaton of phrases; those that fold to the same share a key."""

    def __init__(self, phrases: Sequence[tuple[int, str]]) -> None:
        """`phrases` are pairs of a place and what is written there."""
        places: dict[str, list[int]] = defaultdict(list)
        for place, phrase in phrases:
            places[key_of(phrase)].append(place)
        self._automaton = ahocorasick.Automaton()
        for key, sharing in places.items():
            self._automaton.add_word(key, (key, sharing))
        self._automaton.make_automaton()

    def find(self, text: str, folded: Folded) -> Iterator[Found]:
        """Where phrases stand in `text`, which folds to `folded`.

        A part of the text counts where it folds to the phrase also by itself: what is shown as a match is one.
        """
        for spelling in spellings(folded):
            for last, (key, sharing) in self._automaton.iter(spelling.text):
                start, end = last - len(key) + 1, last + 1
                if not (_is_edge(text, spelling, start) and _is_edge(text, spelling, end)):
                    continue
                begin, stop = spelling.original(start, end)
                if any(each.text == key for each in spellings(fold(text[begin:stop]))):
                    yield from ((place, begin, stop) for place in sharing)


def _is_edge(text: str, spelling: Folded, at: int) -> bool:
    """Whether a word may start or end before the folded character at this place."""
    if at in (0, len(spelling.text)):
        return True
    before, after = spelling.text[at - 1], spelling.text[at]
    if not (_is_of_a_word(before) and _is_of_a_word(after)):
        return True
    if UNSPACED.match(before) or UNSPACED.match(after):
        return True
    _, ended = spelling.original(at - 1, at)
    begins, _ = spelling.original(at, at + 1)
    return bool(REMOVED.sub("", text[ended:begins]))  # something that can be seen was joined over


def _is_of_a_word(character: str) -> bool:
    return character.isalnum() or character == "_"
