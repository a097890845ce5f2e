"""Taking a held file in, in the worker: in whole batches, each with the count of how far it came.

Killing the worker loses nothing: its lease runs out, and another goes on behind the last batch. Batches are counted in
the transaction that stores them, so nothing is counted twice either.
"""

import logging
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from review.broker import DEFAULT_QUEUE, nudge
from review.intake import held_files
from review.intake.batches import Rejection
from review.intake.encodings import Unreadable
from review.intake.files import kind_of, read_items
from review.intake.ingestion import Ingestion
from review.intake.labels import Labelled
from review.models import IntakeFile, User

log = logging.getLogger(__name__)

TASK = "review.intake.tasks.take_in_files"
LEASE = timedelta(seconds=60)
MOST_ATTEMPTS = 5
"""Times that a file is taken up without coming further; then it is not the worker's fault."""


class LeaseLost(Exception):
    """Another worker goes on with this file."""


def start(file: IntakeFile, by: User) -> bool:
    """Have a worker take a ready file in as its columns say now; whether it was still ready."""
    started = IntakeFile.objects.filter(pk=file.pk, state=IntakeFile.State.READY).update(
        state=IntakeFile.State.RUNNING,
        started_at=timezone.now(),
        by=by,
        fields=file.fields,
        label_column=file.label_column,
        drawn=file.drawn,
        relabel=file.relabel,
    )
    if started:
        transaction.on_commit(lambda: nudge(TASK, DEFAULT_QUEUE))
    return bool(started)


def take_up() -> IntakeFile | None:
    """Lease a running file that nobody holds."""
    now, token = timezone.now(), uuid4()
    free = Q(lease_until=None) | Q(lease_until__lt=now)
    running = IntakeFile.objects.filter(free, state=IntakeFile.State.RUNNING)
    for pk in running.order_by("pk").values_list("pk", flat=True):
        taken = running.filter(pk=pk).update(lease_until=now + LEASE, token=token, attempts=F("attempts") + 1)
        if taken:
            found: IntakeFile = IntakeFile.objects.select_related("source").get(pk=pk)
            return found
    return None


def take_in(file: IntakeFile) -> None:
    """Go on with a leased file until it ends. Raises LeaseLost."""
    if file.attempts > MOST_ATTEMPTS:
        _end(file, f"it was taken up {MOST_ATTEMPTS} times and came no further: see the worker's log")
        return
    try:
        _go_on(file)
    except Unreadable as error:
        _end(file, str(error))
    else:
        _end(file)


def _go_on(file: IntakeFile) -> None:
    rejections: list[Rejection] = []
    labelled = Labelled(file.label_column, file.drawn, file.relabel) if file.label_column else None
    ingestion = Ingestion(file.source, labelled, rejections.append, rejections.append)
    read = _Counted(held_files.chunks_of(file))
    items = islice(read_items(read, kind_of(file.name), file.fields or None), file.rows_done, None)
    for batch in ingestion.batches(items):
        with transaction.atomic():
            ingestion.take(batch)
            held_files.note_rejections(file, rejections)
            _note_progress(file, ingestion, read.bytes)
        rejections.clear()


def _note_progress(file: IntakeFile, ingestion: Ingestion, bytes_done: int) -> None:
    """`file` is as it was taken up, and what is counted since comes on top."""
    _update(
        file,
        rows_done=file.rows_done + ingestion.upload.items,
        bytes_done=bytes_done,
        accepted=file.accepted + ingestion.upload.accepted,
        duplicates=file.duplicates + ingestion.upload.duplicates,
        rejected=file.rejected + ingestion.upload.rejected_total,
        labels=file.labels + ingestion.labels,
        corrected=file.corrected + ingestion.corrected,
        differing=file.differing + ingestion.differing,
        attempts=0,
        lease_until=timezone.now() + LEASE,
    )


def _end(file: IntakeFile, problem: str = "") -> None:
    state = IntakeFile.State.BROKEN if problem else IntakeFile.State.DONE
    log.info("file %s %s%s", file.pk, state.value, f": {problem}" if problem else "")
    with transaction.atomic():
        _update(file, state=state, problem=problem, ended_at=timezone.now(), lease_until=None, token=None)
        held_files.drop_content(file)


def _update(file: IntakeFile, **values: Any) -> None:
    if not IntakeFile.objects.filter(pk=file.pk, token=file.token, state=IntakeFile.State.RUNNING).update(**values):
        raise LeaseLost


class _Counted:
    """Chunks, and how many bytes of them were read."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks, self.bytes = chunks, 0

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            self.bytes += len(chunk)
            yield chunk
