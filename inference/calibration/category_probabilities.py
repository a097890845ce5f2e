"""What a calibrated probability and the category log-probabilities say together. Pure; knows no model."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from inference.categories import BENIGN, CATEGORIES


@dataclass(frozen=True)
class CategoryProbabilities:
    """A judgement that adds up: `categories` sums to 1 over benign and the five, in their fixed order."""

    flag: bool
    category: str
    categories: dict[str, float]
    confidence: float


def category_probabilities(probability: float, category_log_probs: Sequence[float]) -> CategoryProbabilities:
    """What a calibrated probability (0 to 1) says together with the log-probabilities of the five categories.

    The log-probabilities need not be normalised: they are, over the five. Benign gets `1 - probability`, each
    other `probability * P(category | flag true)`. The flag is `probability >= 0.5`, the category the likeliest
    of the five where flagged, else benign; confidence is `max(p, 1 - p)`, the chance that the flag is right.

    Raises ValueError where the probability is outside 0 to 1 or there are not five finite-topped log-probabilities.
    """
    if not 0.0 <= probability <= 1.0:
        raise ValueError(f"probability must lie in 0 to 1, not {probability!r}")
    if len(category_log_probs) != len(CATEGORIES):
        raise ValueError(f"{len(CATEGORIES)} category log-probabilities are needed, not {len(category_log_probs)}")
    shares = _shares(category_log_probs)
    categories = {BENIGN: 1.0 - probability}
    categories.update({name: probability * share for name, share in zip(CATEGORIES, shares, strict=True)})
    flag = probability >= 0.5
    category = CATEGORIES[shares.index(max(shares))] if flag else BENIGN
    return CategoryProbabilities(flag, category, categories, max(probability, 1.0 - probability))


def _shares(log_probs: Sequence[float]) -> list[float]:
    """Probabilities that sum to 1, from log-probabilities up to a constant."""
    top = max(log_probs)
    if not math.isfinite(top):
        raise ValueError("at least one category log-probability must be finite")
    weights = [math.exp(value - top) for value in log_probs]
    total = math.fsum(weights)
    return [weight / total for weight in weights]
