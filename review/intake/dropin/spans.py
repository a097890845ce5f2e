"""The parts of a comment that get scores of their own, and where they begin and end. Pure.

Positions are UTF-16 code units, the end exclusive: the programs that read them are written in languages whose strings
are made of these (JavaScript, Java, Kotlin), and cut the comment with them as they are.
"""

import re
from dataclasses import dataclass

MOST = 32
"""Parts of a comment; what is left is one part. More would hold up everybody else who waits."""
ENDS = ".!?…\u3002\uff01\uff1f"
CLOSERS = "\"')]”\u2019"
_BLANK = re.compile(r"\s+")


@dataclass(frozen=True)
class Span:
    """A part of a text and its place: UTF-16 code units from the start of the text, the end exclusive."""

    begin: int
    end: int
    text: str


def whole(text: str) -> Span:
    """The text as one span."""
    return Span(0, units(text), text)


def sentences(text: str) -> list[Span]:
    """The sentences and lines of a text, at most MOST, without the white space between them; none for a blank text."""
    pieces = _pieces(text)
    if len(pieces) > MOST:
        pieces = [*pieces[: MOST - 1], (pieces[MOST - 1][0], pieces[-1][1])]
    spans, position, before = [], 0, 0
    for start, stop in pieces:
        position += units(text[before:start])
        end = position + units(text[start:stop])
        spans.append(Span(position, end, text[start:stop]))
        position, before = end, stop
    return spans


def _pieces(text: str) -> list[tuple[int, int]]:
    """Where each begins and ends, in characters: cut where white space holds a line end or follows a sentence's end."""
    pieces, start = [], 0
    for blank in _BLANK.finditer(text):
        # A few characters back are enough, so that a long text takes no longer than it has words.
        ended = text[max(start, blank.start() - 4) : blank.start()].rstrip(CLOSERS).endswith(tuple(ENDS))
        if ended or "\n" in blank[0] or blank.start() == start:
            if blank.start() > start:
                pieces.append((start, blank.start()))
            start = blank.end()
    if start < len(text):
        pieces.append((start, len(text.rstrip())))
    return pieces


def units(text: str) -> int:
    """How many UTF-16 code units a text has."""
    return len(text) + sum(char > "\uffff" for char in text)
