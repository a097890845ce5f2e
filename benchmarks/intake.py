"""Bulk intake in rows a second, against a bare psycopg COPY of the same rows into the same table in the same run.

The bare COPY writes what intake worked out (digest and draw included) in one transaction, into an empty table with all
its indexes and constraints. Intake starts from the JSON of arrays of 5,000 messages, as a POST brings them, and ends
when messages and their places in the queue are committed: parsing, validation, digests, duplicates and conflicts
included. "store" is the same without parsing and validation.

Where the time goes, in microseconds a row on one core of an AMD EPYC (50,000 messages, profiled by phase):

    parse the JSON                        1.6
    validate                              9.1   pydantic
    digest of the text, draw              2.8
    COPY into the staging table           6.7   6.0 of it psycopg's formatting of rows
    INSERT ... SELECT ... ON CONFLICT    19.6   five indexes of the table, and the queue's rows: 3 to 4
    commit                               10.5   two foreign keys, checked row by row as they are deferred
    bare COPY, for comparison            25.4   the same five indexes, one foreign key

So the staging detour and the search for conflicts cost little beside what the table itself asks for. Batches of 1,000
rows are a quarter slower than batches of 5,000, and 20,000 no faster. COPY in binary form would save about 2 of the 50.
"""

import json
import random
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks import stack
from benchmarks.report import Figure, figure, seconds

ROWS = {"small": 20_000, "full": 200_000}
ROUNDS = 5
ARRAY = 5_000
LEAST_SHARE = 0.25
TODAY = datetime.now(UTC).date()
WORDS = (  # noqa: SIM905 - prose reads better than a list of words
    "the raid starts at nine and we still need two healers who know what they do or at least listen when somebody says "
    "run honestly that last round was a joke I have seen better aim from my grandmother lol anyway good game everyone "
    "see you tomorrow bring snacks maybe a plan too"
).split()
COLUMNS = (
    "source_id, external_id, author, channel, thread, text, text_digest, draw, sent_at, received_at, context, metadata"
)


def run(size: str) -> list[Figure]:
    """Rounds of all three in turn, each into empty tables; shares are taken within each round."""
    stack.start()
    from review.intake.schemas import row_of
    from review.models import Source

    source = Source.objects.create(slug="benchmark", name="Benchmark")
    items = [message(number) for number in range(ROWS[size])]
    arrays = [json.dumps(items[start : start + ARRAY]) for start in range(0, len(items), ARRAY)]
    rows = [row_of(item) for item in items]
    finished = [_finished(source.pk, row) for row in rows]
    copied, stored, taken = [], [], []
    for turn in range(ROUNDS + 1):
        print(f"  round {turn} of {ROUNDS}", file=sys.stderr, flush=True)
        samples = [_speed(len(items), lambda: copy(finished)), _speed(len(items), lambda: _store(source, rows))]
        samples.append(_speed(len(items), lambda: _take_in(source, arrays)))
        if turn:  # the first round warms up
            for kept, sample in zip((copied, stored, taken), samples, strict=True):
                kept.append(sample)
    return _figures(size, copied, stored, taken)


def message(number: int) -> dict[str, Any]:
    """A chat message as a platform sends it, the same for the same number: 1 to 40 words, some with context."""
    draw = random.Random(number)
    item: dict[str, Any] = {
        "id": f"{draw.getrandbits(64):016x}",
        "text": f"{' '.join(draw.choices(WORDS, k=draw.choice((1, 4, 8, 12, 40))))} {number}",
        "author": f"author-{draw.randrange(2_000)}",
        "channel": f"channel-{draw.randrange(12)}",
        "sent_at": (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=number)).isoformat(),
    }
    if draw.random() < 0.3:
        item["thread"] = f"thread-{draw.randrange(500)}"
    if draw.random() < 0.1:
        item["context"] = [{"author": "author-1", "text": " ".join(draw.choices(WORDS, k=8))} for _ in range(3)]
    if draw.random() < 0.1:
        item["metadata"] = {"level": draw.randrange(50), "client": "web"}
    return item


def copy(finished: list[tuple[Any, ...]]) -> None:
    """The yardstick: one transaction, one COPY, into the table itself."""
    from django.db import connection

    with connection.cursor() as cursor, cursor.copy(f"COPY review_message ({COLUMNS}) FROM STDIN") as into:
        for row in finished:
            into.write_row(row)


def _finished(source_id: int, row: Any) -> tuple[Any, ...]:
    """A row as it ends up in the table, in the order of COLUMNS."""
    from review.intake.digests import draw, text_digest

    digest = text_digest(row.text)
    return (
        *(source_id, row.external_id, row.author, row.channel, row.thread, row.text),
        *(digest, draw(source_id, digest, TODAY), row.sent_at, row.sent_at, row.context, row.metadata),
    )


def _store(source: Any, rows: list[Any]) -> None:
    from review.intake.bulk import store

    assert store(source, rows).accepted == len(rows)


def _take_in(source: Any, arrays: list[str]) -> None:
    from review.intake.upload import take_in

    for array in arrays:
        items = json.loads(array)
        assert take_in(source, items).accepted == len(items)


def _speed(rows: int, action: Any) -> float:
    """Rows a second of `action`, which starts with empty tables and a quiet disk."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE review_message CASCADE")
        cursor.execute("CHECKPOINT")
    return rows / seconds(action)


def _figures(size: str, copied: list[float], stored: list[float], taken: list[float]) -> list[Figure]:
    note = f"{ROWS[size]:,} messages, arrays of {ARRAY:,}"
    share = [mine / bare for mine, bare in zip(taken, copied, strict=True)]
    store_share = [mine / bare for mine, bare in zip(stored, copied, strict=True)]
    return [
        figure("intake", "bare COPY", size, "rows/s", copied, note=note),
        figure("intake", "intake from JSON", size, "rows/s", taken, note=note),
        figure("intake", "store alone", size, "rows/s", stored, note=note),
        figure("intake", "intake / bare COPY", size, "x", share, at_least=LEAST_SHARE, note="within each round"),
        figure("intake", "store / bare COPY", size, "x", store_share, note="within each round"),
    ]
