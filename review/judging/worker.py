"""Loads the active model into this process, once, and keeps the registry in step with what was loaded."""

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings

from inference.scoring.cascade import CascadeScorer
from inference.scoring.identity import Identity, identity_of_cascade
from inference.scoring.rubric import DEFAULT_RUBRIC
from inference.scoring.verdict_format import MODDOG
from inference.scoring.windows import RubricTooLong
from review.judging import trials
from review.judging.pace import Pace
from review.judging.precisions import precision_here, precision_that_pays
from review.judging.score_cache import ScoreCache
from review.models import ModelVersion, Rubric, RubricTrial
from review.registry import rubrics
from review.registry.cascades import cascade_of, deferral_of, parts_of
from review.registry.model_versions import SHIPPED, can_shadow, find, register, seed_rubric, set_shadow
from review.registry.rubrics import shadow_setup
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
    """What runs in shadow, loaded on first use; None where nothing does.

    One whose weights are not those that were registered is put out of the shadow, on record.
    """
    return second_model(shadow_setup())


def second_model(setup: ScoringSetup | None) -> Loaded | None:
    """Another setup than the one that judges, loaded on first use; None, and nothing is kept, where there is none.

    One at a time: the one before is let go.
    """
    global _shadow  # noqa: PLW0603 - and its shadow
    if setup is None:
        _shadow = None
        return None
    if _shadow is None or _shadow.setup != setup:
        _shadow = None  # let the old one go before the new one is loaded
        _shadow = _load_shadow(setup)
    return _shadow


def _load() -> Loaded:
    rubric = seed_rubric(DEFAULT_RUBRIC)
    precision = "" if active_model() else _first_precision(rubric)
    if active := active_model():  # where a worker beside was done trying first, what it chose is the version
        location, adapter = active.location, active.adapter
        scorer = open_version(active, rubric)
        identity = identity_of_version(scorer, active)
    else:
        location, adapter = _asked_place()
        scorer = open_scorer(location, rubric.text, adapter, precision)
        identity = identity_of(scorer, precision)
    is_local = settings.VARIABLES.backend == "local"
    shipped = shipped_calibrator(adapter or location, identity) if is_local else None
    setup = register(location, scorer.name, identity, rubric, shipped, adapter=adapter)
    return Loaded(scorer, setup)


def _asked_place() -> tuple[str, str]:
    """Where the environment says that the first model of an instance lies, and its adapter."""
    asked = settings.VARIABLES
    return pinned_place(asked.model or SHIPPED), pinned_place(asked.adapter)


def _first_precision(rubric: Rubric) -> str:
    """The precision of the first model of an instance, found as `manage.py register` finds that of a candidate."""
    location, adapter = _asked_place()
    return precision_that_pays(location, partial(open_scorer, location, rubric.text, adapter), log.info)


def pinned_place(asked: str) -> str:
    """What the registry stores of a place that somebody names: a hub id with the commit that it stands for today."""
    if settings.VARIABLES.backend != "local" or asked in ("", SHIPPED):
        return asked
    from inference.scoring.fingerprint import pinned

    return pinned(asked)


def _load_shadow(setup: ScoringSetup) -> Loaded | None:
    model = setup.model
    if not (model.is_active or can_shadow()):
        _give_up(setup, "the server that judges serves one model")
        return None
    try:
        scorer = open_version(model, setup.rubric)
    except RubricTooLong as error:
        _give_up(setup, trials.too_long(error.room))
        return None
    except Exception:  # whatever is wrong with it, it must not be loaded anew every few seconds
        log.exception("%s cannot be loaded under %s", model, setup.rubric)
        _give_up(setup, "it cannot be loaded; the log of the worker says why")
        return None
    if find(identity_of_version(scorer, model)) != model:
        log.error("%s holds another version than %s", model.location, model)
        _give_up(setup, "its weights have changed")
        return None
    if why := trials.too_long(scorer.room):
        _give_up(setup, why)
        return None
    return Loaded(scorer, setup)


def open_version(model: ModelVersion, rubric: Rubric) -> "Scorer":
    """The scorer of a version of the registry: of two where it is a cascade, and in memory once for equal weights."""
    if scorer := _in_memory(model, rubric):
        return scorer
    if cascade := cascade_of(model):
        first, second = open_version(cascade.first, rubric), open_version(cascade.second, rubric)
        return CascadeScorer(first, second, deferral_of(cascade))
    return open_scorer(model.location, rubric.text, model.adapter, model.precision, model.format)


def _in_memory(model: ModelVersion, rubric: Rubric) -> "Scorer | None":
    """The scorer of a version's weights, alone or in a cascade, where this process has it: each is loaded once."""
    for held in (_loaded, _shadow):
        if held and held.setup.rubric == rubric:
            for version, scorer in _held(held):
                ours, asked = ((each.weights_hash, each.precision, each.format) for each in (version, model))
                if ours == asked:
                    return scorer
    return None


def _held(held: Loaded) -> "Iterator[tuple[ModelVersion, Scorer]]":
    yield held.setup.model, held.scorer
    if isinstance(held.scorer, CascadeScorer):
        yield from zip(parts_of(held.setup.model), (held.scorer.first, held.scorer.second), strict=True)


def _give_up(setup: ScoringSetup, why: str) -> None:
    """Put out of the shadow, and out of its trial, what cannot be loaded."""
    if not setup.model.is_active:
        set_shadow(setup.model, None, on=False, why=why)
        return
    if setup.rubric.in_shadow:
        rubrics.set_shadow(setup.rubric, None, on=False, why=why)
    for trial in RubricTrial.objects.filter(rubric=setup.rubric, finished_at=None):
        trials.end(trial, why)


def open_scorer(
    location: str, rubric: str, adapter: str = "", precision: str = "", verdict_format: str = ""
) -> "Scorer":
    """The scorer for a model of the registry, in this process or on the server that the environment names.

    Its verdict format is recognised where `verdict_format` is empty.
    """
    asked = settings.VARIABLES
    if asked.backend == "local":
        return load_here(location, rubric, adapter, precision, verdict_format)
    from inference.scoring.openai_scorer import open_server

    model = None if location == SHIPPED else location
    return open_server(
        model,
        base_url=asked.openai_base_url,
        api_key=asked.openai_api_key,
        rubric=rubric,
        verdict_format=verdict_format,
    )


def load_here(location: str, rubric: str, adapter: str = "", precision: str = "", verdict_format: str = "") -> "Scorer":
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
        verdict_format=verdict_format,
    )


def identity_of(scorer: "Scorer", stored: str, earlier_messages: int = 0) -> Identity:
    """What version a loaded scorer is. In place of a server's precision stands what it says that it serves."""
    from inference.scoring.fingerprint import as_asked_now

    served: str | None = getattr(scorer, "served", None)
    precision = f"server {served}" if served else precision_here(stored)
    return as_asked_now(scorer.model_hash, precision, earlier_messages, getattr(scorer, "verdict_format", MODDOG))


def identity_of_version(scorer: "Scorer", model: ModelVersion) -> Identity:
    """What a scorer is that was loaded from where the registry has a version."""
    if not isinstance(scorer, CascadeScorer):
        return identity_of(scorer, model.precision, model.earlier_messages)
    first, second = (
        identity_of(each, part.precision, model.earlier_messages)
        for each, part in zip((scorer.first, scorer.second), parts_of(model), strict=True)
    )
    return identity_of_cascade(first, second, scorer.deferral)


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
