"""Calibrators as JSON, read back exactly as `to_json` wrote them. Pure."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from inference.calibration.calibrators import (
    KINDS,
    SLOPES,
    BySourceCalibrator,
    Calibrator,
    Knots,
    Logistic,
    OffsetCalibrator,
    VennAbers,
)


def from_json(data: Mapping[str, Any]) -> Calibrator:
    """The calibrator that `to_json` wrote, exactly; other keys are left alone. Raises ValueError where it is none."""
    try:
        plain = _parsed(data)
        common = _with_offsets(plain, data["offsets"]) if "offsets" in data else plain
        own = {str(source): from_json(each) for source, each in data.get("own", {}).items()}
        return BySourceCalibrator(common, own) if own else common
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"this is no calibrator: {error!r}") from error


def _parsed(data: Mapping[str, Any]) -> Calibrator:
    kind, n = data["kind"], float(data["n"])
    if kind not in KINDS or not (np.isfinite(n) and n > 0.0):
        raise ValueError(f"this is no calibrator: kind {kind!r} on {n:g} labels")
    return _parsed_logistic(kind, n, data) if kind in SLOPES else _parsed_knots(kind, n, data)


def _parsed_logistic(kind: str, n: float, data: Mapping[str, Any]) -> Logistic:
    slopes = tuple(float(slope) for slope in data["slopes"])
    sound = len(slopes) == SLOPES[kind] and all(0.0 < slope < np.inf for slope in slopes)
    if not sound or not np.isfinite(float(data["intercept"])):
        raise ValueError(f"a {kind} calibrator has {SLOPES[kind]} slopes above zero and a finite intercept")
    return Logistic(kind, slopes, float(data["intercept"]), n)


def _parsed_knots(kind: str, n: float, data: Mapping[str, Any]) -> Knots:
    x, p = _rising(kind, data["margins"], data["probabilities"])
    if kind != "venn_abers":
        return Knots(kind, x, p, n)
    _, low = _rising(kind, x, data["low"])
    _, high = _rising(kind, x, data["high"])
    return VennAbers(kind, x, p, n, low, high, bool(data["indicative"]))


def _rising(kind: str, margins: Any, probabilities: Any) -> tuple[tuple[float, ...], tuple[float, ...]]:
    x, p = np.array(margins, dtype=float), np.array(probabilities, dtype=float)
    if x.ndim != 1 or x.shape != p.shape or len(x) < 2 or not np.isfinite(x).all():
        raise ValueError(f"a {kind} calibrator has at least two knots, each with a margin and a probability")
    if not ((np.diff(x) > 0.0).all() and (np.diff(p) >= 0.0).all() and p[0] > 0.0 and p[-1] < 1.0):
        raise ValueError("knots must rise, strictly between 0 and 1")
    return tuple(x.tolist()), tuple(p.tolist())


def _with_offsets(plain: Calibrator, offsets: Mapping[str, Any]) -> OffsetCalibrator:
    found = [{str(name): float(move) for name, move in offsets[factor].items()} for factor in ("categories", "sources")]
    if not all(np.isfinite(move) for moves in found for move in moves.values()):
        raise ValueError("offsets must be finite")
    return OffsetCalibrator(plain, *found)
