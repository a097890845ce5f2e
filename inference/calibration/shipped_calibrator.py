"""The calibrator that lies beside a model's weights. Loads no model."""

import hashlib
import json
from pathlib import Path
from typing import Any

from inference.calibration.calibrator_json import from_json
from inference.calibration.calibrators import Calibrator
from inference.scoring.identity import Identity
from inference.shipped_model import NANO

FILE = "calibrator.json"


class NoCalibrator(Exception):
    """There is no readable calibrator beside the model; the message says where it was looked for."""


def described(calibrator: Calibrator, identity: Identity, rubric: str, labels: int, violations: int) -> dict[str, Any]:
    """A calibrator with the version and the rubric whose margins it was fitted on, ready to lie beside the weights."""
    return calibrator.to_json() | {
        "provisional": True,
        "model_hash": identity.weights_hash,
        "precision": identity.precision,
        "prompt_form": identity.prompt_form,
        "normaliser": identity.normaliser,
        "rubric": rubric_hash(rubric),
        "fitted_on": {"rows": labels, "violations": violations},
    }


def rubric_hash(rubric: str) -> str:
    """By which a described calibrator names its rubric: 16 hex digits of the SHA-256 of its text."""
    return hashlib.sha256(rubric.encode()).hexdigest()[:16]


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
