"""Many items into the database: each for itself, the good kept when others are bad."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

from review.intake import storing
from review.intake.admission import Admission
from review.intake.background_storing import store_in_background
from review.intake.batches import BATCH_BYTES, Batch, Rejection, batches
from review.intake.files import Item
from review.models import Lane, Source

LISTED = 1_000
CONFLICT = "this id already stands for another text"


@dataclass
class Upload:
    """What became of items so far: `items` of them, each in one of the counts, in whole batches.

    `rejected` lists the first 1,000 in their order; `on_rejected` is told of all.
    """

    on_rejected: Callable[[Rejection], None] | None = None
    admission: Admission | None = None
    items: int = 0
    accepted: int = 0
    duplicates: int = 0
    rejected: list[Rejection] = field(default_factory=list)
    rejected_total: int = 0

    def answer(self) -> dict[str, Any]:
        """As the API says it, with the first 1,000 rejected rows."""
        return {
            "accepted": self.accepted,
            "duplicates": self.duplicates,
            "rejected": [
                {"index": each.index, "id": each.id, "error": {"code": each.code, "message": each.message}}
                | ({"line": each.line} if each.line else {})
                for each in self.rejected
            ],
            "rejected_total": self.rejected_total,
        }

    def so_far(self) -> dict[str, int]:
        """For an error on the way: the rows up to number `rows` are dealt with, and those behind it are not."""
        return {
            "rows": self.items,
            "accepted": self.accepted,
            "duplicates": self.duplicates,
            "rejected_total": self.rejected_total,
        }

    def take(self, source: Source, batch: Batch, lane: Lane) -> storing.Stored:
        """Store a batch, and count it."""
        stored = storing.write(source, batch.prepared, lane)
        rejected = list(batch.rejected)
        for position in stored.conflicts:
            index, line = batch.places[position]
            rejected.append(Rejection(index, line, batch.rows[position].external_id, "conflict", CONFLICT))
        self.accepted += stored.accepted
        self.duplicates += stored.duplicates
        self.rejected_total += len(rejected)
        self.items += batch.items
        for each in sorted(rejected, key=attrgetter("index")):
            if len(self.rejected) < LISTED:
                self.rejected.append(each)
            if self.on_rejected:
                self.on_rejected(each)
        return stored


def take_in(
    source: Source,
    items: Iterable[Item],
    lane: Lane = Lane.ORDINARY,
    upload: Upload | None = None,
    is_long: bool = True,
) -> Upload:
    """Validate and store `items`, a batch at a time, with one being read while the one before is stored.

    What `upload` counts is true at any time, also where reading ends in an error. Raises ApiError where its admission
    turns rows away.
    """
    upload = upload or Upload()
    found = batches(source.pk, items)
    if is_long:
        store_in_background(found, lambda batch: _take_of_many(upload, source, batch, lane))
        return upload
    for batch in found:
        if upload.admission:
            upload.admission.ask(batch.rows, batch.items)
        upload.take(source, batch, lane)
    return upload


def _take_of_many(upload: Upload, source: Source, batch: Batch, lane: Lane) -> None:
    if upload.admission:
        upload.admission.ask_for_more()
    stored = upload.take(source, batch, lane)
    if upload.admission:
        upload.admission.pay(batch.rows, batch.items - stored.duplicates)


def is_one_batch(rows: Sequence[object]) -> bool:
    """Whether rows that are at hand, most of them as text, go into one transaction."""
    return len(rows) <= storing.BATCH and sum(len(row) for row in rows if isinstance(row, bytes)) < BATCH_BYTES


def at_hand(values: Sequence[object]) -> Iterator[Item]:
    """Rows that are there already: JSON texts, or what they parse to."""
    return (Item(0, value) for value in values)
