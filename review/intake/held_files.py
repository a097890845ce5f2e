"""Files of messages, kept in the database in parts: whichever process goes on with one finds it there."""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from datetime import timedelta

from django.db.models import Max, QuerySet
from django.utils import timezone

from review.intake.batches import Rejection
from review.intake.files import kind_of
from review.models import IntakeFile, IntakePart, Source, User
from review.spreadsheet_cells import safe_cell

PART = 1 << 20
KEPT = timedelta(days=30)
"""After that nobody will ask what was rejected, or start a file that was never started."""
HEAD = ("line", "id", "code", "reason")


def keep(source: Source, by: User, name: str, chunks: Iterable[bytes]) -> IntakeFile:
    """Store a file part by part. Raises Unreadable for a name that is neither CSV's nor that of JSON lines."""
    kind_of(name)
    file = IntakeFile.objects.create(source=source, by=by, name=name[-200:])
    for number, part in enumerate(_parts(chunks)):
        IntakePart.objects.create(file=file, kind=IntakePart.Kind.SENT, number=number, data=part)
        file.bytes += len(part)
    file.state = IntakeFile.State.READY
    file.save(update_fields=["state", "bytes"])
    return file


def _parts(chunks: Iterable[bytes]) -> Iterator[bytes]:
    held = bytearray()
    for chunk in chunks:
        held += chunk
        while len(held) >= PART:
            yield bytes(held[:PART])
            del held[:PART]
    if held:
        yield bytes(held)


def chunks_of(file: IntakeFile) -> Iterator[bytes]:
    """What was sent, a part at a time."""
    return _data(file, IntakePart.Kind.SENT)


def _data(file: IntakeFile, kind: str) -> Iterator[bytes]:
    parts, number = IntakePart.objects.filter(file=file, kind=kind).order_by("number"), -1
    while part := parts.filter(number__gt=number).first():
        yield bytes(part.data)
        number = part.number


def note_rejections(file: IntakeFile, rejections: Iterable[Rejection]) -> None:
    """Keep what was rejected, with the reasons; a part for each batch."""
    lines = [json.dumps([each.line, each.id, each.code, each.message]) + "\n" for each in rejections]
    if not lines:
        return
    parts = IntakePart.objects.filter(file=file, kind=IntakePart.Kind.REJECTED)
    last = parts.aggregate(last=Max("number"))["last"]
    number = 0 if last is None else last + 1
    IntakePart.objects.create(file=file, kind=IntakePart.Kind.REJECTED, number=number, data="".join(lines).encode())


def rejections_as_csv(file: IntakeFile) -> Iterator[str]:
    """The list of what was rejected: a header, then a row each, a part at a time."""
    yield _csv([HEAD])
    for data in _data(file, IntakePart.Kind.REJECTED):
        yield _csv([json.loads(line) for line in data.splitlines()])


def _csv(rows: Iterable[Iterable[object]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows([[safe_cell(cell) for cell in row] for row in rows])
    return text.getvalue().encode(errors="replace").decode()


def drop_content(file: IntakeFile) -> None:
    """Forget what was sent: the messages have it now, or nobody wants it."""
    IntakePart.objects.filter(file=file, kind=IntakePart.Kind.SENT).delete()


def forget_old() -> int:
    """Forget files that came in long ago; how many."""
    old: QuerySet[IntakeFile] = IntakeFile.objects.filter(created_at__lt=timezone.now() - KEPT)
    return old.exclude(state=IntakeFile.State.RUNNING).delete()[0]
