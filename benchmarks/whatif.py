"""The what-if while a threshold is dragged: one preview, through the real middleware, at two sizes of the tables.

A sample is one POST by htmx of the whole form, with another threshold each: counts, estimates, load and samples. All
messages are one source's, within the 30 days that a preview looks back.
"""

import statistics
import sys
from collections.abc import Callable
from typing import Any

from benchmarks import stack
from benchmarks.community import fill, rule
from benchmarks.report import Figure, figure, seconds

FEW = (1_000, 100)
MANY = {"tiny": (2_000, 200), "small": (100_000, 5_000), "full": (1_000_000, 20_000)}
"""Verdicts, and cases among them, every fifth of which was judged blind."""
DAYS = 29
SAMPLES = {"tiny": 5, "small": 60, "full": 200}
WARM_UP = 10
LONGEST = 150.0  # ms
WORST_RATIO = 5.0


def run(size: str) -> list[Figure]:
    stack.start()
    few, many = _measured(FEW, size), _measured(MANY[size], size)
    ratio = statistics.median(many) / statistics.median(few)
    return [
        _figure(few, FEW, size),
        _figure(many, MANY[size], size),
        figure("whatif", "growth", size, "x", [ratio], at_most=WORST_RATIO, note="from the few to the many"),
    ]


def _figure(samples: list[float], rows: tuple[int, int], size: str) -> Figure:
    p95 = statistics.quantiles(samples, n=20)[-1]
    name = f"preview at {rows[0]:,} verdicts"
    return figure("whatif", name, size, "ms", samples, at_most=LONGEST, note=f"p95 {p95:.1f} ms")


def _measured(rows: tuple[int, int], size: str) -> list[float]:
    """Samples in ms."""
    from review.models import Membership, Role, Source
    from review.verdicts.margin_counts import recount

    print(f"  filling {rows[0]:,} verdicts ...", file=sys.stderr, flush=True)
    person = fill(*rows, sources=1, gap=DAYS * 86_400 / rows[0])
    rule(person)
    Membership.objects.update(role=Role.ADMIN)
    source = Source.objects.get()
    recount(source)
    post = _browser(person, source)
    samples = []
    for number in range(SAMPLES[size] + WARM_UP):
        took = seconds(lambda at=60 + number % 39: post(f"{at}.5"))  # type: ignore[misc]
        if number >= WARM_UP:
            samples.append(took * 1000)
    return samples


def _browser(person: Any, source: Any) -> Callable[[str], None]:
    """POST as htmx does while the hiding threshold is dragged."""
    from django.test import Client

    import moddog_site.wsgi  # noqa: F401 - the process as it serves, its garbage collector included
    from review.registry.policy_versions import policy_of

    client = Client(enforce_csrf_checks=True, SERVER_NAME="localhost")
    client.force_login(person)
    client.get("/policy/")
    headers = {"HX-Request": "true", "X-CSRFToken": client.cookies["csrftoken"].value}

    version = policy_of(source).version

    def post(at: str) -> None:
        form = {
            "version": version,
            "default-review": "20",
            "default-hide": at,
            "alone-hide": "on",
            "audit_rate": "5",
            "note": "",
        }
        answer = client.post(f"/policy/{source.slug}/preview/", form, headers=headers)
        assert answer.status_code == 200
        assert b"judged blind" in answer.content, "no estimate was shown"

    return post
