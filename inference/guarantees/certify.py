"""Margins beyond which acting keeps a goal, with a stated confidence. Pure.

Fixed-sequence testing (Bauer 1991; "Learn then Test", Angelopoulos and others 2021): the risk is tested at margins from
the extreme towards the borderline, each at the full delta, until the first that is not certified. The margins depend on
no label, so no correction is due, and a calibrator fitted on the same labels changes nothing.
"""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from inference.guarantees.bounds import (
    betting_certifies,
    betting_upper,
    binomial_certifies,
    binomial_upper,
    delta_of_look,
    labels_needed,
    spared_errors,
)
from inference.guarantees.risk_targets import Goal
from inference.guarantees.traffic import Traffic
from inference.guarantees.weighted_rows import Beyond, Cells, cells_of

SPARED = (0.38, 0.2, 0.0)  # of the goal, that the first margin tested can bear: 3, 1 and 0 errors at 1 % and 95 %
GROWTH = 1.05  # of the labels beyond, from one margin tested to the next
WORTH_A_LOOK = 1.25  # times the labels of the last look
FARTHER = 2.0  # times the labels beyond, from one start to the next
BETTING_COSTS = 1.2  # times the labels without an error that equal rates take
LEAST_OF_CLASS = 20  # labels beyond the first margin tested, where the risk is a share of a class


@dataclass(frozen=True)
class Certificate:
    """What a derivation found. `margin` is None where nothing certifies, and `reason` says why in plain words.

    Figures are of the messages at and beyond the margin (of those at the first margin tested where none is certified):
    `labels` cohort labels, `errors` among them (undecided ones included), `bound` the upper bound of the risk,
    `share` of all traffic. For goals of a class `labels` counts the labels of that class everywhere. `check` is the
    bound after thinning to equal rates, None for "binomial". `missing`: how many more labels beyond the start are
    needed at the least. `looked` is False where too few labels are there to look at any: that is no look, and need not
    be counted. `seen`: labels on the side that the walks may use, which tell whether another look is due.
    """

    margin: float | None
    goal: Goal
    labels: int
    errors: float
    bound: float
    share: float
    method: Literal["binomial", "betting"]
    check: float | None
    missing: int
    reason: str
    looked: bool = True
    seen: int = 0


def look_is_due(seen: int, now: int) -> bool:
    """Whether so many labels `now` are worth another look after the last one at `seen`: a quarter more.

    Every look makes the later ones harder; labels that hardly grew in number would waste it.
    """
    return now >= seen * WORTH_A_LOOK


def certify(
    traffic: Traffic,
    goal: Goal,
    *,
    above: bool = True,
    look: int | None = 1,
    at_most: float | None = None,
    until: float = 0.0,
) -> Certificate:
    """The farthest margin from the extreme at which the goal is certified at `1 - delta_of_look(goal.delta, look)`.

    `look` counts the derivations of one promise; None for one that is never repeated, which has the whole delta.
    `above`: the side at and above a margin, walked down from the highest, else that at and below one, walked up from
    the lowest. The walk takes in at most the share `at_most` of traffic and does not cross the margin `until`. It
    starts where the labels beyond can bear errors at 0.38 of the goal (0.2, none, where fewer are there): at 1 % and
    95 % with 773, 473 or 299 labels. With many labels that is a point so extreme that a risk somewhat below the goal
    never shows there: so further walks start with twice the labels each, as long as there are as many, and the
    delta is shared among the walks. Where the risk is a share of a class, one walk starts at the extreme, since the
    risk only rises on the way.

    Equal rates and whole labels: exact binomial tests (for a share of a class given how many of it were labelled).
    Else: betting on `E[x - risk d] >= 0` over all messages, which bounds numerator and denominator at once, so that no
    delta is split between them.
    Raises ValueError for a side that the goal is not about, malformed traffic or a look below 1.
    """
    if above != goal.above:
        raise ValueError(f"{goal.kind} is about the margins {'above' if goal.above else 'below'} a threshold")
    delta = goal.delta if look is None else delta_of_look(goal.delta, look)
    cells = cells_of(traffic, goal)
    allowed = cells.within(at_most, until)
    seen = cells.of_class if goal.of_class else int(cells.beyond(allowed - 1).labels)
    return replace(_certified(cells, goal, delta, allowed), seen=seen)


def _certified(cells: Cells, goal: Goal, delta: float, allowed: int) -> Certificate:
    starts = _starts(cells, goal, delta, allowed)
    if not starts:
        return _too_few(cells, goal, delta, allowed)
    shared = delta / len(starts)
    found = [end for start in starts if (end := _walked(cells, goal.risk, shared, start, allowed)) is not None]
    if found:
        return _found(cells.beyond(max(found)), goal, shared)
    return min((_failed(cells.beyond(start), goal, shared) for start in starts), key=lambda each: each.missing)


def _starts(cells: Cells, goal: Goal, delta: float, allowed: int) -> list[int]:
    """Where walks start among the first `allowed` margins.

    Knows margins, rates and which rows are labelled, but no label.
    """
    labels = cells.labels[:allowed]
    if goal.of_class:
        start = int(np.searchsorted(labels, LEAST_OF_CLASS))
        return [start] if start < allowed and cells.of_class >= labels_needed(goal.risk, delta) else []
    spared = [spared_errors(goal.risk, delta, part) for part in SPARED]
    starts = [next((end for each in spared if (end := _first(cells, goal, delta, allowed, each)) < allowed), allowed)]
    while starts[-1] < allowed:
        starts.append(int(np.searchsorted(labels, labels[starts[-1]] * FARTHER)))
    return starts[:-1]


def _walked(cells: Cells, risk: float, delta: float, start: int, allowed: int) -> int | None:
    """The last margin certified on a walk from `start`; labels beyond grow by 5 % from each margin to the next."""
    labels, found, end = cells.labels[:allowed], None, start
    while end < allowed and _certifies(cells.beyond(end), risk, delta):
        found, end = end, max(end + 1, int(np.searchsorted(labels, labels[end] * GROWTH)))
    return found


def _first(cells: Cells, goal: Goal, delta: float, allowed: int, spared: int) -> int:
    """The first margin at which `spared` errors would still be certified; `allowed` where there is none."""
    labels = cells.labels[:allowed]
    end = int(np.searchsorted(labels, labels_needed(goal.risk, delta, spared)))
    while end < allowed and not _certifies(cells.beyond(end).imagined(spared), goal.risk, delta):
        end = max(end + 1, int(np.searchsorted(labels, labels[end] * GROWTH)))
    return min(end, allowed)


def _certifies(beyond: Beyond, risk: float, delta: float) -> bool:
    if beyond.equal:
        return binomial_certifies(beyond.errors, beyond.of, risk, delta)
    return betting_certifies(beyond.terms, risk, delta)


def _bound(beyond: Beyond, delta: float) -> float:
    return binomial_upper(beyond.errors, beyond.of, delta) if beyond.equal else betting_upper(beyond.terms, delta)


def _certificate(beyond: Beyond, goal: Goal, delta: float, missing: int, reason: str) -> Certificate:
    return Certificate(
        margin=None if missing else beyond.margin,
        goal=goal,
        labels=int(beyond.of),
        errors=beyond.errors,
        bound=_bound(beyond, delta),
        share=beyond.share,
        method="binomial" if beyond.equal else "betting",
        check=None if beyond.equal else binomial_upper(*beyond.thinned(), delta),
        missing=missing,
        reason=reason,
    )


def _found(beyond: Beyond, goal: Goal, delta: float) -> Certificate:
    found = _certificate(beyond, goal, delta, 0, "")
    reason = f"With {_percent(1.0 - goal.delta)} confidence, {goal.in_words(found.bound)}: {_count(beyond)}."
    return replace(found, reason=reason)


def _failed(beyond: Beyond, goal: Goal, delta: float) -> Certificate:
    """Nothing certifies, although there are labels enough for a look."""
    needed = labels_needed(goal.risk, delta, int(np.ceil(beyond.errors)))
    found = _certificate(beyond, goal, delta, max(1, needed - int(beyond.of)), "")
    reason = (
        f"{_count(beyond)} where a walk starts: with {_percent(1.0 - goal.delta)} confidence they show only that "
        f"{goal.in_words(found.bound)}. Without a further error, {found.missing:,} more labels there would be enough."
    )
    return replace(found, reason=reason)


def _too_few(cells: Cells, goal: Goal, delta: float, allowed: int) -> Certificate:
    """There are too few labels to certify anything, whatever they say."""
    beyond = cells.beyond(allowed - 1)
    there = cells.of_class if goal.of_class else int(beyond.labels)
    needed = int(np.ceil(labels_needed(goal.risk, delta) * (1.0 if beyond.equal else BETTING_COSTS)))
    missing = max(1, needed - there)
    reason = (
        f"It takes {needed:,} cohort labels without an error to show with {_percent(1.0 - goal.delta)} confidence that "
        f"{goal.in_words(goal.risk)}. There are {there:,}: at least {missing:,} more are needed."
    )
    method: Literal["binomial", "betting"] = "binomial" if beyond.equal else "betting"
    return Certificate(None, goal, there, float("nan"), 1.0, beyond.share, method, None, missing, reason, looked=False)


def _count(beyond: Beyond) -> str:
    return f"{beyond.errors:.4g} {'error' if beyond.errors == 1.0 else 'errors'} in {beyond.of:,.0f} cohort labels"


def _percent(share: float) -> str:
    return f"{100.0 * share:.3g} %"
