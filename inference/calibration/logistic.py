"""Weighted logistic regression of a few features on soft targets, to machine precision. Pure."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

Array = NDArray[np.float64]
RIDGE = 1e-6  # of the total weight, on standardised slopes: keeps features that hardly vary identified
STEPS = 100
CLOSE_ENOUGH = 1e-12  # of the loss


def fit_logistic(features: Array, targets: Array, weights: Array, offset: Array | float = 0.0) -> Array:
    """Slopes and, last, the intercept of `logit p = features @ slopes + intercept + offset`.

    `features` is (n, k), finite; `targets` (n,) in 0 to 1; `weights` (n,) non-negative with a positive sum. Newton's
    method with step halving on the mean log-loss, which is convex; targets strictly inside 0 to 1 keep it finite.
    """
    share = weights / weights.sum()
    centre = share @ features
    spread = np.sqrt(share @ np.square(features - centre))
    spread[spread == 0.0] = 1.0
    design = np.column_stack([(features - centre) / spread, np.ones(len(features))])
    found = _minimise(design, targets, share, np.broadcast_to(offset, targets.shape))
    slopes: Array = found[:-1] / spread
    return np.append(slopes, found[-1] - slopes @ centre)


def _minimise(design: Array, targets: Array, share: Array, offset: Array) -> Array:
    ridge = np.append(np.full(design.shape[1] - 1, RIDGE), 0.0)
    here = np.zeros(design.shape[1])
    loss = _loss(here, design, targets, share, offset)
    for _ in range(STEPS):
        p = expit(design @ here + offset)
        gradient = design.T @ (share * (p - targets)) + ridge * here
        curvature = (design.T * (share * p * (1.0 - p))) @ design + np.diag(ridge)
        step = np.linalg.lstsq(curvature, gradient, rcond=None)[0]
        while (there := _loss(here - step, design, targets, share, offset)) > loss and np.any(step):
            step = np.where(np.abs(step) < np.finfo(float).tiny, 0.0, step / 2.0)
        here, gain, loss = here - step, loss - there, there
        if gain <= CLOSE_ENOUGH * loss:
            break
    return here


def _loss(here: Array, design: Array, targets: Array, share: Array, offset: Array) -> float:
    logits = design @ here + offset
    return float(share @ (np.logaddexp(0.0, logits) - targets * logits) + RIDGE * (here[:-1] @ here[:-1]) / 2.0)
