"""From the categories that a model names to moddog's. Pure."""

import math
from collections.abc import Callable, Sequence

from inference.categories import CATEGORIES
from inference.scoring.verdict_format import VerdictFormat

UNNAMED = -20.0
"""What each category has before the model's names add to it, as a log-probability: none is ever impossible."""

LogProbs = tuple[float, ...]


def own_categories(verdict_format: VerdictFormat) -> Callable[[Sequence[float]], LogProbs]:
    """What turns log-probabilities of the format's names into those of CATEGORIES, normalised over these."""
    named = tuple(verdict_format.categories.names.values())
    if named == CATEGORIES:
        return tuple
    return lambda found: shared_out(found, named)


def shared_out(found: Sequence[float], named: Sequence[str]) -> LogProbs:
    """Sum log-probabilities by the category that each stands for ("" for none), and normalise.

    All five are equally likely where nothing is named.
    """
    pairs = list(zip(found, named, strict=True))
    sums = [_log_sum([UNNAMED, *(value for value, name in pairs if name == each)]) for each in CATEGORIES]
    total = _log_sum(sums)
    return tuple(value - total for value in sums)


def _log_sum(values: Sequence[float]) -> float:
    top = max(values)
    return top + math.log(math.fsum(math.exp(value - top) for value in values))
