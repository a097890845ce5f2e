"""A text in pieces, of which some are matches: for pages that show where. Pure."""

from collections.abc import Iterable, Sequence

AROUND = 70

Span = tuple[int, int]


def merged(spans: Iterable[Span]) -> list[Span]:
    """The spans in order; those that overlap are one."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def pieces(text: str, spans: Iterable[Span]) -> list[tuple[str, bool]]:
    """The whole text in pieces, each with whether it is a match."""
    found, at = [], 0
    for start, end in merged(spans):
        found += [(text[at:start], False), (text[start:end], True)]
        at = end
    return [(piece, is_match) for piece, is_match in [*found, (text[at:], False)] if piece]


def excerpt(text: str, spans: Sequence[Span]) -> list[tuple[str, bool]]:
    """The pieces around the first match, with an ellipsis where more of the text stands before or after."""
    first, last = merged(spans)[0]
    low, high = max(0, first - AROUND), min(len(text), last + AROUND)
    inside = [(max(start, low) - low, min(end, high) - low) for start, end in spans if start < high and end > low]
    before = [("…", False)] if low else []
    after = [("…", False)] if high < len(text) else []
    return [*before, *pieces(text[low:high], inside), *after]
