"""Loads the active model into this process, once, and keeps the registry in step with what was loaded."""

import json
import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings

from inference.scoring.identity import Identity
from inference.scoring.rubric import DEFAULT_RUBRIC
from review.judging.pace import Pace
from review.judging.score_cache import ScoreCache
from review.registry.model_versions import SHIPPED, can_shadow, find, register, seed_rubric, set_shadow, shadow_model
from review.registry.scoring_setup import ScoringSetup, active_model, active_setup

if TYPE_CHECKING:
    from inference.scoring.text_score import Scorer

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Loaded:
    """A scorer, the registry rows that its scores name, what it scored lately, and how fast."""

    scorer: "Scorer"
    setup: ScoringSetup
    score_cache: ScoreCache = field(default_factory=ScoreCache)
    pace: Pace = field(default_factory=Pace)


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
    location = active.location if active else pinned_place(asked.model or SHIPPED)
    adapter: str = active.adapter if active else pinned_place(asked.adapter)
    precision = active.precision if active else ""
    rubric = seed_rubric(DEFAULT_RUBRIC)
    scorer = open_scorer(location, rubric.text, adapter, precision)
    identity = identity_of(scorer, precision)
    shipped = shipped_calibrator(adapter or location, identity) if asked.backend == "local" else None
    setup = register(location, scorer.name, identity, rubric, shipped, adapter=adapter)
    return Loaded(scorer, setup)


def pinned_place(asked: str) -> str:
    """What the registry stores of a place that somebody names: a hub id with the commit that it stands for today."""
    if settings.VARIABLES.backend != "local" or asked in ("", SHIPPED):
        return asked
    from inference.scoring.fingerprint import pinned

    return pinned(asked)


def _load_shadow(setup: ScoringSetup) -> Loaded | None:
    if not can_shadow():
        set_shadow(setup.model, None, on=False, why="the server that judges serves one model")
        return None
    model = setup.model
    try:
        scorer = _scorer_in_memory(setup) or open_scorer(
            model.location, setup.rubric.text, model.adapter, model.precision
        )
    except Exception:  # whatever is wrong with it, it must not be loaded anew every few seconds
        log.exception("The candidate %s cannot be loaded", model)
        set_shadow(model, None, on=False, why="it cannot be loaded; the log of the worker says why")
        return None
    if find(identity_of(scorer, model.precision, model.earlier_messages)) != model:
        log.error("%s holds another version than %s", model.location, model)
        set_shadow(model, None, on=False, why="its weights have changed")
        return None
    return Loaded(scorer, setup)


def _scorer_in_memory(setup: ScoringSetup) -> "Scorer | None":
    """The active model's scorer where the setup is of the same weights: one asked in another form is loaded once."""
    if _loaded is None or _loaded.setup.rubric != setup.rubric:
        return None
    ours, theirs = ((each.weights_hash, each.precision) for each in (_loaded.setup.model, setup.model))
    return _loaded.scorer if ours == theirs else None


def open_scorer(location: str, rubric: str, adapter: str = "", precision: str = "") -> "Scorer":
    """The scorer for a model of the registry, in this process or on the server that the environment names."""
    asked = settings.VARIABLES
    if asked.backend == "local":
        return load_here(location, rubric, adapter, precision)
    from inference.scoring.openai_scorer import open_server

    model = None if location == SHIPPED else location
    return open_server(model, base_url=asked.openai_base_url, api_key=asked.openai_api_key, rubric=rubric)


def load_here(location: str, rubric: str, adapter: str = "", precision: str = "") -> "Scorer":
    """The weights in this process, in the precision of the registry, or where that names none in what is asked for.

    A hub id is loaded at its pinned commit. Raises what `load_scorer` does.
    """
    from inference.scoring.fingerprint import folder_of, unpinned
    from inference.scoring.scorer import load_scorer

    return load_scorer(
        None if location == SHIPPED else str(folder_of(location)),
        rubric=rubric,
        device=settings.VARIABLES.device or None,
        dtype=precision_here(precision),
        adapter=str(folder_of(adapter)) if adapter else None,
        name=_name(unpinned(location), unpinned(adapter)),
    )


def precision_here(stored: str) -> str:
    """The precision in which weights are loaded: that of the registry, or what is asked for, or the device's."""
    from inference.scoring.devices import device_for, precision_for

    asked = settings.VARIABLES
    precision: str = stored or asked.dtype or precision_for(device_for(asked.device or None))
    return precision


def identity_of(scorer: "Scorer", stored: str, earlier_messages: int = 0) -> Identity:
    """What version a loaded scorer is. In place of a server's precision stands what it says that it serves."""
    from inference.scoring.fingerprint import as_asked_now

    served: str | None = getattr(scorer, "served", None)
    precision = f"server {served}" if served else precision_here(stored)
    return as_asked_now(scorer.model_hash, precision, earlier_messages)


def shipped_calibrator(location: str, identity: Identity) -> dict[str, Any] | None:
    """The calibrator.json beside the weights, or None where there is none that was fitted on this version."""
    from inference.calibration.shipped_calibrator import unlike
    from inference.shipped_model import NANO

    path = (NANO if location == SHIPPED else Path(location)) / "calibrator.json"
    if not path.is_file():
        return None
    shipped: dict[str, Any] = json.loads(path.read_text())
    if other := unlike(shipped, identity):
        log.warning("%s was fitted on other %s, so it is not used", path, other)
        return None
    return shipped


def _name(location: str, adapter: str) -> str:
    name, *added = (Path(place).name if Path(place).exists() else place for place in (location, adapter) if place)
    return " + ".join([name, *(Path(each).name for each in added)])
