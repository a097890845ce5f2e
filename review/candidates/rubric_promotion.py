"""Putting a rubric in force with a calibrator of its own, or with the one that it had."""

from django.db import transaction
from django.utils.translation import gettext

from review.candidates.comparison import fit
from review.candidates.promotion import CannotPromote
from review.models import CalibratorVersion, User
from review.registry import rubrics
from review.registry.calibrators import activate as activate_calibrator
from review.registry.calibrators import active_calibrator, add_version
from review.registry.scoring_setup import ScoringSetup


def put_in_force(candidate: ScoringSetup, by: User, *, uncalibrated: bool = False) -> CalibratorVersion | None:
    """Have the model judge under another rubric from now on; returns the calibrator that it then has.

    One that judged before gets its calibrator back, any other one fitted now. Where none can be fitted the rubric is
    refused, unless `uncalibrated` says that everything may go to people until there are labels enough: then None.
    Raises CannotPromote.
    """
    if not rubrics.has_read(candidate):
        raise CannotPromote(gettext("Try it first: until then nobody knows whether it fits into the model's window."))
    known = active_calibrator(candidate.model, candidate.rubric)
    found = None if known else fit(candidate)
    if found and not (found.calibrator or uncalibrated):
        raise CannotPromote(found.missing)
    with transaction.atomic():
        calibrator = known
        if found and found.calibrator:
            parameters = found.calibrator.to_json() | {"until": found.at.isoformat()}
            calibrator = add_version(
                candidate, found.calibrator, parameters, labels=found.labels, violations=found.violations
            )
            activate_calibrator(calibrator, by, f"fitted for rubric {candidate.rubric.version}")
        if not rubrics.activate(candidate.rubric, by, calibrator=calibrator.version if calibrator else None):
            raise CannotPromote(
                gettext("Rubric %(version)s is in force already.") % {"version": candidate.rubric.version}
            )
    return calibrator
