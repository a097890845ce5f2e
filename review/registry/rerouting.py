"""Asking for a re-routing: a row and a nudge. The pass itself is judging's."""

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from review.broker import DEFAULT_QUEUE, nudge
from review.models import Case, Reason, Rerouting, Source, User

TASK = "review.judging.tasks.reroute"


@transaction.atomic
def start(source: Source | None, why: str, by: User | None) -> Rerouting:
    """Have the waiting cases of `source` (None: of all) follow the calibrator and the policy now in force.

    A pass over the same cases that is still under way ends here: the new one starts from the beginning. Progress is on
    the row. A lost broker delays it to the next sweep.
    """
    narrower = Q() if source is None else Q(source=source)
    Rerouting.objects.filter(narrower, finished_at=None).update(finished_at=timezone.now(), overtaken=True)
    run = Rerouting.objects.create(source=source, why=why, by=by)
    transaction.on_commit(wake)
    return run


def wake() -> None:
    nudge(TASK, DEFAULT_QUEUE)


def waiting(sources: "QuerySet[Source] | None" = None) -> QuerySet[Case]:
    """The cases that a re-routing looks at."""
    cases = Case.objects.filter(state=Case.State.OPEN, reason=Reason.BORDERLINE, blind=False)
    return cases if sources is None else cases.filter(source__in=sources)
