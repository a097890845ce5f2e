"""What a message's category and its source add to a calibrator's logit: shrunk random effects. Pure.

Each level's own offset is the maximum-likelihood one on top of the calibrator; between-level variance is DerSimonian
and Laird's (1986); an offset is then shrunk by `tau^2 / (tau^2 + s^2)`, so that levels with few labels keep to the
calibrator (empirical Bayes). Offsets are used only where they help on labels that they were not fitted on.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit

from inference.calibration.calibrators import Calibrator, OffsetCalibrator, added_logits
from inference.calibration.selection import FOLDS, Difference, paired_difference
from inference.reliability.curves import log_losses, scaled_to_effective
from inference.reliability.labelled_rows import labelled_rows
from inference.reliability.resampling import group_folds

Array = NDArray[np.float64]
STEPS = 30
LARGEST_STEP = 2.0  # logits


@dataclass(frozen=True)
class OffsetFit:
    """The calibrator to use (the plain one where offsets do not help), and the gain in log-loss (nats) that decided."""

    calibrator: Calibrator
    gain: Difference
    used: bool


def fit_offsets(
    plain: Calibrator,
    margins: ArrayLike,
    targets: ArrayLike,
    weights: ArrayLike,
    *,
    groups: ArrayLike,
    categories: ArrayLike | None = None,
    sources: ArrayLike | None = None,
    seed: int = 0,
) -> OffsetFit:
    """Offsets on top of `plain`, used where their paired, grouped gain exceeds one standard error.

    n labels: margins, targets in 0 to 1, weights, groups that are independent of each other, and names. The gain is
    measured out of fold. The plain calibrator stays as it is: one number for each of a few levels, centred on it, can
    hardly profit from a calibrator that saw the same labels. Raises ValueError for malformed rows.
    """
    z, y, w = labelled_rows(margins, targets, weights)
    there = np.asarray(weights, dtype=float) > 0.0
    names = [None if each is None else np.asarray(each, dtype=str)[there] for each in (categories, sources)]
    member = np.asarray(groups)[there]
    base, folds = plain.predict(z), group_folds(member, FOLDS, seed)
    moved = base.copy()
    for fold in np.unique(folds):
        here, rest = folds == fold, folds != fold
        if rest.any():
            trained = _fitted(plain, z[rest], y[rest], w[rest], [_rows(each, rest) for each in names])
            moved[here] = trained.predict(z[here], *(_rows(each, here) for each in names))
    gain = paired_difference(log_losses(base, y) - log_losses(moved, y), w, member)
    found = _fitted(plain, z, y, w, names)
    used = gain.mean > gain.error and bool(found.categories or found.sources)
    return OffsetFit(found if used else plain, gain, used)


def shrunk(offsets: Array, variances: Array) -> Array:
    """Offsets of k levels, each with its sampling variance, drawn towards zero by what chance alone explains."""
    if len(offsets) < 2:
        return np.zeros(len(offsets))
    precision = 1.0 / variances
    mean = precision @ offsets / precision.sum()
    excess = precision @ np.square(offsets - mean) - (len(offsets) - 1.0)
    between = max(0.0, excess / (precision.sum() - np.square(precision).sum() / precision.sum()))
    drawn: Array = offsets * between / (between + variances)
    return drawn


def _fitted(plain: Calibrator, z: Array, y: Array, w: Array, names: list[NDArray[np.str_] | None]) -> OffsetCalibrator:
    """Offsets of categories first, then of sources on top of them."""
    logits, found = logit(plain.predict(z)), []
    for factor in names:
        moves = {} if factor is None else _of_factor(logits, y, scaled_to_effective(w), factor)
        logits = logits + added_logits(moves, factor, logits.shape)
        found.append(moves)
    return OffsetCalibrator(plain, *found)


def _of_factor(logits: Array, y: Array, w: Array, factor: NDArray[np.str_]) -> dict[str, float]:
    levels, at = np.unique(factor, return_inverse=True)
    own = np.array([_own(logits[at == level], y[at == level], w[at == level]) for level in range(len(levels))])
    moves = shrunk(own[:, 0], own[:, 1])
    return {str(level): float(move) for level, move in zip(levels, moves, strict=True) if move}


def _own(logits: Array, y: Array, w: Array) -> tuple[float, float]:
    """One level's maximum-likelihood offset and its variance.

    One label that agrees with the calibrator is added, so that a level of one class stays finite.
    """
    mean = float(np.average(expit(logits), weights=w))
    logits, y, w = np.r_[logits, logit(mean)], np.r_[y, mean], np.r_[w, 1.0]
    move = 0.0
    for _ in range(STEPS):
        p = expit(logits + move)
        information = float(w @ (p * (1.0 - p)))
        step = float(np.clip(w @ (y - p) / information, -LARGEST_STEP, LARGEST_STEP))
        move += step
        if abs(step) < 1e-10:
            break
    p = expit(logits + move)
    return move, 1.0 / float(w @ (p * (1.0 - p)))


def _rows(names: NDArray[np.str_] | None, rows: NDArray[np.bool_]) -> NDArray[np.str_] | None:
    return None if names is None else names[rows]
