"""Whether a new map may replace the one in force: judged on the cohort alone, on labels that neither was fitted on.

Pure. The lazy rule "not worse beyond noise" lets truly worse maps in, so the gain must show: the mean has to be better,
and the one-sided 90 % bound of the paired difference must exclude a loss above 0.002 nats.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

from inference.choosing import paired_difference
from inference.reliability import effective_size, log_losses

Array = NDArray[np.float64]
LEAST_COHORT = 30  # effective cohort labels without which no comparison is made
LARGEST_LOSS = 0.002  # nats
CONFIDENCE = 0.9


@dataclass(frozen=True)
class Comparison:
    """A candidate beside the map in force on the same cohort labels; losses are mean log-losses in nats.

    `difference` is candidate minus active; with 90 % confidence it is at most `bound`.
    """

    labels: int
    effective: float
    candidate: float
    active: float
    difference: float
    bound: float

    @property
    def passes(self) -> bool:
        return self.difference < 0.0 and self.bound <= LARGEST_LOSS


def compare(candidate: Array, active: Array, violation: Array, weights: Array, groups: NDArray[np.int64]) -> Comparison:
    """Compare two columns of probabilities on n cohort labels (n at least 1), weighted by 1/rate."""
    ours, theirs = log_losses(candidate, violation), log_losses(active, violation)
    found = paired_difference(ours - theirs, weights, groups)
    freedom = max(1, len(np.unique(groups)) - 1)
    return Comparison(
        labels=len(violation),
        effective=effective_size(weights),
        candidate=float(np.average(ours, weights=weights)),
        active=float(np.average(theirs, weights=weights)),
        difference=found.mean,
        bound=found.mean + float(student.ppf(CONFIDENCE, freedom)) * found.error,
    )
