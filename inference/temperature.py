"""One temperature for all margins: `p = s(z / T)`. Only for offline comparisons. Pure.

Without an intercept it cannot follow a changed share of violations, so it is no calibrator (Guo and others 2017).
"""

from numpy.typing import ArrayLike
from scipy.optimize import brentq
from scipy.special import expit

from inference.calibration.fitting import NotRising, labelled

LARGEST = 1e6  # inverse temperature that is still taken for finite


def fit_temperature(margins: ArrayLike, targets: ArrayLike, weights: ArrayLike | None = None) -> float:
    """The temperature with the least log-loss, above 0.

    Raises ValueError as `calibrators.fit`, NotRising where no finite one is best.
    """
    z, y, w = labelled(margins, targets, weights)
    share = w / w.sum()

    def slope(inverse: float) -> float:
        return float(share @ ((expit(inverse * z) - y) * z))

    high = 1.0
    while slope(high) <= 0.0 and high < LARGEST:
        high *= 2.0
    if not slope(0.0) < 0.0 < slope(high):
        raise NotRising("no finite temperature above zero fits these labels")
    return 1.0 / float(brentq(slope, 0.0, high, xtol=1e-14, rtol=1e-12))
