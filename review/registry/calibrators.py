"""Which calibrator is in force for a model under a rubric, and putting another one there."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from inference.calibration.calibrators import Calibrator as Map
from inference.calibration.calibrators import from_json
from review.models import Calibrator, CalibratorActivation, LanguageModel, Rubric, User
from review.records import audit
from review.registry import calibration_settings


def active_calibrator(model: LanguageModel, rubric: Rubric) -> Calibrator | None:
    """The calibrator of the pair's latest activation; None sends everything to people."""
    latest = active_activation(model, rubric)
    return latest.calibrator if latest else None


def active_activation(model: LanguageModel, rubric: Rubric) -> CalibratorActivation | None:
    of_pair = CalibratorActivation.objects.filter(calibrator__model=model, calibrator__rubric=rubric)
    return of_pair.select_related("calibrator", "by").order_by("-pk").first()


def read(calibrator: Calibrator) -> Map:
    """The map itself, margins to probabilities."""
    return from_json(calibrator.parameters)


def probability_at(map_: Map, margin: float, source: int, category: str = "") -> float:
    """The probability of a margin in the source (its id), for a likeliest violation or, without one, for all pooled."""
    return float(map_.predict([margin], [category], [str(source)])[0])


@transaction.atomic
def activate(calibrator: Calibrator, by: User | None, why: str) -> CalibratorActivation:
    """Put a calibrator in force, on record. `by` is None where moddog did it by itself."""
    audit.record(by, "activated calibrator", calibrator, version=calibrator.version)
    return CalibratorActivation.objects.create(calibrator=calibrator, by=by, why=why)


@transaction.atomic
def seed_shipped_calibrator(model: LanguageModel, rubric: Rubric, shipped: Mapping[str, Any]) -> Calibrator | None:
    """Make the map beside a model's weights the pair's first calibrator, provisional and in force.

    None where the pair has calibrators already; of two workers that start at once, one seeds. Raises ValueError where
    `shipped` is no calibrator.
    """
    if Calibrator.objects.filter(model=model, rubric=rubric).exists():
        return None
    kind, wanted = from_json(shipped).kind, calibration_settings.setting().prior
    if calibration_settings.knows_its_prior(shipped) and wanted != shipped["shifted_to_prior"]:
        shipped = calibration_settings.shifted(shipped, wanted)
    calibrator, created = Calibrator.objects.get_or_create(
        model=model,
        rubric=rubric,
        version=1,
        defaults={"kind": kind, "parameters": dict(shipped), "provisional": True},
    )
    if created:
        activate(calibrator, None, "shipped with the model")
    return calibrator if created else None
