"""Which calibrator is in force for a model under a rubric, and how another one comes into force."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import Max

from inference.calibration.calibrator_json import from_json
from inference.calibration.calibrators import Calibrator
from review.models import CalibratorActivation, CalibratorVersion, ModelVersion, Rubric, User
from review.records import audit
from review.registry import calibration_settings, rerouting
from review.registry.scoring_setup import ScoringSetup

GIVEN = "given when the model was registered"
"""Why a calibrator is in force that no decision of moderators has made."""


def active_calibrator(model: ModelVersion, rubric: Rubric) -> CalibratorVersion | None:
    """The calibrator of the setup's latest activation; None sends everything to people."""
    activated = CalibratorVersion.objects.filter(model=model, rubric=rubric, activations__isnull=False)
    return activated.order_by("-activations__pk").first()


def active_activation(model: ModelVersion, rubric: Rubric) -> CalibratorActivation | None:
    of_pair = CalibratorActivation.objects.filter(calibrator__model=model, calibrator__rubric=rubric)
    return of_pair.select_related("calibrator", "by").order_by("-pk").first()


def read(version: CalibratorVersion) -> Calibrator:
    """The function itself, margins to probabilities."""
    return from_json(version.parameters)


def probability_at(function: Calibrator, margin: float, source: int, category: str = "") -> float:
    """The probability of a margin in the source (its id), for a likeliest violation or, without one, for all pooled."""
    return float(function.predict([margin], [category], [str(source)])[0])


@transaction.atomic
def activate(calibrator: CalibratorVersion, by: User | None, why: str) -> CalibratorActivation:
    """Put a calibrator in force, on record. `by` is None where moddog did it by itself."""
    audit.record(by, "activated calibrator", calibrator, version=calibrator.version)
    return CalibratorActivation.objects.create(calibrator=calibrator, by=by, why=why)


@transaction.atomic
def seed_shipped_calibrator(
    model: ModelVersion, rubric: Rubric, shipped: Mapping[str, Any], why: str = "shipped with the model"
) -> CalibratorVersion | None:
    """Make the calibrator beside a model's weights the first of its setup, provisional and in force.

    None where the model has calibrators already, also under another rubric: it was shipped for the first one. Of two
    workers that start at once, one seeds. Raises ValueError where `shipped` is no calibrator.
    """
    if CalibratorVersion.objects.filter(model=model).exists():
        return None
    kind, prior = from_json(shipped).kind, calibration_settings.setting().prior
    if calibration_settings.knows_its_prior(shipped) and prior != shipped["shifted_to_prior"]:
        shipped = calibration_settings.shifted(shipped, prior)
    calibrator, created = CalibratorVersion.objects.get_or_create(
        model=model,
        rubric=rubric,
        version=1,
        defaults={"kind": kind, "parameters": dict(shipped), "provisional": True},
    )
    if created:
        activate(calibrator, None, why)
    return calibrator if created else None


def add_version(
    setup: ScoringSetup, function: Calibrator, parameters: dict[str, Any], **fields: Any
) -> CalibratorVersion:
    """Keep a calibrator as the setup's next version. It is a candidate until somebody puts it in force."""
    versions = CalibratorVersion.objects.filter(model=setup.model, rubric=setup.rubric)
    return CalibratorVersion.objects.create(
        model=setup.model,
        rubric=setup.rubric,
        version=(versions.aggregate(last=Max("version"))["last"] or 0) + 1,
        kind=function.kind,
        parameters=parameters,
        **fields,
    )


def unsaved(setup: ScoringSetup, function: Calibrator) -> CalibratorVersion:
    """A calibrator that nobody keeps, to see what it would do."""
    return CalibratorVersion(model=setup.model, rubric=setup.rubric, kind=function.kind, parameters=function.to_json())


@transaction.atomic
def promote(calibrator: CalibratorVersion, by: User | None, why: str) -> CalibratorActivation:
    """Put a calibrator in force, on record, and have the waiting cases follow it."""
    activation = activate(calibrator, by, why)
    rerouting.start(None, f"calibrator {calibrator.version}: {why}", by)
    return activation
