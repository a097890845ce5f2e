"""Rows as bytes: JSON lines, CSV that is no formula, Parquet. Each writes page by page to a stream without seeking."""

import csv
import io
import json
from abc import abstractmethod
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from datetime import datetime
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any, Self

from review.exports import rows
from review.exports.rows import Row
from review.spreadsheet_cells import safe_cell

if TYPE_CHECKING:
    import pyarrow


class Writer(AbstractContextManager["Writer"]):
    """Writes rows with these columns to `stream`. What ends a file is written at the end of the `with` block."""

    def __init__(self, stream: IO[bytes], columns: dict[str, str]) -> None:
        self.stream, self.columns = stream, columns

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Nothing ends a file of lines."""

    @abstractmethod
    def write(self, page: Iterable[Row]) -> None:
        """Write some rows, in order."""


class JsonLines(Writer):
    """An object a line; moments in ISO 8601."""

    def write(self, page: Iterable[Row]) -> None:
        self.stream.write("".join(f"{_json(row)}\n" for row in page).encode())


class Csv(Writer):
    """A header, then a row each. Lists and objects are JSON; no cell is a formula."""

    def __enter__(self) -> Self:
        self._write([list(self.columns)])
        return self

    def write(self, page: Iterable[Row]) -> None:
        self._write([[safe_cell(_plain(value)) for value in row.values()] for row in page])

    def _write(self, lines: Iterable[Iterable[object]]) -> None:
        text = io.StringIO()
        csv.writer(text).writerows(lines)
        self.stream.write(text.getvalue().encode())


class Parquet(Writer):
    """A row group a page, compressed; moments in UTC to the microsecond, objects as JSON text."""

    def __enter__(self) -> Self:
        import pyarrow.parquet  # heavy, and needed for this format alone

        self._schema = _schema(self.columns)
        self._parquet = pyarrow.parquet.ParquetWriter(self.stream, self._schema, compression="zstd")
        return self

    def __exit__(self, *error: object) -> None:
        self._parquet.close()

    def write(self, page: Iterable[Row]) -> None:
        import pyarrow

        data = [name for name, kind in self.columns.items() if kind == rows.DATA]
        told = [row | {name: _json(row[name]) for name in data} for row in page]
        if told:
            self._parquet.write_table(pyarrow.Table.from_pylist(told, schema=self._schema))


FORMATS: dict[str, Callable[[IO[bytes], dict[str, str]], Writer]] = {
    "jsonl": JsonLines,
    "csv": Csv,
    "parquet": Parquet,
}


def _schema(columns: dict[str, str]) -> "pyarrow.Schema":
    import pyarrow

    kinds = {
        rows.TEXT: pyarrow.string(),
        rows.NUMBER: pyarrow.float64(),
        rows.WHOLE: pyarrow.int64(),
        rows.TRUTH: pyarrow.bool_(),
        rows.MOMENT: pyarrow.timestamp("us", tz="UTC"),
        rows.TEXTS: pyarrow.list_(pyarrow.string()),
        rows.DATA: pyarrow.string(),
    }
    return pyarrow.schema([(name, kinds[kind]) for name, kind in columns.items()])


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_iso)


def _iso(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value)} is no JSON")


def _plain(value: Any) -> object:
    """What a cell holds: the value itself, or its JSON."""
    if isinstance(value, datetime):
        return value.isoformat()
    return _json(value) if isinstance(value, bool | list | dict) else value
