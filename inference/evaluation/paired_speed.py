"""How much faster one model is than another, from rounds in which they took turns at the same texts. Pure."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.stats import binom


def times_as_fast(base: Sequence[float], model: Sequence[float]) -> dict[str, Any]:
    """How many times as fast `model` is as `base`, by the seconds that each took in the same `rounds`.

    `value` is the median of the paired ratios, which a round that something else disturbed hardly moves; `interval` is
    the 95 % interval of that median by order statistics, None below six rounds, which cannot give one.
    """
    ratios = np.sort(np.asarray(base, dtype=float) / np.asarray(model, dtype=float))
    rounds = len(ratios)
    beyond = int(binom.ppf(0.025, rounds, 0.5))  # of the ratios on either side: no more than 2.5 % of chance lie there
    found = [float(ratios[beyond - 1]), float(ratios[rounds - beyond])] if beyond else None
    return {"value": float(np.median(ratios)), "interval": found, "rounds": rounds}
