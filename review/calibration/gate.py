"""Whether a new calibrator may replace the one in force: judged on cohort labels that neither was fitted on.

Pure. The lazy rule "not worse beyond noise" lets truly worse calibrators in, so the gain must show: the mean has to be
better, and the one-sided 90 % bound of the paired difference must exclude a loss above 0.002 nats. Where the calibrator
in force has left its own band, so that what it says is known to be wrong, a better mean is enough.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

from inference.calibration.selection import paired_difference
from inference.reliability.curves import effective_size, log_losses, reliability

Array = NDArray[np.float64]
LEAST_COHORT = 30  # effective cohort labels without which no comparison is made
LARGEST_LOSS = 0.002  # nats
CONFIDENCE = 0.9


@dataclass(frozen=True)
class Comparison:
    """A candidate beside the calibrator in force on the same cohort labels; losses are mean log-losses in nats.

    `difference` is candidate minus active; with 90 % confidence it is at most `bound`. `active_ece` is the calibration
    error of the calibrator in force on these labels, `active_q95` what it would show at most, 19 times in 20, if it
    were true.
    """

    labels: int
    effective: float
    candidate: float
    active: float
    difference: float
    bound: float
    active_ece: float
    active_q95: float

    @property
    def excludes_a_loss(self) -> bool:
        return self.bound <= LARGEST_LOSS

    @property
    def active_left_its_band(self) -> bool:
        return self.active_ece > self.active_q95

    @property
    def passes(self) -> bool:
        return self.difference < 0.0 and (self.excludes_a_loss or self.active_left_its_band)


def compare(candidate: Array, active: Array, violation: Array, weights: Array, groups: NDArray[np.int64]) -> Comparison:
    """Compare two columns of probabilities on n cohort labels (n at least 1), weighted by 1/rate."""
    ours, theirs = log_losses(candidate, violation), log_losses(active, violation)
    found = paired_difference(ours - theirs, weights, groups)
    curve = reliability(active, violation, weights)
    freedom = max(1, len(np.unique(groups)) - 1)
    return Comparison(
        labels=len(violation),
        effective=effective_size(weights),
        candidate=float(np.average(ours, weights=weights)),
        active=float(np.average(theirs, weights=weights)),
        difference=found.mean,
        bound=found.mean + float(student.ppf(CONFIDENCE, freedom)) * found.error,
        active_ece=curve.ece,
        active_q95=curve.floor.q95,
    )
