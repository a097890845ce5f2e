"""From post to verdict for callers who wait, while a backlog drains; and what they cost the backlog.

A web server and one inference worker run as they do in production, on their own database. Callers post one message
each, with `?wait=`, again as soon as they have an answer, for half a minute or until the backlog is gone. One that is
not gone in time after that ends the benchmark with an error.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from itertools import count
from tempfile import TemporaryFile
from threading import Event
from time import monotonic, perf_counter
from typing import Any

import httpx2

from benchmarks import stack
from benchmarks.report import Figure, figure

BACKLOG = {"tiny": 40, "small": 3_000, "full": 10_000}
CALLERS = {"tiny": (2,), "small": (1, 8, 64), "full": (1, 8, 64)}
PORT = 8194
WAIT = 10  # seconds that a caller is ready to wait
WINDOW = 30  # seconds that callers go on
SAID = 20_000  # bytes of what a process said last, shown where the benchmark fails
PATIENCE = 100  # seconds for one backlog, and for the processes to come up


def run(size: str) -> list[Figure]:
    """The backlog alone, then with 1, 8 and 64 callers."""
    stack.start()
    from django.conf import settings

    from moddog_site.addresses import database_at_socket
    from moddog_site.embedded.programs import WEB_THREADS, celery_worker, python_module
    from review.models import ApiToken, Heartbeat, Source

    source = Source.objects.create(slug="benchmark", name="Benchmark")
    token = ApiToken.issue(source, "benchmark", ["ingest", "read"])
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
    web = python_module("granian", *options, "moddog_site.wsgi:application")
    worker = celery_worker("inference", "inference", pool="solo")
    figures: list[Figure] = []
    with _running(web, environ), _running(worker, environ):
        _until(lambda: Heartbeat.objects.filter(kind="inference").exists())
        _until(_answers)
        alone = _drained(source, size, token, 0)[0]
        print(f"the backlog alone: {alone:.0f} messages/s", file=sys.stderr, flush=True)
        figures.append(
            figure("waiting", "backlog alone", size, "messages/s", [alone], note=f"{BACKLOG[size]:,} messages")
        )
        for callers in CALLERS[size]:
            speed, waits, late = _drained(source, size, token, callers)
            print(f"beside {callers} callers: {speed:.0f} messages/s", file=sys.stderr, flush=True)
            figures += _figures(size, callers, speed / alone, waits, late)
    return figures


def _figures(size: str, callers: int, share: float, waits: list[float], late: int) -> list[Figure]:
    p95, p99 = (statistics.quantiles(waits, n=100)[at] if len(waits) > 1 else waits[0] for at in (94, 98))
    who = f"{callers} caller{'s' if callers > 1 else ''}"
    note = f"{len(waits):,} answered with verdicts; {late:,} answered 202 at once or too late"
    return [
        figure("waiting", f"post to verdict, {who}", size, "ms", waits, note=note),
        figure("waiting", f"post to verdict, p95, {who}", size, "ms", [p95]),
        figure("waiting", f"post to verdict, p99, {who}", size, "ms", [p99]),
        figure("waiting", f"backlog beside {who}, of alone", size, "share", [share]),
    ]


def _drained(source: Any, size: str, token: str, callers: int) -> tuple[float, list[float], int]:
    """Messages a second of a backlog, the callers' waits meanwhile (ms), and how many got no verdict."""
    from django.db.models import Max

    from benchmarks.model_shapes import chat
    from review.intake.rows import Row
    from review.intake.storing import store
    from review.models import Lane, Pending

    stamp = f"{callers}-{monotonic()}"
    rows = [Row(f"{stamp}-{number}", f"{text} {stamp}") for number, text in enumerate(chat(BACKLOG[size]))]
    started, over = perf_counter(), Event()
    store(source, rows)
    last = Pending.objects.aggregate(last=Max("message"))["last"]
    with ThreadPoolExecutor(max(callers, 1)) as pool:
        calls = [pool.submit(_call, token, f"{stamp}-caller-{number}", over) for number in range(callers)]
        left = len(rows)
        try:
            while left and (not callers or perf_counter() - started < WINDOW):
                time.sleep(0.05)
                left = Pending.objects.filter(message__lte=last, priority=Lane.ORDINARY).count()
            speed = (len(rows) - left) / (perf_counter() - started)
        finally:
            over.set()  # else the pool would wait for callers who never end
        answers = [call.result() for call in calls]
    _until(lambda: not Pending.objects.exists())
    return speed, [wait for waits, _ in answers for wait in waits] or [float("nan")], sum(late for _, late in answers)


def _call(token: str, name: str, over: Event) -> tuple[list[float], int]:
    """Post and wait, again and again until the backlog is gone.

    By the plainest client there is: callers share the cores here, as they do not in use.
    """
    waits, late = [], 0
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    with closing(HTTPConnection("127.0.0.1", PORT, timeout=30)) as connection:
        for number in count():
            if over.is_set():
                break
            item = {"id": f"{name}-{number}", "text": f"is anybody there, or is it only {name} for the {number}th time"}
            started = perf_counter()
            connection.request("POST", f"/api/v1/messages?wait={WAIT}", json.dumps(item), headers)
            response = connection.getresponse()
            answer = response.read()
            if response.status == 200:
                waits.append(1000 * (perf_counter() - started))
            else:
                assert response.status == 202, f"{response.status} {answer.decode()}"
                late += 1
                over.wait(1)  # told that too many wait, a caller asks for the verdict later
    return waits, late


@contextmanager
def _running(command: list[str], environ: dict[str, str]) -> Iterator[None]:
    with TemporaryFile() as said:
        process = subprocess.Popen(command, env=environ, stdout=said, stderr=subprocess.STDOUT)
        try:
            yield
        except BaseException:
            said.seek(0)
            sys.stderr.write(said.read()[-SAID:].decode(errors="replace"))
            raise
        finally:
            process.terminate()
            process.wait(30)


def _answers() -> bool:
    try:
        return httpx2.get(f"http://127.0.0.1:{PORT}/healthz").is_success
    except httpx2.TransportError:
        return False


def _until(condition: Any, seconds: float = PATIENCE) -> None:
    end = monotonic() + seconds
    while not condition():
        if monotonic() > end:
            raise TimeoutError("the benchmark's processes did not get there")
        time.sleep(0.05)
