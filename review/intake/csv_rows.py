"""Rows of CSV, with whatever delimiter and line ends it came, and the line where each begins."""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from review.intake.encodings import Unreadable
from review.intake.line_splitting import TooLong

CSV_FIELD_CHARACTERS = 4_000_000
RECORD_CHARACTERS = 16_000_000
DELIMITERS = ",;\t|"
FIELDS = ("id", "text", "author", "channel", "thread", "sent_at", "context", "metadata")
NEEDED = FIELDS[:2]
JSON_COLUMNS = ("context", "metadata")
CLOSED = "closed"  # stands for the mark before, where that ended a quoted cell
SHOWN = 40  # characters of what was found, in messages


@dataclass
class _Record:
    """The lines of the record that is being read: where a quote opens is known only when it does not close."""

    lines: Iterator[bytes | TooLong]
    ended: int = 0  # lines of the records before
    held: list[str] = field(default_factory=list)
    size: int = 0
    problem: str = ""

    def __iter__(self) -> Iterator[str]:
        for line in self.lines:
            if isinstance(line, TooLong):
                raise Unreadable(f"line {self.last + 1}: longer than a line may be")
            self.held.append(self._decoded(line))
            self.size += len(self.held[-1])
            if self.size > RECORD_CHARACTERS:
                raise Unreadable(f"line {self.ended + 1}: a row longer than a row may be begins here")
            yield self.held[-1]

    def _decoded(self, line: bytes) -> str:
        try:
            return line.decode()
        except UnicodeDecodeError as error:
            self.problem = f"not UTF-8, byte {line[error.start]:#04x} at place {error.start + 1}"
            return line.decode(errors="replace")

    @property
    def last(self) -> int:
        return self.ended + len(self.held)

    def start_anew(self) -> None:
        self.ended, self.held, self.size, self.problem = self.last, [], 0, ""

    def open_quote(self, delimiter: str) -> int:
        """The line on which the last quote opens before what is no CSV: where that stands, nothing behind it counts.

        A quote opens at the start of a cell; elsewhere it is a mark like any other.
        """
        opened, inside, before = self.ended + 1, False, delimiter
        for number, text in enumerate(self.held, start=self.ended + 1):
            for mark in text:
                if inside:
                    inside, before = mark != '"', CLOSED if mark == '"' else mark
                    continue
                if before == CLOSED and mark not in ('"', delimiter, "\r", "\n"):
                    return opened
                if mark == '"' and before in (CLOSED, delimiter, "\n"):  # a doubled quote opens the same cell again
                    opened, inside = opened if before == CLOSED else number, True
                before = mark
        return opened


def csv_rows(
    lines: Iterable[bytes | TooLong], fields: Mapping[str, str] | None = None
) -> Iterator[tuple[int, dict[str, object], str]]:
    """Each row's last line (from 1), its cells by field, and what is wrong with it, if anything.

    `fields` says which field a column holds; without it columns are named by their fields. Empty cells count as absent,
    `context` and `metadata` are JSON. Raises Unreadable for a header without the columns of `id` and `text`, and for a
    quote that does not close: what follows it could be part of a text or not, so nothing is guessed.
    """
    csv.field_size_limit(CSV_FIELD_CHARACTERS)
    record = _Record(iter(lines))
    text = iter(record)
    needed = [column for column, name in (fields or {}).items() if name in NEEDED] or list(NEEDED)
    header = next(text, "")
    delimiter = delimiter_of(header, needed)
    reader = csv.reader([header], delimiter=delimiter, strict=True)
    try:
        names = [name.strip() for name in next(reader, [])]
    except csv.Error as error:
        raise Unreadable(f"line 1: the header is no CSV: {error}") from None
    _check_header(names, delimiter, needed, record.problem)
    yield from _rows(record, text, [field_of(name, fields) for name in names], delimiter)


def field_of(column: str, fields: Mapping[str, str] | None) -> str:
    """What a column is called from here on; nothing where its name is that of a field which another one holds."""
    if fields is None:
        return column
    return fields.get(column, "" if column in FIELDS else column)


def columns_of(header: bytes) -> list[str]:
    """The names in the first line of a file whose columns nobody has named yet; none where it is no CSV."""
    line = header.decode(errors="replace")
    try:
        names = next(csv.reader([line], delimiter=max(DELIMITERS, key=line.count)), [])
    except csv.Error:
        return []
    return [name.strip() for name in names if name.strip()]


def delimiter_of(header: str, needed: Iterable[str]) -> str:
    """What parts the columns: whatever leaves all that are `needed`, else what stands most often in the header."""
    wanted = set(needed)
    for delimiter in DELIMITERS:
        names = {name.strip().strip('"') for name in header.rstrip("\r\n").split(delimiter)}
        if wanted <= names:
            return delimiter
    return max(DELIMITERS, key=header.count)


def _check_header(names: list[str], delimiter: str, needed: Iterable[str], problem: str) -> None:
    if problem:
        raise Unreadable(f"line 1: {problem}: save the file as UTF-8")
    missing = sorted(set(needed) - set(names))
    if missing:
        found = ", ".join(repr(name[:SHOWN]) for name in names[:20]) or "nothing"
        separator = {"\t": "tabs"}.get(delimiter, repr(delimiter))
        absent = " and ".join(f"no column {name!r}" for name in missing)
        missed = f"line 1: {absent}"
        raise Unreadable(f"{missed}: the header, parted by {separator}, has {found}", kept=missed)
    if doubled := sorted({name for name in names if name and names.count(name) > 1}):
        message = f"line 1: the column {doubled[0][:SHOWN]!r} is there twice"
        raise Unreadable(message, kept="line 1: a column is there twice")


def _rows(
    record: _Record, text: Iterator[str], names: list[str], delimiter: str
) -> Iterator[tuple[int, dict[str, object], str]]:
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    while True:
        record.start_anew()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if len(record.held) > 1 or "unexpected end" in str(error) or "field limit" in str(error):
                line = record.open_quote(delimiter)
                raise Unreadable(
                    f"line {line}: a quote opens here and is not closed as it should be (read until line "
                    f"{record.last}: {error})"
                ) from None
            yield record.last, {}, f"not CSV: {error}"
            continue
        if cells:
            yield _row(record, names, cells)


def _row(record: _Record, names: list[str], cells: list[str]) -> tuple[int, dict[str, object], str]:
    row: dict[str, object] = {name: cell for name, cell in zip(names, cells, strict=False) if cell and name}
    if record.problem:
        return record.last, row, record.problem
    if len(cells) > len(names):
        return record.last, row, f"{len(cells)} cells, but the header has {len(names)}: is a quote missing?"
    try:
        for name in JSON_COLUMNS:
            if name in row:
                row[name] = json.loads(str(row[name]))
    except (ValueError, RecursionError) as error:
        return record.last, row, f"{name}: not JSON: {error}"
    return record.last, row, ""
