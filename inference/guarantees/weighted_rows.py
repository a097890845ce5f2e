"""Traffic as the tests of a risk target see it: rows alike counted, in the order of their margins. Pure."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from inference.guarantees.bounds import Terms
from inference.guarantees.risk_targets import RiskTarget
from inference.guarantees.traffic import UNDECIDED, Traffic, checked_rows

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
SEED = 0  # of the thinning


@dataclass(frozen=True)
class TailSample:
    """The messages at and beyond a margin, as the tests see them.

    `of`: the labels that the risk is a share of (all those beyond, or all of the class). `equal`: one rate and whole
    labels throughout, so that binomial tests are exact.
    """

    margin: float
    share: float
    messages: float
    labels: float
    errors: float
    of: float
    equal: bool
    least_rate: float
    source: "WeightedRows"
    end: int
    assumed_errors: int | None = None

    @cached_property
    def terms(self) -> Terms:
        found = self.source.terms(self.end, labelled=self.assumed_errors is None)
        if not self.assumed_errors:
            return found
        worst = (
            np.r_[found.wrong, 1.0],
            np.r_[found.base, self.least_rate],
            np.r_[found.count, float(self.assumed_errors)],
        )
        return Terms(*worst)

    def with_errors(self, errors: int) -> "TailSample":
        """The same messages with so many errors among them, each where it counts most."""
        return replace(self, errors=float(errors), assumed_errors=errors)

    def thinned(self) -> tuple[float, float]:
        """Errors and labels after a seeded thinning of the cohort to the least rate; contested ones count as errors."""
        return self.source.thinned(self.end, self.least_rate)


@dataclass(frozen=True)
class WeightedRows:
    """Rows alike, counted, from the extreme margin to the other end; `ends[i]` rows are at or beyond margin i.

    `wrong` is what a drawn message adds to the errors if it lies beyond the margin, `member` what it adds to its class
    if it does not (an undecided one: 1 and 0). `labels`, `messages` and `errors` run along the margins.
    """

    target: RiskTarget
    margins: Array
    ends: NDArray[np.intp]
    rate: Array
    period: NDArray[np.intp]
    drawn: Flags
    wrong: Array
    member: Array
    count: Array
    messages: Array
    labels: Array
    errors: Array

    @property
    def of_class(self) -> int:
        """Labels of the class that the target's errors are of, wherever they lie."""
        return int(np.floor(self.member @ self.count + 1e-9))

    def within(self, at_most: float | None, until: float) -> int:
        """How many margins, from the extreme, take in at most the share `at_most` and do not cross `until`."""
        inside = self.margins >= until if self.target.above else self.margins <= until
        if at_most is not None:
            inside &= self.messages <= at_most * self.count.sum()
        return int(inside.sum())

    def tail(self, index: int) -> TailSample:
        """What lies at and beyond the margin with this index; -1 for nothing at all."""
        end = int(self.ends[index]) if index >= 0 else 0
        least, most = self._rates(end)
        columns = self.messages, self.labels, self.errors
        messages, labels, errors = (float(column[index]) if index >= 0 else 0.0 for column in columns)
        return TailSample(
            margin=float(self.margins[index]) if index >= 0 else float("nan"),
            share=messages / float(self.count.sum()),
            messages=messages,
            labels=labels,
            errors=errors,
            of=errors + float(self.member[end:] @ self.count[end:]) if self.target.of_class else labels,
            equal=least == most and self._whole,
            least_rate=least,
            source=self,
            end=end,
        )

    def terms(self, end: int, *, labelled: bool = True) -> Terms:
        """What each message adds to `E[x - risk d]`: see `bounds`. Not `labelled`: as if nothing beyond were wrong."""
        least = self._least_anywhere if self.target.of_class else self._least(end)
        wrong, kind = self._wrong_kinds
        inside = np.bincount(kind[:end], self.count[:end], len(wrong) * self.periods)
        wrong = np.outer(wrong, least).ravel() * labelled
        if not self.target.of_class:
            return _there(wrong, np.tile(least, len(wrong) // self.periods), inside.astype(float))
        member, kind = self._member_kinds
        outside = np.bincount(kind[end:], self.count[end:], len(member) * self.periods)
        member = np.outer(member, least).ravel()
        count = np.r_[inside, outside].astype(float)
        return _there(np.r_[wrong, np.zeros(len(member))], np.r_[wrong, member], count)

    def _rates(self, end: int) -> tuple[float, float]:
        """The least and the highest rate among the rows that the tests read."""
        if self.target.of_class:
            return float(self.rate.min()), float(self.rate.max())
        least, most = self._running_rates
        return (float(least[end - 1]), float(most[end - 1])) if end else (1.0, 1.0)

    def _least(self, end: int) -> Array:
        """The least rate of each period among the first `end` rows."""
        least = np.ones(self.periods)
        np.minimum.at(least, self.period[:end], self.rate[:end])
        return least

    @cached_property
    def _least_anywhere(self) -> Array:
        return self._least(len(self.rate))

    @cached_property
    def _running_rates(self) -> tuple[Array, Array]:
        return np.minimum.accumulate(self.rate), np.maximum.accumulate(self.rate)

    @cached_property
    def _whole(self) -> bool:
        """Whether no label is contested."""
        return bool(np.isin(self.wrong, (0.0, 1.0)).all())

    @cached_property
    def periods(self) -> int:
        return int(self.period.max()) + 1

    @cached_property
    def _wrong_kinds(self) -> tuple[Array, NDArray[np.intp]]:
        return self._kinds(self.wrong / self.rate)

    @cached_property
    def _member_kinds(self) -> tuple[Array, NDArray[np.intp]]:
        return self._kinds(self.member / self.rate)

    def _kinds(self, values: Array) -> tuple[Array, NDArray[np.intp]]:
        """The different values, and for each row the number of its value and period."""
        found, which = np.unique(values, return_inverse=True)
        return found, which * self.periods + self.period

    def thinned(self, end: int, least_rate: float) -> tuple[float, float]:
        drawn = np.where(self.drawn, self.count, 0.0).astype(np.int64)
        kept = np.random.default_rng(SEED).binomial(drawn, np.minimum(1.0, least_rate / self.rate)).astype(float)
        errors = float(kept[:end] @ (self.wrong[:end] > 0.0))
        rest = float(kept[end:] @ (self.member[end:] == 1.0))
        return errors, errors + rest if self.target.of_class else float(kept[:end].sum())


def weighted_rows(traffic: Traffic, target: RiskTarget) -> WeightedRows:
    """The traffic from the target's extreme on. Raises ValueError where it is malformed or empty."""
    margin, rate, period, drawn, label, count = checked_rows(traffic)
    order = np.lexsort((label, drawn, rate, period, -margin if target.above else margin))
    columns = np.stack([margin, rate, period.astype(float), drawn.astype(float), label])[:, order]
    starts = np.flatnonzero(np.r_[True, (np.diff(columns) != 0.0).any(axis=0)])
    margin, rate, _, _, label = columns[:, starts]
    period, drawn = period[order][starts], drawn[order][starts]
    count = np.add.reduceat(count[order], starts)
    undecided = label == UNDECIDED
    share = label if target.wrong_class == 1 else 1.0 - label
    wrong = np.where(drawn, np.where(undecided, 1.0, share), 0.0)
    member = np.where(drawn & ~undecided, share, 0.0)
    ends = np.flatnonzero(np.r_[margin[1:] != margin[:-1], True]) + 1
    along = [np.cumsum(column)[ends - 1] for column in (count, np.where(drawn, count, 0.0), wrong * count)]
    return WeightedRows(target, margin[ends - 1], ends, rate, period, drawn, wrong, member, count, *along)


def _there(wrong: Array, base: Array, count: Array) -> Terms:
    """The kinds that messages are of."""
    some = count > 0.0
    return Terms(wrong[some], base[some], count[some])
