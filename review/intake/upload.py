"""Many items into the database: each for itself, the good kept when others are bad."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice
from operator import itemgetter
from typing import Any

from review.intake import bulk
from review.intake.rows import Row
from review.intake.schemas import InvalidMessage, row_of
from review.models import Source

LISTED = 1_000


CONFLICT = "this id already stands for another text"


@dataclass
class Upload:
    """The running count of an upload; `rejected` lists the first 1,000 of `rejected_total`, by index."""

    accepted: int = 0
    duplicates: int = 0
    rejected: list[dict[str, Any]] = field(default_factory=list)
    rejected_total: int = 0

    def add(self, stored: bulk.Stored, rejected: list[dict[str, Any]]) -> None:
        self.accepted += stored.accepted
        self.duplicates += stored.duplicates
        self.rejected_total += len(rejected)
        self.rejected.extend(sorted(rejected, key=itemgetter("index"))[: LISTED - len(self.rejected)])


def take_in(source: Source, items: Iterable[object]) -> Upload:
    """Validate and store `items` (parsed JSON), a batch at a time."""
    upload, remaining, start = Upload(), iter(items), 0
    while batch := list(islice(remaining, bulk.BATCH)):
        _take_batch(source, start, batch, upload)
        start += len(batch)
    return upload


def _take_batch(source: Source, start: int, items: list[object], upload: Upload) -> None:
    rows: list[Row] = []
    places: list[int] = []
    rejected: list[dict[str, Any]] = []
    for index, item in enumerate(items, start=start):
        try:
            rows.append(row_of(item))
            places.append(index)
        except InvalidMessage as error:
            rejected.append(_rejected(index, item.get("id") if isinstance(item, dict) else None, "invalid", str(error)))
    stored = bulk.store(source, rows)
    for position in stored.conflicts:
        rejected.append(_rejected(places[position], rows[position].external_id, "conflict", CONFLICT))
    upload.add(stored, rejected)


def _rejected(index: int, external_id: object, code: str, message: str) -> dict[str, Any]:
    shown = external_id if isinstance(external_id, str) else None
    return {"index": index, "id": shown, "error": {"code": code, "message": message}}
