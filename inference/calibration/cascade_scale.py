"""The line that puts the margins of a cascade's second model on the scale of its first. Pure.

By Platt's fit, `a1 z1 + b1` is the logit of a violation at the first's margin, and `a2 z2 + b2` at the second's among
the texts that are left to it. The line makes equal logits equal margins of the cascade, so that one calibrator is true
of both. Only texts that are left to the second count for its part: that the first was in doubt is evidence, too, and
moves what the second's margins mean.
"""

from inference.calibration.calibrators import Array
from inference.calibration.fitting import CannotFit, fit_platt

Rows = tuple[Array, Array, Array]
"""Margins, targets (0 or 1, or shares) and weights (which count labels) of labelled texts."""


def fit_scale(first: Rows, second: Rows) -> tuple[float, float]:
    """Slope and offset for the second's margins: from the first's on all texts, and the second's on those left to it.

    Raises CannotFit, which says why in words: below 10 effective labels of either class within the band, for one.
    """
    own = fit_platt(*first)
    try:
        other = fit_platt(*second)
    except CannotFit as error:
        raise CannotFit(f"within the band, {error}") from error
    return other.slopes[0] / own.slopes[0], (other.intercept - own.intercept) / own.slopes[0]
