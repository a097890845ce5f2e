"""Figures that are worked out once for each state of the labels and kept, so that no request waits for many.

Few labels are counted at once, by whoever asks first; many by a worker, and until then the page shows the figures
before, and as of when they are.
"""

from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from django.utils import timezone

from review.broker import DEFAULT_QUEUE, nudge
from review.calibration import refit
from review.calibration.certified_thresholds import certified_thresholds
from review.calibration.labels import usable
from review.calibration.margin_drift import margin_drift
from review.calibration.reliability_data import diagrams
from review.calibration.scope import Scope
from review.models import CalibrationFigures, Decision, Label, Policy
from review.records.sweeps import note_failure
from review.registry.calibrators import active_activation
from review.registry.scoring_setup import ScoringSetup

AT_ONCE = 2_000  # labels that a request may count itself
PAUSE = 10  # times as long as figures took, they stay before new labels make them anew
KEPT_FOR = timedelta(days=7)
TASK = "review.calibration.tasks.count_figures"


def figures(setup: ScoringSetup, scope: Scope) -> CalibrationFigures:
    """The newest figures of the scope; without `data` where a worker is still at the first ones."""
    row, _ = CalibrationFigures.objects.get_or_create(
        model=setup.model, rubric=setup.rubric, scope_key=scope.key, defaults={"scope": scope.to_json()}
    )
    if row.state == state_of(setup) or _is_fresh(row):
        return row
    if _are_few():
        return count(row)
    if row.wanted_at is None:
        CalibrationFigures.objects.filter(pk=row.pk, wanted_at=None).update(wanted_at=timezone.now())
        nudge(TASK, DEFAULT_QUEUE)
    return row


def count(row: CalibrationFigures) -> CalibrationFigures:
    """Work the figures out now and keep them."""
    setup, scope, at, start = (
        ScoringSetup(row.model, row.rubric),
        Scope.from_json(row.scope),
        timezone.now(),
        monotonic(),
    )
    row.state = state_of(setup)
    row.data = data_of(setup, scope, at)
    row.seconds, row.computed_at, row.wanted_at = monotonic() - start, at, None
    row.save(update_fields=["state", "data", "seconds", "computed_at", "wanted_at"])
    return row


def count_wanted() -> int:
    """Work out whatever somebody waits for, the longest wait first, and forget what nobody looked at for a week."""
    counted = 0
    while row := CalibrationFigures.objects.exclude(wanted_at=None).order_by("wanted_at").first():
        try:
            count(row)
            counted += 1
        except Exception:
            note_failure("figures", row)
            CalibrationFigures.objects.filter(pk=row.pk).update(wanted_at=None)  # whoever opens the page asks anew
    CalibrationFigures.objects.filter(computed_at__lt=timezone.now() - KEPT_FOR).delete()
    return counted


def data_of(setup: ScoringSetup, scope: Scope, at: datetime) -> dict[str, Any]:
    """Everything that the page draws, ready for JSON."""
    in_force = refit.in_force(setup)
    labels = usable(setup.model, setup.rubric, at)
    return {
        **diagrams(labels, in_force, scope, at),
        **margin_drift(setup, in_force, scope, at),
        **certified_thresholds(setup, in_force, scope),
    }


def state_of(setup: ScoringSetup) -> str:
    """What figures depend on, read off the ends of a few indexes whatever the number of labels."""
    counting = Decision.objects.filter(effective_at__lte=timezone.now(), undone_at=None)
    newest = counting.order_by("-effective_at", "-pk").values_list("pk", flat=True).first()
    activation = active_activation(setup.model, setup.rubric)
    policy = Policy.objects.order_by("-pk").values_list("pk", flat=True).first()  # its rungs are drawn
    return f"{activation.pk if activation else 0}.{newest or 0}.{policy or 0}.{timezone.now().date()}"


def _is_fresh(row: CalibrationFigures) -> bool:
    return bool(row.computed_at and timezone.now() < row.computed_at + timedelta(seconds=PAUSE * row.seconds))


def _are_few() -> bool:
    return Label.objects.order_by()[: AT_ONCE + 1].count() <= AT_ONCE
