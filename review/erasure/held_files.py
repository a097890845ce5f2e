"""Files that wait to be taken in, or that broke off, hold rows which nobody can erase one by one: they go as a whole.

So does the list of what was rejected. A file that is being taken in is left alone: its worker forgets it at the end.
"""

from datetime import datetime

from django.db import transaction

from review.models import IntakeFile, IntakePart, Source

ERASED = "its content was erased with personal data of this source; drop the file again"
ALIVE = (IntakeFile.State.ARRIVING, IntakeFile.State.RUNNING)


def erase(source: Source, before: datetime | None = None) -> int:
    """Forget what files of the source hold, of those that came in before a moment or of all; how many files."""
    files = IntakeFile.objects.filter(source=source, parts__isnull=False).exclude(state__in=ALIVE)
    if before:
        files = files.filter(created_at__lt=before)
    ids = list(files.distinct().values_list("pk", flat=True))
    for pk in ids:
        _erase(pk)
    return len(ids)


@transaction.atomic
def _erase(pk: int) -> None:
    file = IntakeFile.objects.select_for_update().get(pk=pk)
    if file.state in ALIVE:  # somebody has started it meanwhile
        return
    IntakePart.objects.filter(file=file).delete()
    if file.state == IntakeFile.State.READY:
        IntakeFile.objects.filter(pk=pk).update(state=IntakeFile.State.BROKEN, problem=ERASED)
