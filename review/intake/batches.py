"""Items, as a stream brings them, into batches that are ready for the database."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from review.intake import storing
from review.intake.files import Item
from review.intake.json_rows import id_in, parse, row_of_json
from review.intake.labels import InvalidLabel, category_of
from review.intake.rows import Row
from review.intake.schemas import InvalidMessage, row_of
from review.intake.storing import NOTHING, Prepared, prepare
from review.models import Category

BATCH_BYTES = 2 << 20  # of text in memory: what bounds a batch where rows are long
SHOWN = 200  # characters of an id, or of what is wrong with a row


@dataclass(frozen=True)
class Rejection:
    """A row that was not stored: its place among the items, its line, its id where that is a string, and why."""

    index: int
    line: int
    id: str | None
    code: str
    message: str


@dataclass
class Batch:
    """Consecutive items: what is to be stored, with the item of each row and the labels of some, and what is rejected.

    `places` and `labels` go by the position of a row.
    """

    start: int
    items: int = 0
    size: int = 0
    rows: list[Row] = field(default_factory=list)
    places: list[tuple[int, int]] = field(default_factory=list)
    labels: dict[int, Category] = field(default_factory=dict)
    rejected: list[Rejection] = field(default_factory=list)
    prepared: Prepared = NOTHING

    def add(self, item: Item, label_field: str | None = None) -> None:
        """Validate `item`, and keep it or why not."""
        index = self.start + self.items
        self.items += 1
        try:
            row, label = read_row(item, label_field)
        except (UnreadableRow, InvalidLabel, InvalidMessage) as error:
            code = "invalid" if isinstance(error, InvalidLabel) else error.code
            self.size += SHOWN
            self.rejected.append(Rejection(index, item.line, id_of(item.value), code, str(error)[: 5 * SHOWN]))
            return
        if label:
            self.labels[len(self.rows)] = label
        self.rows.append(row)
        self.places.append((index, item.line))
        self.size += _weight(row.text) + _weight(row.context) + len(row.metadata)


def _weight(text: str) -> int:
    """Bytes in memory, at most."""
    return len(text) if text.isascii() else 4 * len(text)


class UnreadableRow(ValueError):
    """Whoever read the file could make nothing of the row."""

    code = "malformed"


def batches(
    source_id: int, items: Iterable[Item], most: int | None = None, label_field: str | None = None
) -> Iterator[Batch]:
    """`items` validated, digested and put in order, so many at a time as one transaction should take."""
    batch = Batch(0)
    for item in items:
        batch.add(item, label_field)
        if batch.items >= (most or storing.BATCH) or batch.size >= BATCH_BYTES:
            yield _prepared(source_id, batch)
            batch = Batch(batch.start + batch.items)
    if batch.items:
        yield _prepared(source_id, batch)


def read_row(item: Item, label_field: str | None) -> tuple[Row, Category | None]:
    """The row of an item, and its label. Raises UnreadableRow, InvalidLabel, InvalidMessage."""
    value = item.value
    if item.problem:
        raise UnreadableRow(item.problem)
    if label_field is None:
        return (row_of_json(value) if isinstance(value, bytes) else row_of(value)), None
    value = parse(value) if isinstance(value, bytes) else value
    label = category_of(value, label_field) if isinstance(value, dict) else None
    return row_of(value), label


def _prepared(source_id: int, batch: Batch) -> Batch:
    batch.prepared = prepare(source_id, batch.rows)
    return batch


def id_of(item: object) -> str | None:
    """The id of a row, be it valid or not: JSON text or what it parses to."""
    external_id = id_in(item) if isinstance(item, bytes) else None
    if isinstance(item, dict):
        external_id = item.get("id")
    return external_id[:SHOWN] if isinstance(external_id, str) else None
