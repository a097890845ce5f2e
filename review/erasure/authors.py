"""Erases everything that names one author of a source, or quotes them."""

from collections.abc import Callable
from typing import Any

from django.db import connection, transaction
from django.db.models import Max, QuerySet

from review.enforcement.outbox import RETRIED_FOR
from review.erasure import held_files, unanswered
from review.erasure.messages import CHUNK, LET_THROUGH, WALK, erase
from review.models import AuthorOutcome, ErasureRequest, Message, Note, PendingAuthor, Reporter, Source, User
from review.records import audit

# What others had before their eyes when they wrote: lines of this author stand in the context of other messages, too.
_CONTEXTS = """
UPDATE review_message SET context =
       jsonb_path_query_array(context, '$[*] ? (@.author != $author)', jsonb_build_object('author', %(author)s::text))
 WHERE id > %(after)s AND id <= %(last)s AND source_id = %(source)s
   AND context @> jsonb_build_array(jsonb_build_object('author', %(author)s::text))
"""
_REPORTS = "UPDATE review_report SET reason = '', place = '', contact = '' WHERE reporter_id = %(reporter)s"


def erase_author(
    source: Source, author: str, progress: Callable[[int], object] = lambda keys: None, *, by: User | None = None
) -> int:
    """Erase the messages of `author`, their lines in the context of others', and them as a reporter.

    Returns how many messages that were; `by` is who asked for it on the page of the source. `progress` is told of keys
    that were gone through. It may be stopped and run again: what is erased stays so.
    """
    erased = 0
    own = Message.objects.filter(source=source, author=author).order_by("-pk").values_list("pk", flat=True)
    while ids := list(own[:CHUNK]):
        erased += erase(ids)
    _forget_reporter(source, author)
    forget_steps(AuthorOutcome.objects.filter(source=source, author=author))
    forget_notes(Note.objects.filter(source=source, author=author, case=None))
    PendingAuthor.objects.filter(source=source, author=author).delete()
    _forget_in_contexts(source, author, progress)
    held_files.erase(source)
    with transaction.atomic():
        ErasureRequest.objects.filter(source=source, author=author).delete()
        audit.record(by, "erased author", source, source, messages=erased)
    return erased


@transaction.atomic
def forget_steps(steps: QuerySet[AuthorOutcome]) -> int:
    """Forget whom these steps were about, and what they said against them; how many. What was done stays, as a number.

    The steps are held first: whoever takes an appeal holds its step, so that none comes in between.
    """
    named = list(steps.exclude(author="").select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))
    values: dict[str, Any] = {"steps": named, "retried_for": RETRIED_FOR}
    with connection.cursor() as cursor:
        cursor.execute(LET_THROUGH)
        for statement in unanswered.OF_AUTHORS:
            cursor.execute(statement, values)
    return AuthorOutcome.objects.filter(pk__in=named).update(author="")


@transaction.atomic
def forget_notes(notes: QuerySet[Note]) -> int:
    """Forget what these notes on authors say, and of whom; how many. That somebody wrote one stays."""
    with connection.cursor() as cursor:
        cursor.execute(LET_THROUGH)
    return notes.exclude(author="").update(author="", text="")


@transaction.atomic
def _forget_reporter(source: Source, name: str) -> None:
    reporter = Reporter.objects.filter(source=source, name=name).first()
    if reporter:
        with connection.cursor() as cursor:
            cursor.execute(_REPORTS, {"reporter": reporter.pk})
        Reporter.objects.filter(pk=reporter.pk).update(name="")


def _forget_in_contexts(source: Source, author: str, progress: Callable[[int], object]) -> None:
    end = Message.objects.aggregate(newest=Max("pk"))["newest"] or 0
    keys = Message.objects.order_by("pk").values_list("pk", flat=True)
    after = 0
    while page := list(keys.filter(pk__gt=after, pk__lte=end)[:WALK]):
        values: dict[str, Any] = {"author": author, "source": source.pk, "after": after, "last": page[-1]}
        with connection.cursor() as cursor:
            cursor.execute(_CONTEXTS, values)
        progress(len(page))
        after = page[-1]
