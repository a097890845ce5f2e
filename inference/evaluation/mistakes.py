"""The starkest errors of an evaluation. Pure."""

from dataclasses import dataclass

import numpy as np

from inference.evaluation.evaluate import Divided, Scored

STARKEST = 15


@dataclass(frozen=True)
class Mistake:
    """A text on whose flag the calibrated probability is wrong."""

    text: str
    probability: float
    flag: int
    category: str
    source: str


def mistakes(scored: Scored, divided: Divided) -> list[Mistake]:
    """The measured texts on which the calibrated flag is most surely wrong, the surest first."""
    p = divided.on.probabilities
    if p is None:
        return []
    rows = np.flatnonzero(~divided.fitted)
    wrong = (p >= 0.5) != (divided.on.flags == 1.0)
    order = np.argsort(-np.where(wrong, np.abs(p - 0.5), -1.0), kind="stable")[: min(STARKEST, int(wrong.sum()))]
    return [
        Mistake(
            text=scored.texts[rows[at]],
            probability=float(p[at]),
            flag=int(divided.on.flags[at]),
            category=scored.categories[rows[at]] or "",
            source=scored.sources[rows[at]],
        )
        for at in order
    ]
