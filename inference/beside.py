"""The calibrator that lies beside a model's weights. Loads no model."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from inference.calibrators import Calibrator

SHIPPED = Path(__file__).parent / "nano"
FILE = "calibrator.json"


class NoCalibrator(Exception):
    """There is no readable calibrator beside the model; the message says where it was looked for."""


def calibrator_beside(model: str | None = None) -> "Calibrator":
    """The calibrator of a model's folder; of the shipped nano where none is named. Raises NoCalibrator."""
    from inference.calibrators import from_json  # SciPy's import takes longer than a model's first score

    path = (SHIPPED if model is None else Path(model)) / FILE
    try:
        return from_json(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise NoCalibrator(f"no calibrator beside the model: {path}: {error}") from error
