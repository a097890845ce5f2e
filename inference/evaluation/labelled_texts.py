"""Labelled texts from JSON lines, gzipped or not. Pure but for reading the file."""

import gzip
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO


class BadLine(ValueError):
    """A line that is no labelled text; the message names the line and what is wrong."""


@dataclass(frozen=True)
class LabelledText:
    """One text, whether it is a violation, and where the file says so its category and where it came from."""

    text: str
    flag: int
    category: str | None
    source: str


def read_labelled(path: Path) -> list[LabelledText]:
    """Every line of `path` in its order; empty lines are left out.

    Raises BadLine for a line that is not `{"text": ..., "flag": 0 or 1, "category"?, "source"?}`, OSError where the
    file cannot be read.
    """
    with _opened(path) as lines:
        return list(_rows(lines, path.name))


def _opened(path: Path) -> IO[str]:
    if path.name.endswith(".gz"):
        return gzip.open(path, "rt", encoding="utf-8-sig")
    return path.open(encoding="utf-8-sig")


def _rows(lines: IO[str], name: str) -> Iterator[LabelledText]:
    read = 0  # lines
    try:
        for line in lines:
            read += 1
            if line.strip():
                yield _row(line)
    except UnicodeDecodeError as error:
        raise BadLine(f"{name} is not UTF-8 after line {read}") from error
    except (EOFError, zlib.error) as error:
        raise BadLine(f"{name} is cut short or damaged after line {read}") from error
    except ValueError as error:
        raise BadLine(f"{name}, line {read}: {error}") from error


def _row(line: str) -> LabelledText:
    try:
        fields = json.loads(line)
    except json.JSONDecodeError as error:
        raise ValueError(f"no JSON ({error.msg})") from error
    except RecursionError as error:
        raise ValueError("no JSON object (nested too deeply)") from error
    if not isinstance(fields, dict):
        raise ValueError("no JSON object")
    text, flag, category = fields.get("text"), fields.get("flag"), fields.get("category")
    if not isinstance(text, str) or not text:
        raise ValueError('"text" must be a text that is not empty')
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        raise ValueError('"text" must be valid Unicode, without lone surrogates')
    if isinstance(flag, bool):
        flag = int(flag)
    if flag not in (0, 1):
        raise ValueError('"flag" must be 0 or 1')
    if category is not None and not isinstance(category, str):
        raise ValueError('"category" must be a text or null')
    return LabelledText(text, int(flag), category, str(fields.get("source") or "unnamed"))
