"""Probabilities for labels that the calibrator has not seen: neither them, nor their author, nor their text."""

import numpy as np
from numpy.typing import NDArray

from inference.calibration.calibrators import Calibrator
from inference.calibration.fitting import fit
from inference.calibration.offsets import fit_offsets
from inference.calibration.selection import FOLDS
from inference.reliability.curves import scaled_to_effective
from inference.reliability.resampling import group_folds
from review.calibration.labels import Labels

Array = NDArray[np.float64]


def held_out(kind: str, labels: Labels, weights: Array, *, offsets: bool) -> Array:
    """A probability for each label from a calibrator of `kind` fitted on the other folds. Raises CannotFit.

    With `offsets`, each fold's calibrator has those that help on the other folds.
    """
    folds = group_folds(labels.group, FOLDS)
    p = np.empty(len(labels))
    for fold in np.unique(folds):
        here, rest = labels.where(folds == fold), labels.where(folds != fold)
        weight = scaled_to_effective(weights[folds != fold])
        calibrator = fit(kind, rest.margin, rest.violation, weight)
        p[folds == fold] = predicted(with_offsets(calibrator, rest, weight) if offsets else calibrator, here)
    return p


def with_offsets(calibrator: Calibrator, labels: Labels, weights: Array) -> Calibrator:
    """The calibrator with offsets of category and source, where they help on labels that they were not fitted on."""
    return fit_offsets(
        calibrator,
        labels.margin,
        labels.violation,
        weights,
        groups=labels.group,
        categories=labels.category_names,
        sources=labels.source_names,
    ).calibrator


def predicted(calibrator: Calibrator, labels: Labels) -> Array:
    return calibrator.predict(labels.margin, labels.category_names, labels.source_names)
