"""The desk: a claim with its case page, in the server, through the real middleware; at two sizes of the tables.

A sample is one POST by htmx: the claim, and everything that the page shows of the case, rendered.
"""

import statistics
import sys
from collections.abc import Callable
from typing import Any

from benchmarks import stack
from benchmarks.report import Figure, figure, seconds

FEW = (1_000, 100)
MANY = {"tiny": (1_500, 150), "small": (20_000, 2_000), "full": (1_000_000, 100_000)}
"""Messages, and open cases among them."""
SAMPLES = {"tiny": 5, "small": 100, "full": 400}
WARM_UP = {"tiny": 2, "small": 15, "full": 15}
LONGEST = 20.0  # ms
WORST_RATIO = 1.5


def run(size: str) -> list[Figure]:
    """Both sizes of the tables, one after the other, and how the time grows from one to the other."""
    stack.start()
    few = _measured(FEW, size)
    many = _measured(MANY[size], size)
    medians = [statistics.median(samples["claim and case page"]) for samples in (few, many)]
    ratio = figure("desk", "growth", size, "x", [medians[1] / medians[0]], at_most=WORST_RATIO, note="claim and page")
    return [*_figures(few, FEW, size), *_figures(many, MANY[size], size), ratio]


def _figures(measured: dict[str, list[float]], rows: tuple[int, int], size: str) -> list[Figure]:
    return [
        figure(
            "desk",
            name,
            size,
            "ms",
            samples,
            at_most=LONGEST if name == "claim and case page" else None,
            note=f"{rows[0]:,} messages, {rows[1]:,} open; p95 {statistics.quantiles(samples, n=20)[-1]:.1f} ms",
        )
        for name, samples in measured.items()
    ]


def _measured(rows: tuple[int, int], size: str) -> dict[str, list[float]]:
    """Samples in ms, each on another case."""
    from benchmarks.community import fill
    from review.desk import claims
    from review.models import Case

    print(f"  filling {rows[0]:,} messages, {rows[1]:,} open cases ...", file=sys.stderr, flush=True)
    person = fill(*rows)
    post, get = _browser(person)
    samples: dict[str, list[float]] = {"claim and case page": [], "decide, claim and case page": [], "whole page": []}

    def decide(case: Case) -> None:
        post(f"/cases/{case.pk}/decide/", {"token": str(case.claim_token), "category": "toxicity"})

    for number in range(SAMPLES[size] + WARM_UP[size]):
        taken = seconds(lambda: post("/take/", {}))
        case = claims.held_by(person)
        assert case is not None
        loaded = seconds(lambda: get("/"))
        decided = seconds(lambda held=case: decide(held))  # type: ignore[misc]
        _put_back(person, case)
        if number >= WARM_UP[size]:
            for name, took in zip(samples, (taken, decided, loaded), strict=True):
                samples[name].append(took * 1000)
    return samples


def _put_back(person: Any, case: Any) -> None:
    """Undo the decision and send the case, and the one in hand, to random places of the queue."""
    from django.db.models.functions import Random

    from review.desk import claims, undoing
    from review.models import Case

    following = claims.held_by(person)
    decision = undoing.last_undoable(person)
    assert following is not None and following != case and decision is not None
    assert undoing.undo(person, decision.pk)
    held = claims.held_by(person)
    assert held == case
    claims.release(person, case.pk, held.claim_token or "")
    Case.objects.filter(pk__in=[case.pk, following.pk]).update(priority=Random())


def _browser(person: Any) -> tuple[Callable[[str, dict[str, str]], None], Callable[[str], None]]:
    """POST as htmx does, and GET, by a signed-in browser with its CSRF cookie."""
    from django.test import Client

    client = Client(enforce_csrf_checks=True, SERVER_NAME="localhost")
    client.force_login(person)
    client.get("/")
    headers = {"HX-Request": "true", "X-CSRFToken": client.cookies["csrftoken"].value}

    def post(path: str, fields: dict[str, str]) -> None:
        answer = client.post(path, fields, headers=headers)
        assert answer.status_code == 200
        assert b"said-text" in answer.content, "no case was shown"

    def get(path: str) -> None:
        assert client.get(path).status_code == 200

    return post, get
