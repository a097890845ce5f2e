"""Margins to calibrate on: made ones with known truth, and a model's own on labelled texts."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from inference.evaluation.labelled_texts import read_labelled
from inference.scoring.scorer import load_scorer

Array = NDArray[np.float64]

TRUTHS: dict[str, Callable[[Array], Array]] = {
    "straight": lambda z: expit(0.8 * z - 1.5),
    "bent": lambda z: expit(-1.4 * np.logaddexp(0.0, -z) + 0.5 * np.logaddexp(0.0, z) - 0.7),
    "levelling off": lambda z: 0.02 + 0.9 * expit(2.0 * z - 1.0),
    "kinked": lambda z: expit(np.where(z < 0.0, 0.4 * z, 2.0 * z) - 2.0),
}
"""How likely a violation is at each margin: two shapes that Platt or beta can take on, and two that neither can."""


def made_margins(n: int, rng: np.random.Generator) -> Array:
    """Margins as chat has them: mostly far down, some far up."""
    return np.where(rng.random(n) < 0.85, rng.normal(-2.5, 2.0, n), rng.normal(2.0, 2.0, n))


@dataclass(frozen=True)
class Judged:
    """A model's margins on labelled texts, and a number for each distinct text."""

    name: str
    margins: Array
    flags: Array
    text: NDArray[np.int64]


def judged(path: Path) -> Judged:
    """The shipped model's margins on a labelled file. Raises BadLine or OSError as `read_labelled`."""
    rows = read_labelled(path)
    texts = [row.text for row in rows]
    margins = np.array([score.margin for score in load_scorer(device="cpu", dtype="float32").score(texts)])
    flags = np.array([row.flag for row in rows], dtype=float)
    return Judged(
        path.name.removesuffix(".gz").removesuffix(".jsonl"), margins, flags, np.unique(texts, return_inverse=True)[1]
    )
