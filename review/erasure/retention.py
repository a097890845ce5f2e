"""How long a source keeps texts and authors, carried out by beat, and the same by hand for what is older."""

from collections.abc import Callable
from datetime import datetime, timedelta
from time import monotonic

from django.utils import timezone

from review.erasure import held_files
from review.erasure.authors import forget_notes, forget_steps
from review.erasure.messages import erase_all, older_than
from review.models import AuthorOutcome, Note, Source
from review.records import audit
from review.records.sweeps import each_alone


def carry_out(seconds: float = 60.0) -> None:
    """Erase what sources no longer keep, for about so long; the next run goes on where this one ended."""
    end = monotonic() + seconds
    kept_for_a_time = Source.objects.exclude(retention_days=None).order_by("pk")
    each_alone("retention", kept_for_a_time, lambda source: _erase_due(source, end))


def erase_older_than(days: int, source: Source, progress: Callable[[int], object] = lambda keys: None) -> int:
    """Erase what came in for `source` more than so many days ago; how many messages."""
    cutoff, erased, before = timezone.now() - timedelta(days=days), 0, 0
    for reached, ids in older_than(cutoff, source):
        erased += erase_all(ids)
        progress(reached - before)
        before = reached
    _forget_others(source, cutoff)
    audit.record(None, "erased by age", source, source, messages=erased, days=days)
    return erased


def _erase_due(source: Source, end: float) -> None:
    cutoff = _cutoff(source)
    erased = 0
    for reached, ids in older_than(cutoff, source, source.erased_up_to):
        erased += erase_all(ids)
        # Forward only: two workers that do the same at once do no harm.
        Source.objects.filter(pk=source.pk, erased_up_to__lt=reached).update(erased_up_to=reached)
        if monotonic() > end:
            break
    _forget_others(source, cutoff)
    if erased:
        audit.record(None, "erased by retention", source, source, messages=erased, days=source.retention_days)


def _forget_others(source: Source, cutoff: datetime) -> None:
    """What holds texts and authors beside the messages. Steps before the cutoff no longer say whom they were about.

    Notes on authors from before it are emptied.
    """
    held_files.erase(source, cutoff)
    forget_steps(AuthorOutcome.objects.filter(source=source, created_at__lt=cutoff))
    forget_notes(Note.objects.filter(source=source, case=None, created_at__lt=cutoff))


def _cutoff(source: Source) -> datetime:
    return timezone.now() - timedelta(days=source.retention_days or 0)
