"""What every figure and every fit is made of: values with labels and weights, a row each. Pure."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def labelled_rows(values: ArrayLike, targets: ArrayLike, weights: ArrayLike | None) -> tuple[Array, Array, Array]:
    """Values, targets and weights (n,) as float arrays, rows without weight left out.

    Values are finite; targets 0 or 1, or shares in between; weights 0 or more, all 1 where None. Raises ValueError
    for anything else, and where no row has weight.
    """
    x, y = np.asarray(values, dtype=float), np.asarray(targets, dtype=float)
    w = np.ones(x.shape) if weights is None else np.asarray(weights, dtype=float)
    if x.ndim != 1 or x.shape != y.shape or x.shape != w.shape:
        raise ValueError(f"values, targets and weights are rows of one length, not {x.shape}, {y.shape}, {w.shape}")
    if not (np.isfinite(x).all() and np.isfinite(w).all()):
        raise ValueError("values and weights must be finite")
    if not ((y >= 0.0) & (y <= 1.0)).all():
        raise ValueError("targets must lie in 0 to 1")
    if (w < 0.0).any() or not w.any():
        raise ValueError("weights must not be negative, nor all zero")
    return x[w > 0.0], y[w > 0.0], w[w > 0.0]


def labelled_probabilities(
    probabilities: ArrayLike, targets: ArrayLike, weights: ArrayLike | None
) -> tuple[Array, Array, Array]:
    """`labelled_rows` whose values are probabilities. Raises ValueError for one outside 0 to 1, too."""
    p, y, w = labelled_rows(probabilities, targets, weights)
    if p.min() < 0.0 or p.max() > 1.0:
        raise ValueError("probabilities must lie in 0 to 1")
    return p, y, w
