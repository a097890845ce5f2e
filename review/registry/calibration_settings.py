"""What holds for calibration as instance admins set it, and calibrators moved to another share of violations."""

from collections.abc import Mapping
from typing import Any

from inference.calibration.calibrator_json import from_json
from inference.calibration.calibrators import shift_to_prior
from review.models import CalibrationSetting

DEFAULT_PRIOR = 0.05


def setting() -> CalibrationSetting:
    """What holds now; the defaults, not saved, where nobody has chosen yet."""
    return CalibrationSetting.objects.order_by("-pk").first() or CalibrationSetting(prior=DEFAULT_PRIOR)


def knows_its_prior(shipped: Mapping[str, Any]) -> bool:
    """Whether a calibrator says for which share of violations it was made."""
    return "shifted_to_prior" in shipped


def shifted(shipped: Mapping[str, Any], prior: float) -> dict[str, Any]:
    """The parameters of a shipped calibrator, moved to another share of violations."""
    common = {name: value for name, value in shipped.items() if name != "own"}  # what was fitted here stays
    moved = shift_to_prior(from_json(common), shipped["shifted_to_prior"], prior)
    return {**shipped, **moved.to_json(), "shifted_to_prior": prior}
