"""How a file will be read: its first rows as messages, and the errors by line, before anything is stored."""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice

from review.intake.batches import UnreadableRow, read_row
from review.intake.encodings import Unreadable
from review.intake.files import Item, Kind, read_items
from review.intake.labels import InvalidLabel
from review.intake.rows import Row
from review.intake.schemas import InvalidMessage

LOOKED_AT = 1_000
ROWS = 8
ERRORS = 20


@dataclass(frozen=True)
class PreviewedRow:
    """A row as it will be stored, and the line where it begins."""

    line: int
    row: Row
    label: str

    @property
    def earlier(self) -> list[str]:
        """The texts of the earlier messages, oldest first."""
        return [each["text"] for each in json.loads(self.row.context)]


@dataclass
class Preview:
    """`rows` are the first good ones, `errors` (line, reason) of the first bad ones.

    `fields` are those that a column holds. `looked_at` rows were read, `bad` of them are rejected; `problem` says why
    nothing can be read beyond.
    """

    fields: Collection[str] = ()
    rows: list[PreviewedRow] = field(default_factory=list)
    errors: list[tuple[int, str]] = field(default_factory=list)
    looked_at: int = 0
    bad: int = 0
    problem: str = ""

    def add(self, item: Item, label_field: str | None) -> None:
        self.looked_at += 1
        try:
            row, label = read_row(item, label_field)
        except (UnreadableRow, InvalidLabel, InvalidMessage) as error:
            self.bad += 1
            if len(self.errors) < ERRORS:
                self.errors.append((item.line, str(error)[:300]))
            return
        if len(self.rows) < ROWS:
            self.rows.append(PreviewedRow(item.line, row, label or ""))


def preview(chunks: Iterable[bytes], kind: Kind, fields: Mapping[str, str], label_field: str | None) -> Preview:
    """The first thousand rows of a file, read as they will be."""
    found = Preview([*fields.values(), *(["label"] if label_field else [])])
    try:
        for item in islice(read_items(chunks, kind, fields), LOOKED_AT):
            found.add(item, label_field)
    except Unreadable as error:
        found.problem = str(error)
    return found
