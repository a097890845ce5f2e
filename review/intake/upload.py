"""Many items into the database: each for itself, the good kept when others are bad."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice
from operator import attrgetter
from typing import Any

from review.intake import bulk
from review.intake.rows import Row
from review.intake.schemas import InvalidMessage, row_of
from review.models import Lane, Source

LISTED = 1_000
CONFLICT = "this id already stands for another text"


@dataclass(frozen=True)
class Rejection:
    """A row that was not stored: its place among the items, its id where that is a string, and why."""

    index: int
    id: str | None
    code: str
    message: str


@dataclass
class Upload:
    """What became of items; `rejected` is in their order."""

    accepted: int = 0
    duplicates: int = 0
    rejected: list[Rejection] = field(default_factory=list)

    def answer(self) -> dict[str, Any]:
        """As the API says it, with the first 1,000 rejected rows."""
        return {
            "accepted": self.accepted,
            "duplicates": self.duplicates,
            "rejected": [
                {"index": each.index, "id": each.id, "error": {"code": each.code, "message": each.message}}
                for each in self.rejected[:LISTED]
            ],
            "rejected_total": len(self.rejected),
        }


def take_in(source: Source, items: Iterable[object], lane: Lane = Lane.ORDINARY) -> Upload:
    """Validate and store `items` (parsed JSON), a batch at a time."""
    upload, remaining, start = Upload(), iter(items), 0
    while batch := list(islice(remaining, bulk.BATCH)):
        _take_batch(source, start, batch, upload, lane)
        start += len(batch)
    return upload


def _take_batch(source: Source, start: int, items: list[object], upload: Upload, lane: Lane) -> None:
    rows: list[Row] = []
    places: list[int] = []
    rejected: list[Rejection] = []
    for index, item in enumerate(items, start=start):
        try:
            rows.append(row_of(item))
            places.append(index)
        except InvalidMessage as error:
            rejected.append(Rejection(index, _id_of(item), "invalid", str(error)))
    stored = bulk.store(source, rows, lane)
    for position in stored.conflicts:
        rejected.append(Rejection(places[position], rows[position].external_id, "conflict", CONFLICT))
    upload.accepted += stored.accepted
    upload.duplicates += stored.duplicates
    upload.rejected += sorted(rejected, key=attrgetter("index"))


def _id_of(item: object) -> str | None:
    external_id = item.get("id") if isinstance(item, dict) else None
    return external_id if isinstance(external_id, str) else None
