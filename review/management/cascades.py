"""What `manage.py register` does with `--after`: the model becomes the second of a cascade."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.management import CommandError

from inference.calibration.fitting import CannotFit
from inference.scoring.cascade import CascadeScorer, Deferral
from inference.scoring.identity import identity_of_cascade
from review.candidates import cascading
from review.judging.worker import identity_of_version, open_version
from review.models import ModelVersion
from review.registry.model_versions import AlreadyRegistered, add_cascade
from review.registry.scoring_setup import ScoringSetup

if TYPE_CHECKING:
    from inference.scoring.text_score import Scorer


@dataclass(frozen=True)
class CascadeOptions:
    """The place of the first model, the band, and the scale (slope and offset) where it is given."""

    after: str
    low: float
    high: float
    scale: tuple[float, float] | None


def cascade_options(
    after: str, band: list[float] | None, scale: list[float] | None, context: int
) -> CascadeOptions | None:
    """What the options ask for, None where that is no cascade. Raises CommandError where they do not go together."""
    if not after:
        if band or scale:
            raise CommandError("--band and --scale belong to a cascade: name its first model with --after")
        return None
    if not band:
        raise CommandError("a cascade needs its band: --band LOW HIGH, margins of the first model")
    if context:
        raise CommandError("a cascade is registered without context; policies switch that on")
    if settings.VARIABLES.backend != "local":
        raise CommandError("a cascade holds two models in memory, and the server that judges serves one")
    low, high = band
    try:
        Deferral(low, high, *(scale or ()))
    except ValueError as error:
        raise CommandError(f"{error}") from error
    return CascadeOptions(after, low, high, (scale[0], scale[1]) if scale else None)


def first_of(options: CascadeOptions) -> ModelVersion:
    """The registered version that comes first. Raises CommandError."""
    first = cascading.first_at(options.after)
    if not first:
        raise CommandError(f"no model of the registry lies at {options.after}: register it first")
    return first


def cascade(
    options: CascadeOptions, first: ScoringSetup, second: ScoringSetup, scorer: "Scorer", say: Callable[[str], object]
) -> tuple[ModelVersion, CascadeScorer]:
    """Register the cascade of two versions, of which `scorer` is the second, loaded. Raises CommandError."""
    if first.model == second.model:
        raise CommandError("a cascade is made of two models")
    slope, offset, labels = (*options.scale, 0) if options.scale else _fitted(options, first, second, scorer, say)
    deferral = Deferral(options.low, options.high, slope, offset)
    both = CascadeScorer(open_version(first.model, first.rubric), scorer, deferral)
    parts = (identity_of_version(both.first, first.model), identity_of_version(scorer, second.model))
    try:
        model = add_cascade(identity_of_cascade(*parts, deferral), first.model, second.model, deferral, labels)
    except AlreadyRegistered as error:
        raise CommandError(str(error)) from error
    said = f"fitted on {labels:,} labelled messages within the band" if labels else "as given"
    say(f"Scale {said}: {slope:.3g} times its margin {offset:+.3g}.")
    return model, both


def _fitted(
    options: CascadeOptions, first: ScoringSetup, second: ScoringSetup, scorer: "Scorer", say: Callable[[str], object]
) -> tuple[float, float, int]:
    if messages := cascading.unread(first, second):
        say(f"{second.model.name} reads {len(messages):,} labelled messages.")
        sum(cascading.read_labelled(scorer, second, messages))
    try:
        return cascading.scale(first, second, options.low, options.high)
    except CannotFit as error:
        raise CommandError(
            f"the scale on which {second.model.name} speaks cannot be fitted: {error}. Decide more, or name the scale: "
            "--scale 1 0 takes its margins as they are"
        ) from error
