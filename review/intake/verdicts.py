"""`POST messages?wait=`: take messages in ahead of the backlog, and answer with what the model says of them."""

import math
import re
from collections.abc import Collection, Iterable, Sequence
from itertools import islice
from typing import Any

from django.conf import settings
from django.db import connection
from django.http import HttpRequest

from review.enforcement.verdicts_as_json import latest_verdicts
from review.intake.admission import Admission
from review.intake.batches import id_of
from review.intake.encodings import TooLarge, Unreadable
from review.intake.errors import ApiError
from review.intake.files import Item
from review.intake.request_body import too_large
from review.intake.upload import Upload, take_in
from review.intake.waiting import MOST_MESSAGES, MOST_SECONDS, TooManyWait, waiting
from review.models import Lane, Pending, Source

_KEYS = "SELECT external_id, id FROM review_message WHERE source_id = %s AND external_id = ANY(%s)"
NUMBER = re.compile(r"(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")  # as JSON writes them: float() takes more


def seconds_to_wait(request: HttpRequest) -> float:
    """The seconds that the caller asks to wait; 0 where it does not. Raises ApiError 422 for what is no such number."""
    asked = request.GET.get("wait")
    if asked is None:
        return 0.0
    seconds = float(asked) if NUMBER.fullmatch(asked) else math.nan
    if not 0 < seconds <= MOST_SECONDS:
        raise ApiError(422, "invalid", f"wait must be a number of seconds above 0, up to {MOST_SECONDS}")
    return seconds


def few_of(rows: Iterable[Item]) -> list[object]:
    """The rows of a stream that somebody waits for. Raises ApiError: 400 unreadable, 413 more bytes than a body has."""
    found: list[object] = []
    size, limit = 0, settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    try:
        for row in islice(rows, MOST_MESSAGES + 1):
            size += len(row.value) if isinstance(row.value, bytes) else 0
            if size > limit:
                too_large(limit)
            found.append(row)
    except TooLarge:
        too_large(limit)
    except Unreadable as error:
        raise ApiError(400, "malformed", str(error), kept=error.kept) from None
    return found


def take_in_few(source: Source, rows: Sequence[object], admission: Admission) -> tuple[dict[str, Any], list[str]]:
    """Store rows ahead of the backlog; the counts, and the ids of those that were not rejected, in order."""
    if len(rows) > MOST_MESSAGES:
        raise ApiError(422, "invalid", f"wait is for up to {MOST_MESSAGES} messages: send more without it")
    items = [row if isinstance(row, Item) else Item(0, row) for row in rows]
    upload = take_in(source, items, Lane.WAITED_FOR, upload=Upload(admission=admission), is_long=False)
    rejected = {each.index for each in upload.rejected}
    return upload.answer(), [str(id_of(item.value)) for index, item in enumerate(items) if index not in rejected]


def verdicts_in_time(
    source: Source, sent: list[str], seconds: float, *, sent_before: bool
) -> list[dict[str, Any] | None] | None:
    """A verdict for each external id, in order, once all are there; None where that takes longer than `seconds`.

    None at once where too many callers wait already: then the messages queue like all others.

    `sent_before`: there may be some among them that queue in the ordinary lane already.
    A message that the model could not read has none: people decide about it, and null stands in its place.
    """
    with connection.cursor() as cursor:
        cursor.execute(_KEYS, [source.pk, sent])
        keys: dict[str, int] = dict(cursor.fetchall())
    if sent_before:
        _hurry(keys.values())
    try:
        if keys and not waiting.until_judged(list(keys.values()), seconds):
            return None
    except TooManyWait:
        _calm(keys.values())
        return None
    verdicts = latest_verdicts(keys.values())
    return [verdicts.get(keys[each]) for each in sent]


def _hurry(messages: Collection[int]) -> None:
    """What was sent before and waits in the ordinary lane is waited for now."""
    Pending.objects.filter(message__in=messages, priority=Lane.ORDINARY, token=None).update(priority=Lane.WAITED_FOR)


def _calm(messages: Collection[int]) -> None:
    """Put back into the ordinary lane what nobody waits for: else callers who are turned away starve the backlog."""
    Pending.objects.filter(message__in=messages, priority=Lane.WAITED_FOR, token=None).update(priority=Lane.ORDINARY)
