"""From request to score on the doors for other APIs' clients, beside what the model itself takes for the same text.

A web server and one inference worker run as they do in production, on their own database. One caller asks again as soon
as it has an answer; the model's own time is that of the same texts in this process, before the others are started.
"""

import os
import statistics
from itertools import count
from time import perf_counter
from typing import Any

import httpx2

from benchmarks import stack
from benchmarks.report import Figure, figure
from benchmarks.waiting import PORT, _answers, _running, _until

CALLS = {"tiny": 3, "small": 30, "full": 1_000}
WARM = 5
OVERHEAD = 40.0  # ms
DOORS = {
    "comments:analyze": (
        "/v1alpha1/comments:analyze",
        lambda text: {"comment": {"text": text}, "requestedAttributes": {"TOXICITY": {}}},
    ),
    "moderations": ("/v1/moderations", lambda text: {"input": text}),
}
_numbers = count()


def run(size: str) -> list[Figure]:
    """The model alone, then each door with one caller."""
    alone = _model_alone(CALLS[size])
    own = statistics.median(alone)
    figures = [figure("dropin", "the model alone, one text", size, "ms", alone)]
    stack.start()
    from django.conf import settings

    from moddog_site.addresses import database_at_socket
    from moddog_site.embedded.programs import WEB_THREADS, celery_worker, python_module
    from review.models import ApiToken, Heartbeat, Source

    key = ApiToken.issue(Source.objects.create(slug="benchmark", name="Benchmark"), "benchmark", ["score"])
    environ = {
        **os.environ,
        "DATABASE_URL": database_at_socket(settings.HOME.sockets),
        "REDIS_URL": settings.REDIS.redis_py,
        "MODDOG_SECRET_KEY": settings.SECRET_KEY,
    }
    options = ["--interface", "wsgi", "--host", "127.0.0.1", "--port", str(PORT), "--no-ws"]
    options += ["--blocking-threads", str(WEB_THREADS)]
    web = python_module("granian", *options, "moddog_site.wsgi:application")
    with _running(web, environ), _running(celery_worker("inference", "inference", pool="solo"), environ):
        _until(lambda: Heartbeat.objects.filter(kind="inference").exists())
        _until(_answers)
        for name, (path, body) in DOORS.items():
            waits = _ask(path, body, key, CALLS[size])
            figures.append(figure("dropin", f"{name}, one caller", size, "ms", waits))
            over = [wait - own for wait in waits]
            figures.append(figure("dropin", f"{name}, over the model", size, "ms", over, at_most=OVERHEAD))
    return figures


def _ask(path: str, body: Any, key: str, calls: int) -> list[float]:
    """The times of so many calls, one after the other, in ms."""
    waits = []
    address = f"http://127.0.0.1:{PORT}"
    with httpx2.Client(base_url=address, headers={"Authorization": f"Bearer {key}"}, timeout=30) as client:
        for _ in range(WARM + calls):
            started = perf_counter()
            response = client.post(path, json=body(_text()))
            waits.append(1000 * (perf_counter() - started))
            assert response.status_code == 200, response.text
    return waits[WARM:]


def _model_alone(calls: int) -> list[float]:
    from inference.scoring.normalise import normalised
    from inference.scoring.scorer import load_scorer

    scorer, times = load_scorer(), []
    scorer.warm_up()
    for _ in range(WARM + calls):
        started = perf_counter()
        scorer.score([normalised(_text())])
        times.append(1000 * (perf_counter() - started))
    return times[WARM:]


def _text() -> str:
    return f"is anybody there, or am I the only one who asks for the {next(_numbers)}th time today"
