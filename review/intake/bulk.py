"""Valid rows into the database: few statements, each id once, safe against other writers of the same ids."""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any

from django.db import OperationalError, connection, transaction
from django.utils import timezone
from psycopg import errors

from review.broker import nudge
from review.intake.digests import draw, text_digest
from review.intake.rows import Row
from review.models import Lane, Source

log = logging.getLogger(__name__)

BATCH = 5_000  # rows a transaction: well under a second
SMALL = 50  # rows below which two plain statements beat COPY into the staging table
ATTEMPTS = 5

COLUMNS = {
    "position": "integer",
    "external_id": "varchar(200)",
    "author": "varchar(200)",
    "channel": "varchar(200)",
    "thread": "varchar(200)",
    "text": "text",
    "text_digest": "bytea",
    "draw": "double precision",
    "sent_at": "timestamptz",
    "context": "jsonb",
    "metadata": "jsonb",
}
NAMES = ", ".join(COLUMNS)
TABLE = "moddog_intake_staging"
# Made once a connection and kept: making it for each batch would bloat the catalogue.
MAKE_STAGING = f"""
    CREATE TEMPORARY TABLE IF NOT EXISTS {TABLE} ({", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())})
    ON COMMIT DELETE ROWS
"""
EMPTY_STAGING = "DELETE FROM moddog_intake_staging"  # left over only where one transaction stores several batches
COPY = f"COPY {TABLE} ({NAMES}) FROM STDIN"
STAGING = f"{TABLE} AS staged"
UNNEST = f"unnest({', '.join(f'%s::{kind}[]' for kind in COLUMNS.values())}) AS staged ({NAMES})"

# In order of external id: two writers that met the same ids in opposite orders would each wait for the other.
INSERT = """
    WITH fresh AS (
        INSERT INTO review_message (source_id, external_id, author, channel, thread, text, text_digest, draw,
                                    sent_at, received_at, context, metadata)
        SELECT %s, external_id, author, channel, thread, text, text_digest, draw,
               coalesce(sent_at, now()), now(), context, metadata
        FROM {rows} ORDER BY position
        ON CONFLICT (source_id, external_id) DO NOTHING
        RETURNING id, octet_length(text) AS bytes
    )
    INSERT INTO review_pending (message_id, priority, attempts, enqueued_at)
    SELECT id, CASE WHEN bytes > %s THEN %s ELSE %s END, 0, now() FROM fresh
"""
LONG_BYTES = 8_192
"""A longer text goes into the lane for long ones: tokens are never more than bytes, so others are a few windows."""
# A statement of its own: only a new snapshot sees the rows of the writer that the insert gave way to.
CONFLICTS = """
    SELECT position, stored.text_digest FROM {rows} JOIN review_message AS stored USING (external_id)
    WHERE stored.source_id = %s AND stored.text_digest <> staged.text_digest
"""


@dataclass(frozen=True)
class Stored:
    """What became of rows: new ones, repeats of the same text, and where the ids of other texts were (ascending)."""

    accepted: int = 0
    duplicates: int = 0
    conflicts: tuple[int, ...] = ()


def store(source: Source, rows: Sequence[Row], lane: Lane = Lane.ORDINARY) -> Stored:
    """Store `rows` of `source` with a Pending each, in batches that commit one by one, then wake the workers.

    `lane` is for all but long texts, which have their own. Of several rows with one id the first wins, here as
    against what was stored before: a later row of the same text counts as duplicate, of another text as conflict,
    by its index in `rows`.
    """
    accepted = duplicates = 0
    conflicts: list[int] = []
    for start, batch in _batches(rows):
        stored = _patiently(partial(_store_batch, source, batch, lane))
        accepted += stored.accepted
        duplicates += stored.duplicates
        conflicts.extend(start + index for index in stored.conflicts)
    if accepted:
        transaction.on_commit(nudge)
    return Stored(accepted, duplicates, tuple(conflicts))


def _batches(rows: Sequence[Row]) -> Iterator[tuple[int, list[Row]]]:
    remaining, start = iter(rows), 0
    while batch := list(islice(remaining, BATCH)):
        yield start, batch
        start += len(batch)


def _patiently(attempt: Callable[[], Stored]) -> Stored:
    """Try again where Postgres chose this transaction to end a deadlock."""
    for tries in range(1, ATTEMPTS + 1):
        try:
            return attempt()
        except OperationalError as error:
            if tries == ATTEMPTS or not isinstance(error.__cause__, errors.DeadlockDetected):
                raise
            log.warning("intake met a deadlock, attempt %d of %d", tries, ATTEMPTS)
            time.sleep(0.02 * 2**tries)
    raise AssertionError("unreachable")


def _store_batch(source: Source, rows: Sequence[Row], lane: Lane) -> Stored:
    digests = [text_digest(row.text) for row in rows]
    firsts: dict[str, int] = {}
    repeats = [index for index, row in enumerate(rows) if firsts.setdefault(row.external_id, index) != index]
    order = sorted(firsts.values(), key=lambda index: rows[index].external_id)
    staged = [_staged(source.pk, position, rows[index], digests[index]) for position, index in enumerate(order)]
    with transaction.atomic(), connection.cursor() as cursor:
        accepted, differing = (_insert_few if len(staged) < SMALL else _insert_many)(cursor, source.pk, staged, lane)
    conflicts = [order[position] for position in differing]
    # What stands for an id is the first of it, unless that met another text in the database.
    standing = {order[position]: digest for position, digest in differing.items()}
    for index in repeats:
        first = firsts[rows[index].external_id]
        if digests[index] != standing.get(first, digests[first]):
            conflicts.append(index)
    return Stored(accepted, len(rows) - accepted - len(conflicts), tuple(sorted(conflicts)))


def _staged(source_id: int, position: int, row: Row, digest: bytes) -> tuple[Any, ...]:
    number = draw(source_id, digest, timezone.now().date())
    return (
        *(position, row.external_id, row.author, row.channel, row.thread, row.text),
        *(digest, number, row.sent_at, row.context, row.metadata),
    )


def _insert_many(
    cursor: Any, source_id: int, staged: Sequence[tuple[Any, ...]], lane: Lane
) -> tuple[int, dict[int, bytes]]:
    cursor.execute(MAKE_STAGING)
    cursor.execute(EMPTY_STAGING)
    with connection.wrap_database_errors, cursor.copy(COPY) as copy:
        for row in staged:
            copy.write_row(row)
    accepted = _insert(cursor, source_id, STAGING, lane)
    return accepted, {} if accepted == len(staged) else _conflicts(cursor, source_id, STAGING)


def _insert_few(
    cursor: Any, source_id: int, staged: Sequence[tuple[Any, ...]], lane: Lane
) -> tuple[int, dict[int, bytes]]:
    columns = [list(column) for column in zip(*staged, strict=True)]
    accepted = _insert(cursor, source_id, UNNEST, lane, columns)
    return accepted, {} if accepted == len(staged) else _conflicts(cursor, source_id, UNNEST, columns)


def _insert(cursor: Any, source_id: int, rows: str, lane: Lane, parameters: Sequence[Any] = ()) -> int:
    """How many of the rows were new."""
    cursor.execute(INSERT.format(rows=rows), [source_id, *parameters, LONG_BYTES, Lane.LONG, lane])
    accepted: int = cursor.rowcount
    return accepted


def _conflicts(cursor: Any, source_id: int, rows: str, parameters: Sequence[Any] = ()) -> dict[int, bytes]:
    """Positions of the rows whose id stands for another text already, with that text's digest."""
    cursor.execute(CONFLICTS.format(rows=rows), [*parameters, source_id])
    return dict(cursor.fetchall())
