"""Messages of one source with their cohort draws and rulings, in the order of their margins. Pure."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from inference.bounds import Terms
from inference.goals import Goal

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
SEED = 0  # of the thinning


@dataclass(frozen=True)
class Traffic:
    """n distinct texts of one source, a row each, the same rows whatever was ruled.

    `margin`: finite. `rate`: the cohort rate that applied at intake, in (0, 1]. `drawn`: whether it is in the cohort.
    `violation`: the share of its blind rulings that say so, in 0 to 1; NaN where not drawn or undecided. `undecided`:
    drawn and not ruled on, which counts as an error whichever way hurts. Rows alike in everything may be given once,
    with their number in `count` (whole numbers; None: one each). Nothing depends on the order of rows.
    """

    margin: Array
    rate: Array
    drawn: Flags
    violation: Array
    undecided: Flags
    count: Array | None = None


def all_labelled(margins: ArrayLike, violations: ArrayLike) -> Traffic:
    """Rows that were all ruled on, as an evaluation has them."""
    margin, violation = np.asarray(margins, dtype=float), np.asarray(violations, dtype=float)
    drawn = np.ones(margin.shape, dtype=bool)
    return Traffic(margin, np.ones(margin.shape), drawn, violation, ~drawn)


@dataclass(frozen=True)
class Beyond:
    """The messages at and beyond a margin, as the tests see them.

    `of`: the labels that the risk is a share of (all those beyond, or all of the class). `equal`: one rate and whole
    labels throughout, so that binomial tests are exact.
    """

    margin: float
    share: float
    rows: float
    labels: float
    errors: float
    of: float
    equal: bool
    least_rate: float
    cells: "Cells"
    end: int
    spared: int | None = None

    @cached_property
    def terms(self) -> Terms:
        if self.spared is not None:
            count = np.array([self.rows - self.spared, float(self.spared)])
            return Terms(np.array([0.0, 1.0 / self.least_rate]), np.ones(2), count, self.least_rate)
        return self.cells.terms(self.end, self.least_rate)

    def imagined(self, errors: int) -> "Beyond":
        """The same messages with so many errors among them, each where it counts most."""
        return replace(self, errors=float(errors), spared=errors)

    def thinned(self) -> tuple[float, float]:
        """Errors and labels after a seeded thinning of the cohort to the least rate; contested ones count as errors."""
        return self.cells.thinned(self.end, self.least_rate)


@dataclass(frozen=True)
class Cells:
    """Rows alike, counted, from the extreme margin to the other end; `ends[i]` cells are at or beyond margin i.

    `wrong` is what a drawn message adds to the errors if it lies beyond the margin, `member` what it adds to its class
    if it does not (an undecided one: 1 and 0). `labels`, `rows` and `errors` run along the margins.
    """

    goal: Goal
    margins: Array
    ends: NDArray[np.intp]
    rate: Array
    drawn: Flags
    wrong: Array
    member: Array
    count: Array
    rows: Array
    labels: Array
    errors: Array

    @property
    def of_class(self) -> int:
        """Labels of the class that the goal's errors are of, wherever they lie."""
        return int(np.floor(self.member @ self.count + 1e-9))

    def within(self, at_most: float | None, until: float) -> int:
        """How many margins, from the extreme, take in at most the share `at_most` and do not cross `until`."""
        inside = self.margins >= until if self.goal.above else self.margins <= until
        if at_most is not None:
            inside &= self.rows <= at_most * self.count.sum()
        return int(inside.sum())

    def beyond(self, index: int) -> Beyond:
        """What lies at and beyond the margin with this index; -1 for nothing at all."""
        end = int(self.ends[index]) if index >= 0 else 0
        least, most = self._rates(end)
        rows, labels, errors = (float(along[index]) if index >= 0 else 0.0 for along in self._along)
        return Beyond(
            margin=float(self.margins[index]) if index >= 0 else float("nan"),
            share=rows / float(self.count.sum()),
            rows=rows,
            labels=labels,
            errors=errors,
            of=errors + float(self.member[end:] @ self.count[end:]) if self.goal.of_class else labels,
            equal=least == most and self._whole,
            least_rate=least,
            cells=self,
            end=end,
        )

    def terms(self, end: int, least_rate: float) -> Terms:
        """What each message adds to `E[x - risk d]`: see `bounds`."""
        wrong, which = self._wrong_kinds
        inside = np.bincount(which[:end], self.count[:end], len(wrong))
        if not self.goal.of_class:
            return Terms(wrong, np.ones(len(wrong)), inside.astype(float), least_rate)
        member, which = self._member_kinds
        outside = np.bincount(which[end:], self.count[end:], len(member))
        count = np.r_[inside, outside].astype(float)
        return Terms(np.r_[wrong, np.zeros(len(member))], np.r_[wrong, member], count, least_rate)

    @property
    def _along(self) -> tuple[Array, Array, Array]:
        return self.rows, self.labels, self.errors

    def _rates(self, end: int) -> tuple[float, float]:
        """The least and the highest rate among the cells that the tests read."""
        if self.goal.of_class:
            return float(self.rate.min()), float(self.rate.max())
        least, most = self._running_rates
        return (float(least[end - 1]), float(most[end - 1])) if end else (1.0, 1.0)

    @cached_property
    def _running_rates(self) -> tuple[Array, Array]:
        return np.minimum.accumulate(self.rate), np.maximum.accumulate(self.rate)

    @cached_property
    def _whole(self) -> bool:
        """Whether no ruling is contested."""
        return bool(np.isin(self.wrong, (0.0, 1.0)).all())

    @cached_property
    def _wrong_kinds(self) -> tuple[Array, NDArray[np.intp]]:
        return np.unique(self.wrong / self.rate, return_inverse=True)

    @cached_property
    def _member_kinds(self) -> tuple[Array, NDArray[np.intp]]:
        return np.unique(self.member / self.rate, return_inverse=True)

    def thinned(self, end: int, least_rate: float) -> tuple[float, float]:
        drawn = np.where(self.drawn, self.count, 0.0).astype(np.int64)
        kept = np.random.default_rng(SEED).binomial(drawn, np.minimum(1.0, least_rate / self.rate)).astype(float)
        errors = float(kept[:end] @ (self.wrong[:end] > 0.0))
        return errors, errors + float(kept[end:] @ (self.member[end:] == 1.0)) if self.goal.of_class else kept[
            :end
        ].sum()


def cells_of(traffic: Traffic, goal: Goal) -> Cells:
    """The traffic from the goal's extreme on. Raises ValueError where it is malformed or empty."""
    margin, rate, drawn, ruled, count = _checked(traffic)
    order = np.lexsort((ruled, drawn, rate, -margin if goal.above else margin))
    columns = [column[order] for column in (margin, rate, drawn.astype(float), ruled)]
    new = np.r_[True, np.any([column[1:] != column[:-1] for column in columns], axis=0)]
    starts = np.flatnonzero(new)
    margin, rate, drawn, ruled = margin[order][starts], rate[order][starts], drawn[order][starts], ruled[order][starts]
    count = np.add.reduceat(count[order], starts)
    undecided = ruled == _UNDECIDED
    share = ruled if goal.wrong_class == 1 else 1.0 - ruled
    wrong = np.where(drawn, np.where(undecided, 1.0, share), 0.0)
    member = np.where(drawn & ~undecided, share, 0.0)
    ends = np.flatnonzero(np.r_[margin[1:] != margin[:-1], True]) + 1
    along = [np.cumsum(column)[ends - 1] for column in (count, np.where(drawn, count, 0.0), wrong * count)]
    return Cells(goal, margin[ends - 1], ends, rate, drawn, wrong, member, count, *along)


_UNDECIDED, _NOT_DRAWN = 2.0, 3.0


def _checked(traffic: Traffic) -> tuple[Array, Array, Flags, Array, Array]:
    """Margin, rate, drawn, ruling (a share; 2 where undecided, 3 where not drawn) and count of each row."""
    margin, rate = np.asarray(traffic.margin, dtype=float), np.asarray(traffic.rate, dtype=float)
    drawn, undecided = np.asarray(traffic.drawn, dtype=bool), np.asarray(traffic.undecided, dtype=bool)
    violation = np.asarray(traffic.violation, dtype=float)
    count = np.ones(margin.shape) if traffic.count is None else np.asarray(traffic.count, dtype=float)
    columns = (margin, rate, drawn, violation, undecided, count)
    if margin.ndim != 1 or any(column.shape != margin.shape for column in columns):
        raise ValueError(f"columns of traffic are rows of one length, not {[column.shape for column in columns]}")
    if not np.isfinite(margin).all() or not ((rate > 0.0) & (rate <= 1.0)).all():
        raise ValueError("margins must be finite, and rates above 0 and at most 1")
    if not (count >= 0.0).all() or (count != np.floor(count)).any() or not count.any():
        raise ValueError("counts are whole numbers, not negative, nor all zero")
    ruled = drawn & ~undecided
    if (undecided & ~drawn).any() or not ((violation[ruled] >= 0.0) & (violation[ruled] <= 1.0)).all():
        raise ValueError("what is drawn is either ruled on, with a share in 0 to 1, or undecided; nothing else is")
    found = np.where(ruled, violation, np.where(undecided, _UNDECIDED, _NOT_DRAWN))
    there = count > 0.0
    return margin[there], rate[there], drawn[there], found[there], count[there]
