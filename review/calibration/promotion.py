"""New versions of a calibrator, and putting one in force: waiting cases then follow."""

from typing import Any

from django.db import transaction
from django.db.models import Max

from inference.calibration.calibrators import Calibrator as Map
from review.judging import rerouting
from review.models import Calibrator, CalibratorActivation, User
from review.registry.calibrators import activate
from review.registry.model_versions import Judge


def add_version(judge: Judge, map: Map, parameters: dict[str, Any], **fields: Any) -> Calibrator:
    """Keep a map as the pair's next version. It is a candidate until somebody puts it in force."""
    versions = Calibrator.objects.filter(model=judge.model, rubric=judge.rubric)
    return Calibrator.objects.create(
        model=judge.model,
        rubric=judge.rubric,
        version=(versions.aggregate(last=Max("version"))["last"] or 0) + 1,
        kind=map.kind,
        parameters=parameters,
        **fields,
    )


def unsaved(judge: Judge, map: Map) -> Calibrator:
    """A map that nobody keeps, to see what it would do."""
    return Calibrator(model=judge.model, rubric=judge.rubric, kind=map.kind, parameters=map.to_json())


@transaction.atomic
def promote(calibrator: Calibrator, by: User | None, why: str) -> CalibratorActivation:
    """Put a calibrator in force, on record, and have the waiting cases follow it."""
    activation = activate(calibrator, by, why)
    rerouting.start(None, f"calibrator {calibrator.version}: {why}", by)
    return activation
