"""What instance admins chose: the share of violations assumed at first, and a kind that is pinned."""

from typing import Any

from django.db import transaction

from inference.calibration.calibrator_json import from_json
from inference.calibration.calibrators import KINDS
from review.models import CalibrationSetting, CalibratorVersion, User
from review.records import audit
from review.registry.calibration_settings import knows_its_prior, setting, shifted
from review.registry.calibrators import add_version, promote
from review.registry.scoring_setup import ScoringSetup

PROVISIONAL_BECAUSE = "prior set to {:.3g} %"


@transaction.atomic
def set_prior(
    setup: ScoringSetup, active: CalibratorVersion | None, prior: float, by: User, why: str
) -> CalibratorVersion | None:
    """Assume that `prior` (0 to 1) of all messages are violations; returns the calibrator that was put in force.

    None where the calibrator in force was fitted on this instance's labels, which know better, or where there is none.
    """
    _save(by, why, prior=prior)
    if not (active and active.provisional and knows_its_prior(active.parameters)):
        return None
    moved = shifted(active.parameters, prior)
    calibrator = add_version(setup, from_json(moved), moved, provisional=True)
    promote(calibrator, by, PROVISIONAL_BECAUSE.format(prior * 100))
    return calibrator


@transaction.atomic
def pin(kind: str, by: User, why: str) -> None:
    """Have every refit fit this kind, or with an empty one the best. Raises ValueError for an unknown kind."""
    if kind and kind not in KINDS:
        raise ValueError(f"no calibrator is called {kind!r}")
    _save(by, why, kind=kind)


def history(limit: int = 5) -> list[CalibrationSetting]:
    return list(CalibrationSetting.objects.select_related("by").order_by("-pk")[:limit])


def _save(by: User, why: str, **changes: Any) -> None:
    now = setting()
    values = {"prior": now.prior, "kind": now.kind} | changes
    row = CalibrationSetting.objects.create(**values, by=by, why=why)
    audit.record(by, "changed calibration", row, **changes)
