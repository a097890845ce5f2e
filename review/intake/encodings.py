"""Bytes as they come from a client or a disk, made into UTF-8: byte order marks, UTF-16, gzip."""

import codecs
import zlib
from collections.abc import Iterable, Iterator
from itertools import chain

PIECE = 1 << 16
PLAUSIBLE = 100
"""Times that text is taken to shrink at most. What unfolds to more, beyond a first part, is no text but a bomb."""


class Unreadable(ValueError):
    """What was sent cannot be read on from here; the message says why, and the line where there is one.

    `kept` is the message without what it quotes of that which was sent.
    """

    def __init__(self, message: str, kept: str = "") -> None:
        super().__init__(message)
        self.kept = kept or message


class TooLarge(Unreadable):
    """It is, or unfolds to, more than is taken."""


def utf8(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """`chunks` without a byte order mark, from UTF-16 where the mark says so. Raises Unreadable.

    What has no mark is passed on as it is: whoever reads the lines refuses each that is not UTF-8.
    """
    remaining = iter(chunks)
    head = b""
    while len(head) < 4 and (chunk := next(remaining, b"")):
        head += chunk
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise Unreadable("line 1: this is UTF-32: save it as UTF-8")
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        yield from _from_utf16(chain([head], remaining))
        return
    if b"\0" in head[:4]:
        raise Unreadable("line 1: neither UTF-8, nor UTF-16 with a byte order mark: save it as UTF-8")
    yield head.removeprefix(codecs.BOM_UTF8)
    yield from remaining


def _from_utf16(chunks: Iterable[bytes]) -> Iterator[bytes]:
    decoder, line = codecs.getincrementaldecoder("utf-16")(), 1
    for chunk in chain(chunks, [b""]):
        try:
            text = decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            raise Unreadable(f"line {line} or after: not UTF-16 ({error.reason})") from None
        line += text.count("\n")
        yield text.encode()


def inflated(chunks: Iterable[bytes], free: int, most: int | None = None) -> Iterator[bytes]:
    """What gzipped `chunks` hold, in pieces. Raises Unreadable where they are none or end early.

    TooLarge beyond `most` bytes, and where there are more than `free` bytes and a hundred for each that came.
    """
    inflater, came, gone, open_member = zlib.decompressobj(31), 0, 0, False
    for chunk in chunks:
        came += len(chunk)
        while chunk:
            if inflater.eof:  # one archive after the other is one archive
                inflater, open_member = zlib.decompressobj(31), False
            try:
                piece = inflater.decompress(chunk, PIECE)
            except zlib.error as error:
                raise Unreadable(f"not gzip: {error}") from None
            open_member = not inflater.eof
            gone += len(piece)
            if gone > (most if most is not None else max(free, PLAUSIBLE * came)):
                raise TooLarge("this unfolds to more than is taken: send it in parts")
            if piece:
                yield piece
            chunk = inflater.unconsumed_tail or inflater.unused_data  # noqa: PLW2901 - the rest of the same chunk
    if open_member or not came:
        raise Unreadable("the gzip archive ends early")
