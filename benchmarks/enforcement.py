"""From an outcome's effect to the receiver's door, alone and beside a receiver that hangs; and rows of the feeds.

The process that delivers runs as in production, on a database of its own; receivers are processes beside it. Each
message tells when it was written, which is when its outcome is in force, and the receiver says how long ago that was.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks import stack
from benchmarks.report import Figure, figure

SECONDS = {"tiny": 2, "small": 20, "full": 60}
ROWS = {"tiny": 3_000, "small": 200_000, "full": 5_000_000}
PAGES = {"tiny": 2, "small": 20, "full": 50}
TICK = 0.05  # seconds between two batches of outcomes
PATIENCE = 120  # seconds


def run(size: str) -> list[Figure]:
    stack.start()
    return [*_steady(size), *_beside_a_hanging_one(size), *_feeds(size)]


def _steady(size: str) -> list[Figure]:
    with _receivers(["quick"]) as receivers:
        source = _source("steady", receivers)
        with _delivering():
            _write([source], 200, SECONDS[size])
            waits = _waits(receivers[0], 200 * SECONDS[size])
    p99 = statistics.quantiles(waits, n=100)[-1]
    return [
        figure("enforcement", "effect to door, 200/s", size, "ms", waits, at_most=300),
        figure("enforcement", "effect to door, 200/s, p99", size, "ms", [p99], at_most=2_000),
    ]


def _beside_a_hanging_one(size: str) -> list[Figure]:
    """2,000 outcomes a second of four sources, each with an endpoint of its own; one of the four hangs."""
    with _receivers(["quick", "quick", "quick", "hanging"]) as receivers:
        sources = [_source(f"of-four-{number}", [each]) for number, each in enumerate(receivers)]
        with _delivering():
            started = time.monotonic()
            wrote = _write(sources, 2_000, SECONDS[size])
            waits = [wait for each in receivers[:3] for wait in _waits(each, 500 * SECONDS[size])]
            took = time.monotonic() - started
    third = len(waits) // 9
    per_receiver = [waits[number * len(waits) // 3 : (number + 1) * len(waits) // 3] for number in range(3)]
    first = statistics.median(wait for each in per_receiver for wait in each[:third])
    last = statistics.median(wait for each in per_receiver for wait in each[-third:])
    written = 2_000 * SECONDS[size] / wrote
    reached = "of at most 1,500, the time of the last one on its way included"
    note = f"written at {written:,.0f}/s; {first:,.0f} ms in the first third, {last:,.0f} in the last"
    delivered = [len(waits) / took]
    return [
        figure(
            "enforcement", "delivered beside one that hangs", size, "events/s", delivered, at_least=1_470, note=reached
        ),
        figure("enforcement", "effect to door beside one that hangs", size, "ms", waits, note=note),
    ]


def _feeds(size: str) -> list[Figure]:
    """Pages of 1,000 at places all over the feeds, by the function that answers the API."""
    from django.db import connection

    from review.enforcement.publisher import publish
    from review.intake.feeds import OUTCOMES, VERDICTS, page

    source = _source("feed", [])
    _fill(source, ROWS[size])
    while publish(most=20_000):
        print("publishing ...", file=sys.stderr, flush=True)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE review_outcomefeed, review_verdictfeed, review_outcome, review_verdict")
    figures = []
    for feed in (OUTCOMES, VERDICTS):
        speeds, cursor = [], ""
        page(feed, source, cursor="", limit=1, wait=0)  # what is loaded once a process
        for _ in range(PAGES[size]):
            started = time.perf_counter()
            answer = json.loads(page(feed, source, cursor=cursor, limit=1_000, wait=0).content)
            speeds.append(len(answer[feed.name]) / (time.perf_counter() - started))
            cursor = answer["cursor"]
        name = f"rows of the feed of {feed.name}"
        figures.append(figure("enforcement", name, size, "rows/s", speeds, at_least=5_000, note=f"of {ROWS[size]:,}"))
    return figures


def _source(slug: str, urls: list[str]) -> Any:
    from review.models import Endpoint, Source

    source = Source.objects.create(slug=slug, name=slug)
    for url in urls:
        Endpoint.objects.create(source=source, url=url, events=["outcome.created"], allows_private=True)
    return source


_WRITE = """
WITH m AS (
    INSERT INTO review_message (source_id, external_id, author, channel, thread, text, text_digest, draw, sent_at,
                                context, metadata)
    SELECT %(source)s, %(stamp)s || '-' || n, 'kestrel', '', '', 'hello', '\\x00', 0.5, now(), '[]', '{}'
      FROM generate_series(1, %(count)s) AS n RETURNING id
)
INSERT INTO review_outcome (message_id, seq, action, why, created_at, effective_at)
SELECT id, 1, 'hide', 'policy 1', clock_timestamp(), clock_timestamp() FROM m
"""


def _write(sources: list[Any], a_second: int, seconds: float) -> float:
    """Write outcomes at a steady pace, as many in each source; returns the seconds that it took."""
    from django.db import connection

    started, ticks = time.monotonic(), round(seconds / TICK)
    each = round(a_second * TICK / len(sources))
    for tick in range(ticks):
        with connection.cursor() as cursor:
            for source in sources:
                cursor.execute(_WRITE, {"source": source.pk, "stamp": f"{tick}", "count": each})
        time.sleep(max(0.0, started + (tick + 1) * TICK - time.monotonic()))
    return time.monotonic() - started


def _fill(source: Any, rows: int) -> None:
    """Messages with a verdict and an outcome each, in parts."""
    from django.db import connection

    from review.models import ModelVersion, Rubric
    from review.registry.policy_versions import policy_of

    model = ModelVersion.objects.create(name="n", location="l", weights_hash="f" * 64, fingerprint="f" * 64)
    rubric = Rubric.objects.create(version=1, text="Be fair.")
    values = {"source": source.pk, "model": model.pk, "rubric": rubric.pk, "policy": policy_of(source).pk}
    for part in range(0, rows, 50_000):
        with connection.cursor() as cursor:
            cursor.execute(_FILL, {**values, "stamp": f"f{part}", "count": min(50_000, rows - part)})
        print(f"filled {part:,} of {rows:,}", file=sys.stderr, flush=True)


_FILL = """
WITH m AS (
    INSERT INTO review_message (source_id, external_id, author, channel, thread, text, text_digest, draw, sent_at,
                                context, metadata)
    SELECT %(source)s, %(stamp)s || '-' || n, 'kestrel', '', '', 'hello', '\\x00', 0.5, now(), '[]', '{}'
      FROM generate_series(1, %(count)s) AS n RETURNING id
), s AS (
    INSERT INTO review_score (message_id, model_id, rubric_id, margin, category_log_probs, tokens, windows,
                              worst_window, bounded)
    SELECT id, %(model)s, %(rubric)s, 0.4, '{-1,-1,-2,-3,-2}', 12, 1, 0, false FROM m RETURNING id, message_id
), v AS (
    INSERT INTO review_verdict (message_id, score_id, policy_id, probability, flag, category, categories, route, why,
                                rate)
    SELECT message_id, id, %(policy)s, 0.6, true, 'toxicity', '{"benign": 0.4, "toxicity": 0.6}', 'hide', 'rung', 0.05
      FROM s RETURNING id, message_id
)
INSERT INTO review_outcome (message_id, seq, action, why, verdict_id, created_at, effective_at)
SELECT message_id, 1, 'hide', 'policy 1', id, now(), now() FROM v
"""


@contextmanager
def _delivering() -> Iterator[None]:
    from django.conf import settings

    from moddog_site.addresses import database_at_socket
    from moddog_site.variables import PROJECT
    from review.models import Heartbeat

    environ = {
        **os.environ,
        "DATABASE_URL": database_at_socket(settings.HOME.sockets),
        "REDIS_URL": settings.REDIS.redis_py,
        "MODDOG_SECRET_KEY": settings.SECRET_KEY,
    }
    Heartbeat.objects.all().delete()
    with _process([sys.executable, str(PROJECT / "manage.py"), "deliver"], env=environ):
        _until(Heartbeat.objects.filter(kind="deliveries").exists)
        yield


@contextmanager
def _receivers(kinds: list[str]) -> Iterator[list[str]]:
    """Their addresses. What each was told lies in a file that `_waits` reads."""
    with TemporaryDirectory() as folder, ExitStack() as processes:
        urls = []
        for number, kind in enumerate(kinds):
            path = Path(folder) / f"{number}"
            processes.enter_context(
                _process([sys.executable, "-m", "benchmarks.receiver", kind, str(path)], stderr=None)
            )
            _until(path.exists)
            urls.append(path.read_text())
            _FILES[urls[-1]] = path.with_suffix(".waits")
        yield urls


_FILES: dict[str, Path] = {}


def _waits(url: str, expected: int) -> list[float]:
    """Milliseconds from effect to door, in order of arrival, once all of them came."""
    _until(lambda: _FILES[url].stat().st_size >= 8 * expected)
    raw = _FILES[url].read_bytes()
    return list(memoryview(raw).cast("d"))


@contextmanager
def _process(command: list[str], **options: Any) -> Iterator[None]:
    process = subprocess.Popen(command, **{"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **options})
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)


def _until(condition: Any) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("the benchmark's processes did not get there")
        time.sleep(0.05)
