"""Lines of a stream, none of them so long that it could fill the memory."""

from collections.abc import Iterable, Iterator

LONGEST_LINE = 4 << 20
"""Bytes: ten times what the longest text in any script takes; what stands beside it has the rest."""


class TooLong:
    """Stands for a line that was longer than lines may be."""


TOO_LONG = TooLong()


def lines_of(chunks: Iterable[bytes], longest: int = LONGEST_LINE) -> Iterator[bytes | TooLong]:
    r"""The lines of `chunks`, each with the \n that ends it; only the last may lack it."""
    open_line, is_skipped = bytearray(), False
    for chunk in chunks:
        start = 0
        while (end := chunk.find(b"\n", start)) >= 0:
            if open_line or is_skipped:
                open_line += chunk[start : end + 1]
                yield TOO_LONG if is_skipped or len(open_line) > longest else bytes(open_line)
                open_line, is_skipped = bytearray(), False
            else:
                yield chunk[start : end + 1] if end - start < longest else TOO_LONG
            start = end + 1
        open_line += chunk[start:]
        if len(open_line) > longest:
            open_line, is_skipped = bytearray(), True
    if is_skipped:
        yield TOO_LONG
    elif open_line:
        yield bytes(open_line)
