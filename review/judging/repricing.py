"""Gives the waiting cases of a source their places by the weights of a changed policy, a chunk a transaction.

Blind cases keep theirs, which tells nothing of them; so do appeals and what nothing of the model's or a reporter's is
known about. New cases come in under the new weights by themselves.
"""

from django.db import connection, transaction
from django.utils import timezone

from review.judging.results import harm_of
from review.models import Case, Reason, Report, Repricing
from review.verdicts import priority
from review.verdicts.priority import Weights

CHUNK = 500
REPRICED = (Reason.BORDERLINE, Reason.AUDIT, Reason.TRIGGER, Reason.REPORT)
_WRITE = """
UPDATE review_case c SET priority = new.priority
  FROM unnest(%s::bigint[], %s::float8[]) AS new(id, priority) WHERE c.id = new.id AND c.priority <> new.priority
"""


def step() -> bool:
    """Take the oldest pass on by one chunk; whether there was one. A newer one over the same source has its row."""
    with transaction.atomic():
        runs = Repricing.objects.select_for_update(skip_locked=True, of=("self",)).filter(finished_at=None)
        run = runs.select_related("policy").order_by("created_at").first()
        if run is None:
            return False
        waiting = Case.objects.filter(source=run.source_id, state=Case.State.OPEN, blind=False, pk__gt=run.cursor)
        # In this order, as everybody who locks many of them does.
        locked = waiting.select_for_update(no_key=True, of=("self",)).order_by("pk")
        cases = list(locked.select_related("verdict__score", "verdict__trigger", "verdict__message")[:CHUNK])
        _write(cases, run)
        run.cursor = cases[-1].pk if cases else run.cursor
        run.examined += len(cases)
        run.finished_at = timezone.now() if len(cases) < CHUNK else None
        run.save(update_fields=["cursor", "examined", "finished_at"])
    return True


def _write(cases: list[Case], run: Repricing) -> None:
    weights = priority.weights_of(run.policy.order)
    illegal = set(
        Report.objects.filter(illegal=True, reporter__muted_at=None, message__cases__in=cases).values_list(
            "message__cases", flat=True
        )
    )
    new = {}
    for case in cases:
        if case.verdict:
            case.verdict.policy = run.policy  # what was done stays under the old one; only the place is by the new
        if case.reason in REPRICED and (harm := _harm(case, weights, case.pk in illegal)) is not None:
            new[case.pk] = priority.priority(harm, case.opened_at)
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, [list(new), list(new.values())])


def _harm(case: Case, weights: Weights, is_illegal: bool) -> float | None:
    """The greatest of what speaks for it; None where nothing is known to weigh."""
    known = [harm_of(case.verdict)] if case.verdict else []
    if case.reason == Reason.REPORT:
        known.append(weights.scaled(max(weights.report, priority.ILLEGAL_HARM if is_illegal else 0.0)))
    return max(known, default=None)
