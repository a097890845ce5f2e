"""Margins beyond which acting is wrong at most so often, with a stated confidence. Pure."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import binom

from inference.calibrators import labelled

STARTS = (773, 473, 299)  # labels that certify 1 % at 95 % with at most 3, 1 and 0 errors among them
GROWTH = 1.05


def certified_margin(margins: ArrayLike, targets: ArrayLike, risk: float = 0.01, delta: float = 0.05) -> float | None:
    """The lowest margin at and above which at most `risk` of the rows are benign, with confidence `1 - delta`.

    Fixed-sequence testing with exact binomial tails over equally drawn labels: from the first margin with 773 rows at
    or above it (473, at the least 299, where fewer are flagged) down towards 0, each time 5 % more rows, until the
    first failure. The grid depends on the margins alone, so no correction is due. None where nothing certifies.
    """
    z, y, _ = labelled(margins, targets, None)
    order = np.argsort(-z, kind="stable")
    z, benign = z[order], np.cumsum(y[order] < 0.5)
    flagged = int((z > 0.0).sum())
    start = next((least for least in STARTS if least <= flagged), None)
    found, want = None, float(start or flagged + 1)
    while want <= flagged:
        rows = int(np.searchsorted(-z, -z[int(want) - 1], side="right"))  # ties come along
        if binom.cdf(int(benign[rows - 1]), rows, risk) > delta:
            break
        found, want = float(z[rows - 1]), max(want * GROWTH, rows + 1.0)
    return found
