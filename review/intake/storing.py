"""Valid rows into the database: few statements, each id once, safe against other writers of the same ids."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db import OperationalError, connection, transaction
from django.utils import timezone
from psycopg import errors

from review.broker import nudge
from review.intake.copy_format import copy_line
from review.intake.digests import digests_and_draws
from review.intake.rows import Row
from review.models import Lane, Source

log = logging.getLogger(__name__)

BATCH = 5_000  # rows a transaction: well under a second
SMALL = 50  # rows below which two plain statements beat COPY into the staging table
ATTEMPTS = 5

COLUMNS = {  # a row's fields in its own order behind what was worked out: `copy_format` counts on it
    "position": "integer",
    "text_digest": "bytea",
    "draw": "double precision",
    "sent_at": "timestamptz",
    "external_id": "varchar(200)",
    "text": "text",
    "author": "varchar(200)",
    "channel": "varchar(200)",
    "thread": "varchar(200)",
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


@dataclass(frozen=True)
class Prepared:
    """Rows that need nothing but the database.

    `staged` holds the first row of each id in order of the ids: as the text of a COPY, or as columns where they are
    few. `order` says where those stand among the rows, `repeats` where the others do and which they repeat.
    """

    rows: int
    order: list[int]
    repeats: list[tuple[int, int]]
    digests: list[bytes]
    staged: bytes | list[list[Any]]


NOTHING = Prepared(0, [], [], [], b"")


def store(source: Source, rows: Sequence[Row], lane: Lane = Lane.ORDINARY) -> Stored:
    """Store `rows` of `source` with a Pending each, in batches that commit one by one, then wake the workers.

    `lane` is for all but long texts, which have their own. Of several rows with one id the first wins, here as
    against what was stored before: a later row of the same text counts as duplicate, of another text as conflict,
    by its index in `rows`.
    """
    accepted = duplicates = 0
    conflicts: list[int] = []
    for start in range(0, len(rows), BATCH):
        stored = write(source, prepare(source.pk, rows[start : start + BATCH]), lane)
        accepted += stored.accepted
        duplicates += stored.duplicates
        conflicts.extend(start + index for index in stored.conflicts)
    return Stored(accepted, duplicates, tuple(conflicts))


def prepare(source_id: int, rows: Sequence[Row]) -> Prepared:
    """Up to a batch of rows, digested and in order. Needs no database, so another batch can be stored meanwhile."""
    found = digests_and_draws(source_id, (row.text for row in rows), timezone.now().date())
    firsts: dict[str, int] = {}
    repeats = []
    for index, row in enumerate(rows):
        if (first := firsts.setdefault(row.external_id, index)) != index:
            repeats.append((index, first))
    order = [firsts[external_id] for external_id in sorted(firsts)]
    if len(order) < SMALL:
        staged: Any = _columns([(position, *found[index], rows[index]) for position, index in enumerate(order)])
    else:
        lines = [copy_line(position, *found[index], rows[index]) for position, index in enumerate(order)]
        staged = "".join(lines).encode()
    return Prepared(len(rows), order, repeats, [digest for digest, _ in found], staged)


def _columns(staged: list[tuple[int, bytes, float, Row]]) -> list[list[Any]]:
    rows = [(position, digest, draw, row.sent_at, *row[:5], *row[6:]) for position, digest, draw, row in staged]
    return [list(column) for column in zip(*rows, strict=True)]


def write(source: Source, prepared: Prepared, lane: Lane = Lane.ORDINARY) -> Stored:
    """Store them in one transaction, then wake the workers; conflicts are named by the index of the row."""
    if not prepared.rows:
        return Stored()
    stored = _patiently(partial(_write_batch, source, prepared, lane))
    if stored.accepted:
        transaction.on_commit(nudge)
    return stored


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


def _write_batch(source: Source, prepared: Prepared, lane: Lane) -> Stored:
    order, staged = prepared.order, prepared.staged
    with transaction.atomic(), connection.cursor() as cursor:
        if isinstance(staged, bytes):
            _stage(cursor, staged)
        rows, parameters = (STAGING, []) if isinstance(staged, bytes) else (UNNEST, staged)
        accepted = _insert(cursor, source.pk, rows, lane, parameters)
        differing = {} if accepted == len(order) else _conflicts(cursor, source.pk, rows, parameters)
    conflicts = [order[position] for position in differing]
    # What stands for an id is the first of it, unless that met another text in the database.
    stored = {order[position]: digest for position, digest in differing.items()}
    for index, first in prepared.repeats:
        if prepared.digests[index] != stored.get(first, prepared.digests[first]):
            conflicts.append(index)
    return Stored(accepted, prepared.rows - accepted - len(conflicts), tuple(sorted(conflicts)))


def _stage(cursor: Any, rows: bytes) -> None:
    cursor.execute(MAKE_STAGING)
    cursor.execute(EMPTY_STAGING)
    with connection.wrap_database_errors, cursor.copy(COPY) as copy:
        copy.write(rows)


def _insert(cursor: Any, source_id: int, rows: str, lane: Lane, parameters: Sequence[Any]) -> int:
    """How many of the rows were new."""
    cursor.execute(INSERT.format(rows=rows), [source_id, *parameters, LONG_BYTES, Lane.LONG, lane])
    accepted: int = cursor.rowcount
    return accepted


def _conflicts(cursor: Any, source_id: int, rows: str, parameters: Sequence[Any]) -> dict[int, bytes]:
    """Positions of the rows whose id stands for another text already, with that text's digest."""
    cursor.execute(CONFLICTS.format(rows=rows), [*parameters, source_id])
    return dict(cursor.fetchall())
