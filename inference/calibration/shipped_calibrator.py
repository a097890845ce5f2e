"""The calibrator that lies beside a model's weights. Loads no model."""

import json
from pathlib import Path
from typing import Any

from inference.calibration.calibrators import Calibrator, from_json
from inference.shipped_model import NANO

FILE = "calibrator.json"


class NoCalibrator(Exception):
    """There is no readable calibrator beside the model; the message says where it was looked for."""


def is_for(described: dict[str, Any], weights_hash: str) -> bool:
    """Whether a described calibrator may read margins of these weights: it names them, or none."""
    return bool(described.get("model_hash", weights_hash) == weights_hash)


def shipped_calibrator(model: str | None, weights_hash: str) -> Calibrator:
    """The calibrator of a model's folder; of the shipped nano where none is named. Raises NoCalibrator.

    One that was fitted on other weights than those of `weights_hash` counts as none: margins of two models are two
    scales.
    """
    path = (NANO if model is None else Path(model)) / FILE
    try:
        described = json.loads(path.read_text(encoding="utf-8"))
        if not is_for(described, weights_hash):
            raise NoCalibrator(f"{path} was fitted on other weights: fit it again, or take it away")
        return from_json(described)
    except (OSError, ValueError) as error:
        raise NoCalibrator(f"no calibrator beside the model: {path}: {error}") from error
