"""Which kind of calibrator to use: cross-fitted log-losses, compared pair by pair. Pure."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from inference.calibration.calibrators import KINDS, Calibrator
from inference.calibration.fitting import CannotFit, NotEnoughLabels, fit
from inference.reliability.curves import log_losses, scaled_to_effective
from inference.reliability.labelled_rows import labelled_rows
from inference.reliability.resampling import group_folds

Array = NDArray[np.float64]
FOLDS = 5


@dataclass(frozen=True)
class CrossFit:
    """Probabilities that one kind gives to rows it was not fitted on, and their weighted mean log-loss in nats."""

    kind: str
    probabilities: Array
    log_loss: float


@dataclass(frozen=True)
class Selection:
    """The selected kind, fitted on all rows; every kind that could be compared; and why the others could not."""

    calibrator: Calibrator
    selected: CrossFit
    compared: tuple[CrossFit, ...]
    left_out: dict[str, str]


@dataclass(frozen=True)
class Difference:
    """A weighted mean of paired differences, and its standard error over independent groups."""

    mean: float
    error: float


def select_calibrator(
    margins: ArrayLike,
    targets: ArrayLike,
    weights: ArrayLike,
    groups: ArrayLike,
    *,
    kind: str | None = None,
    seed: int = 0,
) -> Selection:
    """The simplest kind whose cross-fitted log-loss is within one standard error of the best one's.

    Simplest first: platt, beta, isotonic, venn_abers; histogram only where nothing else fits. The standard error is
    that of the *paired* difference over groups; a marginal one would always pick the first. A `kind` that was pinned
    is selected whatever its loss. Raises CannotFit, with its reason, where no kind fits, or the pinned one does not.
    """
    if kind is not None and kind not in KINDS:
        raise ValueError(f"no calibrator is called {kind!r}; there are {', '.join(KINDS)}")
    z, y, w = labelled_rows(margins, targets, weights)
    groups = np.asarray(groups)[np.asarray(weights, dtype=float) > 0.0]
    folds = group_folds(groups, FOLDS, seed)
    compared, left_out = [], {}
    for each in KINDS:
        try:
            fit(each, z, y, scaled_to_effective(w))
            p = cross_fitted(each, z, y, w, folds)
            compared.append(CrossFit(each, p, float(np.average(log_losses(p, y), weights=w))))
        except CannotFit as error:
            left_out[each] = str(error)
    if not compared or kind in left_out:
        raise CannotFit(left_out[kind or KINDS[0]])
    selected = next(each for each in compared if each.kind == kind) if kind else _simplest(compared, y, w, groups)
    return Selection(fit(selected.kind, z, y, scaled_to_effective(w)), selected, tuple(compared), left_out)


def _simplest(compared: list[CrossFit], targets: Array, weights: Array, groups: Array) -> CrossFit:
    """The first kind that is as good as the best; the histogram, there for comparison, only where it is alone."""
    rivals = [each for each in compared if each.kind != "histogram"] or compared
    losses = [log_losses(each.probabilities, targets) for each in rivals]
    best = min(range(len(rivals)), key=lambda index: rivals[index].log_loss)
    return next(
        each for each, loss in zip(rivals, losses, strict=True) if _as_good(loss - losses[best], weights, groups)
    )


def cross_fitted(kind: str, margins: Array, targets: Array, weights: Array, folds: NDArray[np.intp]) -> Array:
    """A probability for each row from the calibrator of `kind` that was fitted on the other folds. Raises CannotFit."""
    p = np.empty(len(margins))
    for fold in np.unique(folds):
        here = folds == fold
        if here.all():
            raise NotEnoughLabels("all labels are of one group, so none can be held out")
        rest = scaled_to_effective(weights[~here])
        p[here] = fit(kind, margins[~here], targets[~here], rest).predict(margins[here])
    return p


def paired_difference(differences: Array, weights: Array, groups: ArrayLike) -> Difference:
    """The weighted mean of row-wise differences; its error treats whole groups as the independent draws."""
    _, member = np.unique(np.asarray(groups), return_inverse=True)
    mean = float(np.average(differences, weights=weights))
    sums = np.bincount(member, weights * (differences - mean))
    spread = np.sqrt(np.square(sums).sum() * len(sums) / max(1, len(sums) - 1))
    return Difference(mean, float(spread / weights.sum()) if len(sums) > 1 else float("inf"))


def _as_good(differences: Array, weights: Array, groups: Array) -> bool:
    found = paired_difference(differences, weights, groups)
    return found.mean <= found.error
