"""The calibrator that lies beside a model's weights. Loads no model."""

import json
from pathlib import Path
from typing import Any

from inference.calibration.calibrators import Calibrator, from_json
from inference.scoring.identity import Identity
from inference.shipped_model import NANO

FILE = "calibrator.json"


class NoCalibrator(Exception):
    """There is no readable calibrator beside the model; the message says where it was looked for."""


def unlike(described: dict[str, Any], identity: Identity) -> str:
    """What of the version whose margins a calibrator was fitted on is other here, for people; empty where nothing is.

    What a described calibrator does not name may be anything.
    """
    parts = {
        "model_hash": ("weights", identity.weights_hash),
        "precision": ("precision", identity.precision),
        "prompt_form": ("prompt form", identity.prompt_form),
        "normaliser": ("normaliser", identity.normaliser),
    }
    return " and ".join(words for name, (words, here) in parts.items() if described.get(name, here) != here)


def is_for(described: dict[str, Any], identity: Identity) -> bool:
    """Whether a described calibrator may read margins of this version."""
    return not unlike(described, identity)


def shipped_calibrator(model: str | None, identity: Identity) -> Calibrator:
    """The calibrator of a model's folder; of the shipped nano where none is named. Raises NoCalibrator.

    One that was fitted on another version counts as none: margins of two are two scales.
    """
    path = (NANO if model is None else Path(model)) / FILE
    try:
        described = json.loads(path.read_text(encoding="utf-8"))
        if other := unlike(described, identity):
            raise NoCalibrator(f"{path} was fitted on other {other}: {_way_out(described, other)}")
        return from_json(described)
    except (OSError, ValueError) as error:
        raise NoCalibrator(f"no calibrator beside the model: {path}: {error}") from error


def _way_out(described: dict[str, Any], other: str) -> str:
    if other == "precision":
        return f"set MODDOG_DTYPE={described['precision']}, or fit it again"
    return "fit it again, or take it away"
