"""Loads the active model into this process, once, and keeps the registry in step with what was loaded."""

import json
import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings

from inference.scoring.rubric import DEFAULT_RUBRIC
from review.judging.score_cache import ScoreCache
from review.registry.model_versions import SHIPPED, can_shadow, register, seed_rubric, set_shadow, shadow_model
from review.registry.scoring_setup import ScoringSetup, active_model, active_setup

if TYPE_CHECKING:
    from inference.scoring.text_score import Scorer

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Loaded:
    """A scorer, the registry rows that its scores name, and what it scored lately."""

    scorer: "Scorer"
    setup: ScoringSetup
    score_cache: ScoreCache = field(default_factory=ScoreCache)


_loaded: Loaded | None = None
_shadow: Loaded | None = None


def loaded() -> Loaded:
    """The active model, loaded on first use and again when the registry names another setup."""
    global _loaded  # noqa: PLW0603 - one process, one model in memory
    setup = active_setup()
    if _loaded is None or _loaded.setup != setup:
        _loaded = _shadow if _shadow and _shadow.setup == setup else _load()
    return _loaded


def shadow() -> Loaded | None:
    """The candidate that runs in shadow, loaded on first use; None where there is none, and nothing is kept for it.

    One whose weights are not those that were registered is put out of the shadow, on record.
    """
    global _shadow  # noqa: PLW0603 - and its shadow
    model, active = shadow_model(), active_setup()
    if not (model and active):
        _shadow = None
        return None
    setup = ScoringSetup(model, active.rubric)
    if _shadow is None or _shadow.setup != setup:
        _shadow = None  # let the old one go before the new one is loaded
        _shadow = _load_shadow(setup)
    return _shadow


def _load() -> Loaded:
    active, asked = active_model(), settings.VARIABLES
    location = active.location if active else asked.model or SHIPPED
    adapter: str = active.adapter if active else asked.adapter
    rubric = seed_rubric(DEFAULT_RUBRIC)
    scorer = open_scorer(location, rubric.text, adapter)
    shipped = shipped_map(adapter or location, scorer.model_hash) if asked.backend == "local" else None
    setup = register(location, scorer.name, scorer.model_hash, rubric, shipped, adapter=adapter)
    return Loaded(scorer, setup)


def _load_shadow(setup: ScoringSetup) -> Loaded | None:
    if not can_shadow():
        set_shadow(setup.model, None, on=False, why="the server that judges serves one model")
        return None
    try:
        scorer = open_scorer(setup.model.location, setup.rubric.text, setup.model.adapter)
    except Exception:  # whatever is wrong with it, it must not be loaded anew every few seconds
        log.exception("The candidate %s cannot be loaded", setup.model)
        set_shadow(setup.model, None, on=False, why="it cannot be loaded; the log of the worker says why")
        return None
    if scorer.model_hash != setup.model.weights_hash:
        log.error("%s holds other weights than those of %s", setup.model.location, setup.model)
        set_shadow(setup.model, None, on=False, why="its weights have changed")
        return None
    return Loaded(scorer, setup)


def open_scorer(location: str, rubric: str, adapter: str = "") -> "Scorer":
    """The scorer for a model of the registry, in this process or on the server that the environment names."""
    asked = settings.VARIABLES
    if asked.backend == "local":
        return load_here(location, rubric, adapter)
    from inference.scoring.openai_scorer import open_server

    model = None if location == SHIPPED else location
    return open_server(model, base_url=asked.openai_base_url, api_key=asked.openai_api_key, rubric=rubric)


def load_here(location: str, rubric: str, adapter: str = "") -> "Scorer":
    """The weights in this process, on the device and in the precision that the environment asks for.

    Raises what `load_scorer` does.
    """
    from inference.scoring.scorer import load_scorer

    asked, model = settings.VARIABLES, None if location == SHIPPED else location
    return load_scorer(
        model, rubric=rubric, device=asked.device or None, dtype=asked.dtype or None, adapter=adapter or None
    )


def shipped_map(location: str, weights_hash: str) -> dict[str, Any] | None:
    """The calibrator.json beside the weights, or None where there is none that was fitted on them."""
    from inference.calibration.shipped_calibrator import is_for
    from inference.shipped_model import NANO

    path = (NANO if location == SHIPPED else Path(location)) / "calibrator.json"
    if not path.is_file():
        return None
    shipped: dict[str, Any] = json.loads(path.read_text())
    if not is_for(shipped, weights_hash):
        log.warning("%s was fitted on other weights, so it is not used", path)
        return None
    return shipped
