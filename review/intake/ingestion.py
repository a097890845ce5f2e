"""A file's rows into a source, with the rulings that some of them carry."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction

from review.intake.files import Item
from review.intake.imports import InvalidLabel, decide_imported, ruling_of
from review.intake.upload import take_in
from review.models import Category, Source

CHUNK = 5_000
LABELLED_CHUNK = 1_000  # a ruling writes four rows, in one transaction a chunk


@dataclass
class Ingestion:
    """Takes in rows in chunks of up to `chunk`, and counts what became of them.

    `report` is called with the line and the problem of each row that was rejected.
    """

    source: Source
    label_field: str | None
    report: Callable[[int, str], None]
    accepted: int = 0
    duplicates: int = 0
    rejected: int = 0
    ruled: int = 0

    @property
    def chunk(self) -> int:
        return LABELLED_CHUNK if self.label_field else CHUNK

    def take(self, items: Iterable[Item]) -> None:
        readable: list[Item] = []
        rulings: dict[int, Category] = {}
        for item in items:
            try:
                ruling = self._ruling(item.value)
            except InvalidLabel as error:
                self._reject(item.line, str(error))
                continue
            if item.problem:
                self._reject(item.line, item.problem)
                continue
            if ruling:
                rulings[len(readable)] = ruling
            readable.append(item)
        self._store(readable, rulings)

    def _ruling(self, value: object) -> Category | None:
        if not self.label_field or not isinstance(value, dict):
            return None
        return ruling_of(value, self.label_field)

    @transaction.atomic  # no worker may see a message before its ruling
    def _store(self, items: Sequence[Item], rulings: dict[int, Category]) -> None:
        upload = take_in(self.source, [item.value for item in items])
        self.accepted += upload.accepted
        self.duplicates += upload.duplicates
        for rejection in upload.rejected:
            self._reject(items[rejection.index].line, rejection.message)
            rulings.pop(rejection.index, None)
        wanted: dict[str, Category] = {}
        for index, ruling in rulings.items():
            value = items[index].value
            if isinstance(value, dict):
                wanted.setdefault(value["id"], ruling)
        if wanted:
            self.ruled += decide_imported(self.source, wanted)

    def _reject(self, line: int, problem: str) -> None:
        self.rejected += 1
        self.report(line, problem)
