"""Loads the active model into this process, once, and keeps the registry in step with what was loaded."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings

from inference.rubric import DEFAULT_RUBRIC
from review.judging.registry import SHIPPED, Judge, active_judge, active_model, register, seed_rubric

if TYPE_CHECKING:
    from inference.scorer import Scorer


@dataclass(frozen=True)
class Loaded:
    """A scorer and the registry rows that its scores name."""

    scorer: "Scorer"
    judge: Judge


_loaded: Loaded | None = None


def loaded() -> Loaded:
    """The active model, loaded on first use and again when the registry names another pair."""
    global _loaded  # noqa: PLW0603 - one process, one model in memory
    if _loaded is None or _loaded.judge != active_judge():
        _loaded = _load()
    return _loaded


def _load() -> Loaded:
    from inference.scorer import load_scorer

    active = active_model()
    location = active.location if active else settings.VARIABLES.model or SHIPPED
    rubric = seed_rubric(DEFAULT_RUBRIC)
    scorer = load_scorer(
        None if location == SHIPPED else location,
        rubric=rubric.text,
        device=settings.VARIABLES.device or None,
        dtype=settings.VARIABLES.dtype or None,
    )
    judge = register(location, scorer.name, scorer.model_hash, rubric, shipped_map(location))
    return Loaded(scorer, judge)


def shipped_map(location: str) -> dict[str, Any] | None:
    """The calibrator.json beside the weights, or None where there is none."""
    from inference.scorer import NANO

    path = (NANO if location == SHIPPED else Path(location)) / "calibrator.json"
    if not path.is_file():
        return None
    shipped: dict[str, Any] = json.loads(path.read_text())
    return shipped
