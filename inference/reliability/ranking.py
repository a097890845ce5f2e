"""Whether scores put violations above benign messages, and how far one may act on them alone. Pure."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import beta

from inference.reliability.labelled_rows import labelled_rows

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Coverage:
    """What acting at and above a confidence does: weighted shares, and counts of rows.

    `covered`: share of all rows at or above it; `removed`: share of those that are removals; `false_positives`: benign
    rows removed; `bound`: 95 % upper bound of their share among `removals` rows; `misses`: violations allowed.
    """

    covered: float
    removed: float
    removals: int
    false_positives: int
    bound: float
    misses: int


def auroc(scores: ArrayLike, targets: ArrayLike, weights: ArrayLike | None = None) -> float | None:
    """The chance that a violation scores above a benign row, ties counting one half; None without both classes.

    Targets may be shares: a row then counts as both, in proportion. Raises ValueError for malformed rows.
    """
    s, y, w = labelled_rows(scores, targets, weights)
    found = auroc_by_weights(s, y)(w)
    return None if np.isnan(found) else found


def auroc_by_weights(scores: Array, targets: Array) -> Callable[[Array], float]:
    """`auroc` as a function of the weights alone, sorted once: NaN without both classes."""
    values, at = np.unique(scores, return_inverse=True)

    def found(weights: Array) -> float:
        positive = np.bincount(at, weights * targets, len(values))
        negative = np.bincount(at, weights * (1.0 - targets), len(values))
        pairs = float(positive.sum() * negative.sum())
        return float(positive @ (np.cumsum(negative) - negative / 2.0)) / pairs if pairs else float("nan")

    return found


def rightness(logits: ArrayLike, targets: ArrayLike) -> tuple[Array, Array]:
    """How confident each flag is (distance of its logit from even chances), and whether it is right (as a share).

    `logits` are model margins, or logits of calibrated probabilities; 0 or more is flagged. The AUROC of the first
    for the second says whether confidence parts right from wrong.
    """
    z, y = np.asarray(logits, dtype=float), np.asarray(targets, dtype=float)
    return np.abs(z), np.where(z >= 0.0, y, 1.0 - y)


def zero_false_positive_threshold(probabilities: ArrayLike, targets: ArrayLike) -> float:
    """The lowest confidence `max(p, 1-p)` at and above which no benign row is flagged (p at least 0.5).

    Infinite where even the most confident rows hold a benign one that is flagged.
    """
    p, y, _ = labelled_rows(probabilities, targets, None)
    confidence = np.maximum(p, 1.0 - p)
    wrong = confidence[(p >= 0.5) & (y < 0.5)]
    right = confidence if len(wrong) == 0 else confidence[confidence > wrong.max()]
    return float(right.min()) if len(right) else float("inf")


def coverage_at(
    threshold: float | Array, probabilities: ArrayLike, targets: ArrayLike, weights: ArrayLike | None = None
) -> Coverage:
    """What acting at and above `threshold` (one, or one a row: the one that other rows gave) does to these rows."""
    p, y = np.asarray(probabilities, dtype=float), np.asarray(targets, dtype=float)
    w = np.ones(p.shape) if weights is None else np.asarray(weights, dtype=float)
    labelled_rows(p, y, w)
    acted, flagged, violation = np.maximum(p, 1.0 - p) >= threshold, p >= 0.5, y >= 0.5
    removed = acted & flagged
    wrong = int((removed & ~violation).sum())
    mass = float(w[acted].sum())
    return Coverage(
        covered=mass / float(w.sum()),
        removed=float(w[removed].sum()) / mass if mass else 0.0,
        removals=int(removed.sum()),
        false_positives=wrong,
        bound=upper_bound(wrong, int(removed.sum())),
        misses=int((acted & ~flagged & violation).sum()),
    )


def upper_bound(events: int, n: int, confidence: float = 0.95) -> float:
    """Clopper and Pearson's one-sided upper bound of a rate of which `events` in n were seen; 1 where n is 0."""
    return 1.0 if events >= n else float(beta.ppf(confidence, events + 1, n - events))
