"""Messages from a file: JSON lines or CSV, plain or gzipped."""

import csv
import gzip
import io
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple

CSV_FIELD_CHARACTERS = 4_000_000
JSON_COLUMNS = ("context", "metadata")


class UnusableFile(ValueError):
    """The file as a whole cannot be read; the message says why."""


class Item(NamedTuple):
    """One row: the line that it ends on (from 1), and what it holds, or why it could not be read."""

    line: int
    value: object
    problem: str = ""


def read_items(path: Path, raw: IO[bytes]) -> Iterator[Item]:
    """The rows of the open file `raw`, whose name is `path`. Raises UnusableFile.

    CSV needs a header with the columns `id` and `text`; empty cells count as absent, `context` and `metadata` are JSON.
    Bytes that are not UTF-8 become lone surrogates, so that validation rejects their row alone.
    """
    is_gzip = path.suffix == ".gz"
    kind = path.with_suffix("").suffix if is_gzip else path.suffix
    if kind not in (".csv", ".jsonl", ".ndjson"):
        raise UnusableFile(f"{path.name}: neither .jsonl nor .csv (or these with .gz)")
    binary = gzip.GzipFile(fileobj=raw) if is_gzip else raw
    # Only \n ends a line of JSON; csv wants to see every line end itself.
    newline = "" if kind == ".csv" else "\n"
    with io.TextIOWrapper(binary, "utf-8-sig", errors="surrogateescape", newline=newline) as text:
        try:
            yield from _csv_items(text) if kind == ".csv" else _json_items(text)
        except (OSError, EOFError, zlib.error) as error:
            raise UnusableFile(f"{path.name}: {error}") from None


def _json_items(text: IO[str]) -> Iterator[Item]:
    for number, line in enumerate(text, start=1):
        if not line.isspace():
            yield _json_item(number, line)


def _json_item(number: int, line: str) -> Item:
    try:
        return Item(number, json.loads(line))
    except (ValueError, RecursionError) as error:
        return Item(number, None, f"not JSON: {error}")


def _csv_items(text: IO[str]) -> Iterator[Item]:
    csv.field_size_limit(CSV_FIELD_CHARACTERS)
    reader = csv.DictReader(text)
    missing = {"id", "text"} - set(reader.fieldnames or ())
    if missing:
        raise UnusableFile(f"no column {' and no column '.join(repr(name) for name in sorted(missing))}")
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Item(reader.line_num, None, f"not CSV: {error}")
            continue
        yield _csv_item(reader.line_num, cells)


def _csv_item(line: int, cells: dict[str, Any]) -> Item:
    value = {name: cell for name, cell in cells.items() if isinstance(name, str) and cell not in (None, "")}
    try:
        for name in JSON_COLUMNS:
            if name in value:
                value[name] = json.loads(value[name])
    except (ValueError, RecursionError) as error:
        return Item(line, None, f"{name}: not JSON: {error}")
    return Item(line, value)
