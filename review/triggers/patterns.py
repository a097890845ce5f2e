"""Finds regular expressions in time linear in the text, with RE2. Pure.

Patterns look at the text as it was sent, in the case in which it was sent: `(?i)` at their start takes any.
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import re2
from django.utils.translation import gettext

from review.numbers import number
from review.triggers.phrases import Found

ONE, ALL = 1 << 23, 1 << 26
"""Bytes that a compiled pattern may take, and all of a source together."""
MOST_INSTRUCTIONS, MOST_INSTRUCTIONS_OF_ALL = 5_000, 50_000
"""RE2 takes at most a step for each instruction and character, so these bound the time that a text can take."""
MOST_PLACES = 50
"""Where one pattern matches in one text; further places say nothing new."""


class InvalidPattern(ValueError):
    """The message gives RE2's own reason, for the person who wrote the pattern."""


class Patterns:
    """Regular expressions, asked all at once whether any matches, and only then one by one."""

    def __init__(self, patterns: Sequence[tuple[int, str]]) -> None:
        """`patterns` are pairs of a place and what is written there. Raises InvalidPattern."""
        self._each = [(place, compiled(written)) for place, written in patterns]
        self._any = _compiled("|".join(f"(?:{written})" for _, written in patterns), ALL) if patterns else None

    def find(self, text: str) -> Iterator[Found]:
        if self._any is None or not self._any.search(text):
            return
        for place, pattern in self._each:
            for found in islice(pattern.finditer(text), MOST_PLACES):
                if found.end() > found.start():
                    yield place, found.start(), found.end()


def compiled(written: str) -> Any:
    """A pattern ready to search. Raises InvalidPattern where RE2 refuses it, or where it matches what is empty."""
    pattern = _compiled(written, ONE)
    _compiled(f"(?:{written})", ONE)  # as it stands among the others
    if pattern.programsize > MOST_INSTRUCTIONS:
        said = gettext(
            "It is too large: it takes %(size)s of the %(most)s instructions that one may have."
            " Shorter counts of repetition make it smaller."
        )
        raise InvalidPattern(said % {"size": number(pattern.programsize), "most": number(MOST_INSTRUCTIONS)})
    if pattern.search(""):
        raise InvalidPattern(gettext("It matches an empty text, and with it every message."))
    return pattern


def too_large(patterns: Sequence[str]) -> bool:
    """Whether patterns that are valid each are too many or too large together."""
    return sum(int(compiled(written).programsize) for written in patterns) > MOST_INSTRUCTIONS_OF_ALL


def _compiled(written: str, memory: int) -> Any:
    options = re2.Options()
    options.max_mem = memory
    options.never_capture = True
    options.log_errors = False  # it would quote the pattern
    try:
        return re2.compile(written, options)
    except re2.error as error:
        raise InvalidPattern(gettext("RE2 refuses it: %(reason)s.") % {"reason": _reason(error)}) from None


def _reason(error: Exception) -> str:
    said = error.args[0] if error.args else gettext("no reason given")
    return said.decode(errors="replace") if isinstance(said, bytes) else str(said)
