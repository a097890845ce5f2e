"""Messages of one source with their cohort draws and labels. Pure."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
UNDECIDED, NOT_DRAWN = 2.0, 3.0  # in place of a label


@dataclass(frozen=True)
class Traffic:
    """n distinct texts of one source, a row each, the same rows whatever was decided.

    `margin`: finite. `rate`: the cohort rate that applied at intake, in (0, 1]. `drawn`: whether it is in the cohort.
    `violation`: the share of its blind labels that say so, in 0 to 1; NaN where not drawn or undecided. `undecided`:
    drawn and not decided, which counts as an error whichever way hurts. Rows alike in everything may be given once,
    with their number in `count` (whole numbers; None: one each). `rate_period`: the number (from 0) of the stretch of
    time in which it came, each with its own fixed rate for every margin (None: all in one); a stretch at high rates
    then keeps its weight after the rates fell. Nothing depends on the order of rows.
    """

    margin: Array
    rate: Array
    drawn: Flags
    violation: Array
    undecided: Flags
    count: Array | None = None
    rate_period: NDArray[np.intp] | None = None


def all_labelled(margins: ArrayLike, violations: ArrayLike) -> Traffic:
    """Rows that are all labelled, as an evaluation has them: margins and violations (0 or 1), n each."""
    margin, violation = np.asarray(margins, dtype=float), np.asarray(violations, dtype=float)
    drawn = np.ones(margin.shape, dtype=bool)
    return Traffic(margin, np.ones(margin.shape), drawn, violation, ~drawn)


def drawn_at_rates(margins: ArrayLike, violations: ArrayLike, rates: ArrayLike) -> Traffic:
    """Labelled rows that were drawn at these rates, in (0, 1], beside the rows like them that were not drawn.

    Of those only the number is known, from the rate: their margins are taken to be spread as those of the drawn ones.
    """
    margin, violation, rate = (np.asarray(each, dtype=float) for each in (margins, violations, rates))
    drawn, count = np.ones(margin.shape, dtype=bool), np.round(1.0 / rate) - 1.0
    return Traffic(
        margin=np.r_[margin, margin],
        rate=np.r_[rate, rate],
        drawn=np.r_[drawn, ~drawn],
        violation=np.r_[violation, np.full(margin.shape, np.nan)],
        undecided=np.zeros(2 * len(margin), dtype=bool),
        count=np.r_[np.ones(margin.shape), count],
    )


def checked_rows(traffic: Traffic) -> tuple[Array, Array, NDArray[np.intp], Flags, Array, Array]:
    """Margin, rate, rate period, drawn, label (a share; 2 where undecided, 3 where not drawn) and count of each row.

    Raises ValueError where the columns are not what `Traffic` says.
    """
    margin, rate = np.asarray(traffic.margin, dtype=float), np.asarray(traffic.rate, dtype=float)
    drawn, undecided = np.asarray(traffic.drawn, dtype=bool), np.asarray(traffic.undecided, dtype=bool)
    violation = np.asarray(traffic.violation, dtype=float)
    count = np.ones(margin.shape) if traffic.count is None else np.asarray(traffic.count, dtype=float)
    period = np.zeros(margin.shape, dtype=np.intp) if traffic.rate_period is None else np.asarray(traffic.rate_period)
    columns = (margin, rate, drawn, violation, undecided, count, period)
    if margin.ndim != 1 or any(column.shape != margin.shape for column in columns):
        raise ValueError(f"columns of traffic are rows of one length, not {[column.shape for column in columns]}")
    if not np.isfinite(margin).all() or not ((rate > 0.0) & (rate <= 1.0)).all():
        raise ValueError("margins must be finite, and rates above 0 and at most 1")
    if not (count >= 0.0).all() or (count != np.floor(count)).any() or not count.any():
        raise ValueError("counts are whole numbers, not negative, nor all zero")
    if not np.issubdtype(period.dtype, np.integer) or (period < 0).any():
        raise ValueError("rate periods are numbered from 0")
    labelled = drawn & ~undecided
    if (undecided & ~drawn).any() or not ((violation[labelled] >= 0.0) & (violation[labelled] <= 1.0)).all():
        raise ValueError("what is drawn is either labelled, with a share in 0 to 1, or undecided; nothing else is")
    found = np.where(labelled, violation, np.where(undecided, UNDECIDED, NOT_DRAWN))
    there = count > 0.0
    return (
        margin[there],
        rate[there],
        np.unique(period[there], return_inverse=True)[1],
        drawn[there],
        found[there],
        count[there],
    )
