"""Asking for a re-routing: a row and a nudge. The pass itself is judging's."""

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from review.broker import DEFAULT_QUEUE, nudge
from review.models import Case, Reason, Rerouting, Source, User

TASK = "review.judging.tasks.reroute"
IN_FORCE = 0x6D6F64_01  # an advisory lock: shared by whoever writes cases, alone for whoever changes what is in force


@transaction.atomic
def start(source: Source | None, why: str, by: User | None) -> Rerouting:
    """Have the waiting cases of `source` (None: of all) follow the calibrator and the policy now in force.

    A pass over the same cases that is still under way ends here: the new one starts from the beginning. Progress is on
    the row. A lost broker delays it to the next sweep. Waits for those that write under what was in force before, so
    that their cases are among the waiting ones; must run in the transaction that puts the new in force.
    """
    narrower = Q() if source is None else Q(source=source)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [IN_FORCE])
    Rerouting.objects.filter(narrower, finished_at=None).update(finished_at=timezone.now(), overtaken=True)
    run = Rerouting.objects.create(source=source, why=why, by=by)
    transaction.on_commit(wake)
    return run


def hold_in_force() -> None:
    """Keep what is in force as it is until this transaction ends: what it writes is under it, and follows it later."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [IN_FORCE])


def wake() -> None:
    nudge(TASK, DEFAULT_QUEUE)


def waiting(sources: "QuerySet[Source] | None" = None) -> QuerySet[Case]:
    """The cases that a re-routing looks at."""
    cases = Case.objects.filter(state=Case.State.OPEN, reason=Reason.BORDERLINE, blind=False)
    return cases if sources is None else cases.filter(source__in=sources)
