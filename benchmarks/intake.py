"""Intake in rows a second, against a bare psycopg COPY of the same rows into the same table in the same run.

The bare COPY writes what intake worked out (digest and draw included) in one transaction, into an empty table with all
its indexes and constraints. "Lines through HTTP" posts JSON lines to the web server as it runs in production, with
everything on, and ends with its answer: every message and its place in the queue is committed then. "Lines, in one
process" is the same without HTTP; "store alone" is without parsing and validation, and with one batch after the other.
The full size also fills the table with five million rows, and measures what that costs.

Where the time goes, in microseconds a row. Processor time of a Xeon core that others used as well, best of twelve:

                                        before      now
    find the lines                         -        0.7
    parse and validate                   9.3        3.2   json and pydantic; now msgspec, which takes 0.5 of it
    digest of the text, draw             3.2        1.5   in one pass
    order, and the text of a COPY        6.0        5.0   psycopg a value at a time; now one string a row
    batches, places, weights             1.0        3.0
    this process while Postgres works    2.5        2.5
    Postgres: COPY, INSERT, commit     28 to 36   28 to 36

What the rows of the table ask of Postgres is what the bare COPY asks too (about 20 to 25): five indexes. On top come
the staging table, the search for conflicts, the queue's rows and two foreign keys, checked row by row. So validation
was a fifth of the whole, and making it quick could not bring more than that; the rest came with a thread that stores
a batch while the next one is read, so that the slower of the two counts. That takes two
free cores: on two that others used as well, lines through HTTP reached 0.53 of the bare COPY at load 4 (14,100 of
25,600 rows/s), and 0.34 at load 11.

What was tried and not kept: COPY straight into the table, with ids taken beforehand, is no faster than the staging
table once the queue's rows are written too, and an error of it would write whole messages into Postgres' log. Batches
of 1,000 rows are a quarter slower than batches of 5,000, and 20,000 no faster.
"""

import json
import os
import random
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from http.client import HTTPConnection
from time import monotonic, sleep
from typing import Any

from benchmarks import stack
from benchmarks.report import Figure, figure, seconds

ROWS = {"tiny": 1_000, "small": 40_000, "full": 200_000}
ROUNDS = {"tiny": 1, "small": 3, "full": 3}
LEAST_SHARE = 0.35
PORT = 8195
FULL = {"tiny": 1_000, "full": 5_000_000}
FILL = """
    INSERT INTO review_message (source_id, external_id, author, channel, thread, text, text_digest, draw, sent_at,
                                received_at, context, metadata)
    SELECT (SELECT min(id) FROM review_source), md5(n::text), 'author-' || n %% 2000, 'channel-' || n %% 12, '',
           'a message of some words, number ' || n, substr(decode(md5('t' || n), 'hex'), 1, 16), random(),
           now() - n * interval '1 second', now(), '[]', '{}'
    FROM generate_series(1, %s) AS n
"""
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
    """Rounds of all in turn, each into empty tables; shares are taken within each round."""
    stack.start()
    from review.intake.schemas import row_of
    from review.models import ApiToken, Source

    source = Source.objects.create(slug="benchmark", name="Benchmark")
    token = ApiToken.issue(source, "benchmark", ["ingest"])
    items = [message(number) for number in range(ROWS[size])]
    stream = _stream(0, ROWS[size])
    rows = [row_of(item) for item in items]
    finished = [_finished(source.pk, row) for row in rows]
    ways: dict[str, Callable[[], None]] = {
        "bare COPY": lambda: copy(finished),
        "store alone": lambda: _store(source, rows),
        "lines, in one process": lambda: _take_in(source, stream, len(rows)),
        "lines through HTTP": lambda: _post(token, stream, len(rows)),
    }
    speeds: dict[str, list[float]] = {name: [] for name in ways}
    with web_server():
        for turn in range(ROUNDS[size] + 1):
            print(f"  round {turn} of {ROUNDS[size]}", file=sys.stderr, flush=True)
            for name, way in ways.items():
                speed = _speed(len(items), way)
                if turn:  # the first round warms up
                    speeds[name].append(speed)
        figures = _figures(size, speeds)
        if size in FULL:
            figures.extend(_in_a_full_table(size, token))
    return figures


@contextmanager
def web_server() -> Iterator[None]:
    """The web process as it runs in production, on the benchmarks' database."""
    from django.conf import settings

    from moddog_site.addresses import database_at_socket
    from moddog_site.embedded.programs import WEB_THREADS, python_module

    environ = {
        **os.environ,
        "DATABASE_URL": database_at_socket(settings.HOME.sockets),
        "REDIS_URL": settings.REDIS.redis_py,
        "MODDOG_SECRET_KEY": settings.SECRET_KEY,
    }
    options = [
        "--interface",
        "wsgi",
        "--host",
        "127.0.0.1",
        "--port",
        str(PORT),
        "--blocking-threads",
        str(WEB_THREADS),
        "--no-ws",
    ]
    command = python_module("granian", *options, "moddog_site.wsgi:application")
    with subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            _wait_for_it()
            yield
        finally:
            process.terminate()


def _wait_for_it(seconds: float = 60) -> None:
    end = monotonic() + seconds
    while True:
        try:
            with closing(HTTPConnection("127.0.0.1", PORT)) as connection:
                connection.request("GET", "/healthz")
                if connection.getresponse().status == 200:
                    return
        except OSError:
            pass
        if monotonic() > end:
            raise TimeoutError("the web server did not come up")
        sleep(0.1)


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
    from review.intake.storing import store

    assert store(source, rows).accepted == len(rows)


def _take_in(source: Any, stream: bytes, rows: int) -> None:
    from review.intake.encodings import PIECE
    from review.intake.files import JSON_LINES, Kind, read_items
    from review.intake.upload import take_in

    pieces = (stream[start : start + PIECE] for start in range(0, len(stream), PIECE))
    assert take_in(source, read_items(pieces, Kind(JSON_LINES))).accepted == rows


def _post(token: str, stream: bytes, rows: int) -> None:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/x-ndjson"}
    with closing(HTTPConnection("127.0.0.1", PORT)) as connection:
        connection.request("POST", "/api/v1/messages", stream, headers)
        answer = json.loads(connection.getresponse().read())
    assert answer.get("accepted") == rows, answer


def _speed(rows: int, action: Any) -> float:
    """Rows a second of `action`, which starts with empty tables and a quiet disk."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE review_message CASCADE")
        cursor.execute("CHECKPOINT")
    return rows / seconds(action)


def _figures(size: str, speeds: dict[str, list[float]]) -> list[Figure]:
    note = f"{ROWS[size]:,} messages"
    found = [figure("intake", name, size, "rows/s", measured, note=note) for name, measured in speeds.items()]
    for name in [name for name in speeds if name != "bare COPY"]:
        share = [mine / bare for mine, bare in zip(speeds[name], speeds["bare COPY"], strict=True)]
        is_door = name == "lines through HTTP"
        least = LEAST_SHARE if is_door else None
        found.append(
            figure("intake", f"{name} / bare COPY", size, "x", share, at_least=least, note="within each round")
        )
    return found


def _in_a_full_table(size: str, token: str) -> list[Figure]:
    """Speed behind FULL rows, of the speed behind few: the same streams, one after the other, into each table.

    The first stream follows a checkpoint, after which Postgres writes each page that is touched into its log whole: of
    40,000 pages of ids in no order that is 1.6 KB a row. It is a figure by itself; the others are what is sustained.
    """
    from django.db import connection

    streams = [_stream(turn * ROWS[size], ROWS[size]) for turn in range(ROUNDS[size] + 1)]
    speeds = []
    for fill in (0, FULL[size]):
        print(f"  filling the table with {fill:,} rows", file=sys.stderr, flush=True)
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE review_message CASCADE")
            cursor.execute(FILL, [fill])
            cursor.execute("VACUUM ANALYZE review_message")
            cursor.execute("CHECKPOINT")
        speeds.append([ROWS[size] / seconds(partial(_post, token, lines, ROWS[size])) for lines in streams])
    (few_first, *few), (first, *many) = speeds
    note = f"{statistics.median(many):,.0f} rows/s, and {statistics.median(few):,.0f} behind none"
    share = [one / statistics.median(few) for one in many]
    once = f"{first:,.0f} rows/s, and {few_first:,.0f}"
    return [
        figure("intake", f"behind {FULL[size]:,} rows / behind none", size, "x", share, at_least=0.8, note=note),
        figure("intake", "the same, just after a checkpoint", size, "x", [first / few_first], note=once),
    ]


def _stream(first: int, rows: int) -> bytes:
    return b"".join(json.dumps(message(number)).encode() + b"\n" for number in range(first, first + rows))
