"""The pages of whoever looks after a team, at as many decisions and audit entries as a large one makes in a quarter.

A sample is one GET, in the server, through the real middleware. What beat works out for these pages is timed as well:
none of it may hold a transaction for long. And a take is timed with second opinions and gold items in the queue, and on
the same queue as if all of it were fresh.
"""

import statistics
import sys
from collections.abc import Callable
from typing import Any

from benchmarks import stack
from benchmarks.report import Figure, figure, seconds
from benchmarks.working_team import fill_team

ROWS = {"tiny": 2_000, "small": 50_000, "full": 1_000_000}
PEOPLE = {"tiny": 8, "small": 50, "full": 200}
SAMPLES = {"tiny": 4, "small": 60, "full": 200}
WARM_UP = 5
LONGEST = 100.0  # ms, of which 95 % of requests stay below
LONGEST_BEAT = 5_000.0  # ms
LONGEST_CHOICE = 1.0  # ms
PAGES = (
    *("/team/", "/team/?source=source-1", "/team/source-1/load/", "/team/source-1/load/charts/?span=month"),
    *("/operations/", "/operations/charts/?span=month", "/people/"),
    *("/audit/", "/audit/?verb=gave+role", "/audit/?source=source-1&actor=person-7", "/audit/?last=2000-01-01"),
)


def run(size: str) -> list[Figure]:
    stack.start()
    rows, people = ROWS[size], PEOPLE[size]
    print(f"  filling {rows:,} decisions by {people} people, {rows:,} audit entries ...", file=sys.stderr, flush=True)
    admin = fill_team(rows, people)
    note = f"{rows:,} decisions by {people} people, {rows:,} audit entries"
    return [*_beat(size, note), *_pages(admin, size, note), _choice(size, note)]


def _beat(size: str, note: str) -> list[Figure]:
    """What works the figures out, once a minute or less: each of them is one statement or several short ones."""
    from review.insight import load, samples
    from review.models import Source
    from review.quality import figures

    sources = list(Source.objects.all())
    works: dict[str, list[Callable[[], Any]]] = {
        "rolling up the load": [load.roll_up] * 3,
        "a sample of operations": [samples.take] * 3,
        "looking for changed figures": [figures.count_changed, *[figures.count_changed] * 2],
        "figures of one source's people": [lambda source=source: figures.count(source) for source in sources],  # type: ignore[misc]
    }
    return [
        figure("team", name, size, "ms", [1_000 * seconds(each) for each in work], at_most=LONGEST_BEAT, note=note)
        for name, work in works.items()
    ]


def _pages(admin: Any, size: str, note: str) -> list[Figure]:
    from django.test import Client

    client = Client(SERVER_NAME="localhost")
    client.force_login(admin)

    def get(path: str) -> None:
        assert client.get(path).status_code == 200

    found = []
    for path in PAGES:
        taken = [1_000 * seconds(lambda: get(path)) for _ in range(SAMPLES[size] + WARM_UP)][WARM_UP:]  # noqa: B023
        p95 = statistics.quantiles(taken, n=20)[-1]
        median = f"median {statistics.median(taken):.1f} ms"
        found.append(figure("team", f"p95 of {path}", size, "ms", [p95], at_most=LONGEST, note=f"{median}; {note}"))
    return found


def _choice(size: str, note: str) -> Figure:
    """How much longer a take is where some of what waits is a second opinion or a gold item."""
    from review.models import Case, User

    person = User.objects.get(username="person-0")
    mixed = _take(person, SAMPLES[size])
    Case.objects.filter(state=Case.State.OPEN, reason__in=("second_opinion", "gold")).update(reason="audit", not_for=[])
    fresh = _take(person, SAMPLES[size])
    said = f"{statistics.median(mixed):.2f} ms instead of {statistics.median(fresh):.2f}; {note}"
    longer = statistics.median(mixed) - statistics.median(fresh)
    return figure(
        "team", "choosing among fresh, gold and second", size, "ms", [longer], at_most=LONGEST_CHOICE, note=said
    )


def _take(person: Any, samples: int) -> list[float]:
    """Milliseconds of each take of the first free case; it goes to a random place of the queue afterwards."""
    from django.db.models.functions import Random

    from review.desk import claims
    from review.models import Case

    taken = []
    for _ in range(samples + WARM_UP):
        taken.append(1_000 * seconds(lambda: claims.take_next(person)))
        held = claims.held_by(person)
        assert held is not None and held.claim_token is not None
        claims.release(person, held.pk, held.claim_token)
        Case.objects.filter(pk=held.pk).update(priority=Random())
    return taken[WARM_UP:]
