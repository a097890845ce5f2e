"""Messages of one source with their cohort draws and rulings. Pure."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
UNDECIDED, NOT_DRAWN = 2.0, 3.0  # in place of a ruling


@dataclass(frozen=True)
class Traffic:
    """n distinct texts of one source, a row each, the same rows whatever was ruled.

    `margin`: finite. `rate`: the cohort rate that applied at intake, in (0, 1]. `drawn`: whether it is in the cohort.
    `violation`: the share of its blind rulings that say so, in 0 to 1; NaN where not drawn or undecided. `undecided`:
    drawn and not ruled on, which counts as an error whichever way hurts. Rows alike in everything may be given once,
    with their number in `count` (whole numbers; None: one each). `epoch`: the number (from 0) of the stretch of time
    in which it came, each with its own fixed rate for every margin (None: all in one); a stretch at high rates then
    keeps its weight after the rates fell. Nothing depends on the order of rows.
    """

    margin: Array
    rate: Array
    drawn: Flags
    violation: Array
    undecided: Flags
    count: Array | None = None
    epoch: NDArray[np.intp] | None = None


def all_labelled(margins: ArrayLike, violations: ArrayLike) -> Traffic:
    """Rows that were all ruled on, as an evaluation has them."""
    margin, violation = np.asarray(margins, dtype=float), np.asarray(violations, dtype=float)
    drawn = np.ones(margin.shape, dtype=bool)
    return Traffic(margin, np.ones(margin.shape), drawn, violation, ~drawn)


def checked_rows(traffic: Traffic) -> tuple[Array, Array, NDArray[np.intp], Flags, Array, Array]:
    """Margin, rate, epoch, drawn, ruling (a share; 2 where undecided, 3 where not drawn) and count of each row."""
    margin, rate = np.asarray(traffic.margin, dtype=float), np.asarray(traffic.rate, dtype=float)
    drawn, undecided = np.asarray(traffic.drawn, dtype=bool), np.asarray(traffic.undecided, dtype=bool)
    violation = np.asarray(traffic.violation, dtype=float)
    count = np.ones(margin.shape) if traffic.count is None else np.asarray(traffic.count, dtype=float)
    epoch = np.zeros(margin.shape, dtype=np.intp) if traffic.epoch is None else np.asarray(traffic.epoch)
    columns = (margin, rate, drawn, violation, undecided, count, epoch)
    if margin.ndim != 1 or any(column.shape != margin.shape for column in columns):
        raise ValueError(f"columns of traffic are rows of one length, not {[column.shape for column in columns]}")
    if not np.isfinite(margin).all() or not ((rate > 0.0) & (rate <= 1.0)).all():
        raise ValueError("margins must be finite, and rates above 0 and at most 1")
    if not (count >= 0.0).all() or (count != np.floor(count)).any() or not count.any():
        raise ValueError("counts are whole numbers, not negative, nor all zero")
    if not np.issubdtype(epoch.dtype, np.integer) or (epoch < 0).any():
        raise ValueError("epochs are numbered from 0")
    ruled = drawn & ~undecided
    if (undecided & ~drawn).any() or not ((violation[ruled] >= 0.0) & (violation[ruled] <= 1.0)).all():
        raise ValueError("what is drawn is either ruled on, with a share in 0 to 1, or undecided; nothing else is")
    found = np.where(ruled, violation, np.where(undecided, UNDECIDED, NOT_DRAWN))
    there = count > 0.0
    return (
        margin[there],
        rate[there],
        np.unique(epoch[there], return_inverse=True)[1],
        drawn[there],
        found[there],
        count[there],
    )
