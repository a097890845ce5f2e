"""Whether seeing the model's number sways reviewers: decisions at equal margin, blind beside not blind. Pure."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference.reliability.resampling import bootstrap_intervals
from review.calibration.labels import KINDS, Labels

Array = NDArray[np.float64]
LEAST = 30  # labels of either sort below which nothing is said
BINS = 10


@dataclass(frozen=True)
class AnchoringBias:
    """`difference`: share of violations of decisions that were not blind less that of blind ones, at equal margin."""

    difference: float
    interval: tuple[float, float] | None
    blind: int
    seeing: int


def anchoring_bias(labels: Labels) -> AnchoringBias | None:
    """Compared within tenths of the margins, each counting by how many of both sorts it holds; None with too few.

    Only blind decisions of the cohort and seeing ones on borderline cases: what else came to people was selected by its
    content or outcome.
    """
    alike = labels.where(np.isin(labels.kind, (KINDS.index("cohort"), KINDS.index("borderline"))))
    blind, seeing = int(alike.blind.sum()), int((~alike.blind).sum())
    if min(blind, seeing) < LEAST:
        return None
    edges = np.unique(np.quantile(alike.margin[~alike.blind], np.arange(1, BINS) / BINS))
    bins = np.searchsorted(edges, alike.margin, side="right")

    def difference(weights: Array) -> float:
        return _difference(bins, alike, weights)

    weights = np.ones(len(alike))
    found = bootstrap_intervals({"difference": difference}, weights, alike.group, draws=200)
    value = difference(weights)
    return None if np.isnan(value) else AnchoringBias(value, found["difference"], blind, seeing)


def _difference(bins: NDArray[np.intp], labels: Labels, weights: Array) -> float:
    number = int(bins.max()) + 1
    sums = [
        (
            np.bincount(bins[rows], weights[rows], number),
            np.bincount(bins[rows], (weights * labels.violation)[rows], number),
        )
        for rows in (labels.blind, ~labels.blind)
    ]
    (n, violations), (m, others) = sums
    both = (n > 0) & (m > 0)
    if not both.any():
        return float("nan")
    counts = n[both] * m[both] / (n[both] + m[both])
    return float(np.average(others[both] / m[both] - violations[both] / n[both], weights=counts))
