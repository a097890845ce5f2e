"""A file's rows into a source, with the labels that some of them carry: for the command line and for `/intake/`."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from django.db import transaction

from review.intake.batches import Batch, Rejection, batches
from review.intake.files import Item
from review.intake.imports import decide_imported
from review.intake.labels import Labelled
from review.intake.upload import Upload
from review.models import Category, Lane, Source

LABELLED_BATCH = 1_000  # a label writes four rows, in one transaction a batch
LABEL_DIFFERS = "label_differs"


@dataclass
class Ingestion:
    """Takes in a file's rows, and counts what became of them.

    `on_rejected` is told of each row that was rejected, `on_differing` of each label that differs from the one
    in force: its row is stored, the label is not.
    """

    source: Source
    labelled: Labelled | None = None
    on_rejected: Callable[[Rejection], None] | None = None
    on_differing: Callable[[Rejection], None] | None = None
    labels: int = 0
    corrected: int = 0
    differing: int = 0
    upload: Upload = field(default_factory=Upload)

    def __post_init__(self) -> None:
        self.upload.on_rejected = self.on_rejected

    def batches(self, items: Iterable[Item]) -> Iterable[Batch]:
        """`items` made ready for `take`."""
        if self.labelled is None:
            return batches(self.source.pk, items)
        return batches(self.source.pk, items, most=LABELLED_BATCH, label_field=self.labelled.field)

    def take(self, batch: Batch) -> None:
        if self.labelled is None:
            self.upload.take(self.source, batch, Lane.ORDINARY)
            return
        with transaction.atomic():  # no worker may see a message before its label
            stored = self.upload.take(self.source, batch, Lane.ORDINARY)
            self._label(batch, set(stored.conflicts), self.labelled)

    def _label(self, batch: Batch, conflicts: set[int], labelled: Labelled) -> None:
        wanted: dict[str, Category] = {}
        lines: dict[str, int] = {}
        for position, category in batch.labels.items():
            if position in conflicts:
                continue
            external_id, line = batch.rows[position].external_id, batch.places[position][1]
            if wanted.get(external_id, category) != category and not labelled.relabel:
                self._differs(line, external_id, wanted[external_id])
            elif external_id not in wanted or labelled.relabel:
                wanted[external_id], lines[external_id] = category, line
        if not wanted:
            return
        imported = decide_imported(self.source, wanted, labelled)
        self.labels += imported.new
        self.corrected += imported.corrected
        for external_id, stands in imported.differing.items():
            self._differs(lines[external_id], external_id, stands)

    def _differs(self, line: int, external_id: str, in_force: str) -> None:
        self.differing += 1
        if self.on_differing:
            said = f"the label differs from what stands ({in_force})"
            self.on_differing(Rejection(line - 1, line, external_id, LABEL_DIFFERS, said))
