"""Whether traffic, or what the probabilities are worth on it, moved. Pure."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import chi2

from inference.reliability.curves import effective_size, reliability
from inference.reliability.labelled_rows import labelled_probabilities

Array = NDArray[np.float64]
BINS = 10
WINDOW = 200  # labels


@dataclass(frozen=True)
class Stability:
    """Population stability: `value`, and the 95 % point of what two samples of these sizes show by chance."""

    value: float
    q95: float
    reference: int
    n: int


@dataclass(frozen=True)
class Window:
    """Labels that follow one another in time: `gap` is observed minus predicted share, with its 95 % interval.

    `ece` is the calibration error in the window, `floor` and `q95` what it would show if the probabilities were true.
    """

    start: float
    end: float
    labels: int
    effective: float
    gap: float
    low: float
    high: float
    ece: float
    floor: float
    q95: float


def population_stability(reference_margins: ArrayLike, margins: ArrayLike) -> Stability:
    """`sum (q - p) log(q / p)` over 10 bins of equal mass in the reference, half a message added to each count.

    Compare like with like: the same weekday, the same model and rubric. Without a change the index is about
    `(1/n + 1/m) chi2` with 9 degrees of freedom (Yurdakul and Naranjo 2020). Ties narrow the number of bins. Raises
    ValueError where either sample is empty or not finite.
    """
    before, now = np.asarray(reference_margins, dtype=float), np.asarray(margins, dtype=float)
    if before.ndim != 1 or now.ndim != 1 or not len(before) or not len(now):
        raise ValueError("both samples are rows of margins, and neither is empty")
    if not (np.isfinite(before).all() and np.isfinite(now).all()):
        raise ValueError("margins must be finite")
    edges = np.unique(np.quantile(before, np.arange(1, BINS) / BINS, method="higher"))
    p, q = (_shares(np.searchsorted(edges, each, side="right"), len(edges) + 1) for each in (before, now))
    scale = 1.0 / len(before) + 1.0 / len(now)
    return Stability(
        value=float((q - p) @ np.log(q / p)),
        q95=float(chi2.ppf(0.95, len(edges))) * scale,
        reference=len(before),
        n=len(now),
    )


def rolling_errors(
    times: ArrayLike,
    probabilities: ArrayLike,
    targets: ArrayLike,
    weights: ArrayLike | None = None,
    *,
    window: int = WINDOW,
    seed: int = 0,
) -> tuple[Window, ...]:
    """The calibration error in windows of `window` labels by time, each half into the next; () with fewer labels.

    Raises ValueError as `reliability` does, and for times of another length.
    """
    p, y, w = labelled_probabilities(probabilities, targets, weights)
    given = np.ones(np.shape(times)) if weights is None else np.asarray(weights, dtype=float)
    if np.shape(times) != np.shape(probabilities):
        raise ValueError("each label has a time")
    at = np.asarray(times, dtype=float)[given > 0.0]
    order = np.lexsort((w, y, p, at))
    starts = range(0, len(p) - window + 1, max(1, window // 2))
    parts = [[column[order[start : start + window]] for column in (at, p, y, w)] for start in starts]
    return tuple(_window(*part, seed=seed) for part in parts)


def _window(at: Array, p: Array, y: Array, w: Array, *, seed: int) -> Window:
    share = w / w.sum()
    gap = float(share @ (y - p))
    half = 1.96 * float(np.sqrt(np.square(share) @ np.square(y - p - gap)))
    found = reliability(p, y, w, seed=seed)
    return Window(
        start=float(at[0]),
        end=float(at[-1]),
        labels=len(p),
        effective=effective_size(w),
        gap=gap,
        low=gap - half,
        high=gap + half,
        ece=found.ece,
        floor=found.floor.mean,
        q95=found.floor.q95,
    )


def _shares(bins: NDArray[np.intp], number: int) -> Array:
    counts = np.bincount(bins, minlength=number).astype(float) + 0.5
    shares: Array = counts / counts.sum()
    return shares
