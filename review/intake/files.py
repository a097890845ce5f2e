"""Messages from a file or a stream of bytes: JSON lines or CSV, plain or gzipped."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePath
from typing import IO, NamedTuple

from review.intake.csv_rows import csv_rows, field_of
from review.intake.encodings import PIECE, Unreadable, inflated, utf8
from review.intake.json_rows import parse
from review.intake.line_splitting import TooLong, lines_of
from review.intake.schemas import InvalidMessage

JSON_LINES = "jsonl"
CSV = "csv"
FREE_BYTES = 32 << 20
"""What a gzipped file may unfold to before it is asked whether it is a bomb."""
ENDINGS = {".jsonl": JSON_LINES, ".ndjson": JSON_LINES, ".csv": CSV, ".tsv": CSV}


class Item(NamedTuple):
    """One row: the line that it ends on (from 1), its JSON text or what it holds, or why it could not be read."""

    line: int
    value: object
    problem: str = ""


class Kind(NamedTuple):
    """How to read a file: JSON lines or CSV, gzipped or not."""

    rows: str
    is_gzip: bool = False


def kind_of(name: str) -> Kind:
    """By the ending of the name. Raises Unreadable."""
    path = PurePath(name.lower())
    is_gzip = path.suffix == ".gz"
    ending = path.with_suffix("").suffix if is_gzip else path.suffix
    if ending not in ENDINGS:
        said = "neither .jsonl nor .csv (or these with .gz)"
        raise Unreadable(f"{name}: {said}", kept=f"the file's name ends in {said}")
    return Kind(ENDINGS[ending], is_gzip)


def chunks_of(raw: IO[bytes]) -> Iterator[bytes]:
    """An open file in pieces."""
    return iter(lambda: raw.read(PIECE), b"")


def read_items(
    chunks: Iterable[bytes], kind: Kind, fields: Mapping[str, str] | None = None, free: int = FREE_BYTES
) -> Iterator[Item]:
    """The rows that `chunks` hold. Raises Unreadable where reading on makes no sense, TooLarge for a bomb.

    `fields` says which field a column or key holds; without it they are named by their fields. CSV rows become objects;
    a line of JSON stays the text that it is, unless its keys must be renamed.
    """
    if kind.is_gzip:
        chunks = inflated(chunks, free=free)
    lines = lines_of(utf8(chunks))
    if kind.rows == CSV:
        return (Item(*row) for row in csv_rows(lines, fields))
    return (_renamed(item, fields) for item in json_items(lines)) if fields else json_items(lines)


def json_items(lines: Iterable[bytes | TooLong]) -> Iterator[Item]:
    """JSON lines; blank ones are none."""
    for number, line in enumerate(lines, start=1):
        if isinstance(line, TooLong):
            yield Item(number, None, "longer than a line may be")
        elif text := line.strip():
            yield Item(number, text)


def _renamed(item: Item, fields: Mapping[str, str]) -> Item:
    if not isinstance(item.value, bytes):
        return item
    try:
        row = parse(item.value)
    except InvalidMessage as error:
        return Item(item.line, None, str(error))
    if not isinstance(row, dict):
        return Item(item.line, row)
    return Item(item.line, {name: value for key, value in row.items() if (name := field_of(key, fields))})
