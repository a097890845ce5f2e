"""Margins beyond which acting keeps a risk target, with a stated confidence. Pure.

Fixed-sequence testing (Bauer 1991; "Learn then Test", Angelopoulos and others 2021): the risk is tested at margins from
the extreme towards the borderline, each at the full delta, until the first that is not certified. The margins depend on
no label, so no correction is due, and a calibrator fitted on the same labels changes nothing.
"""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from inference.guarantees.bounds import (
    allowed_errors,
    betting_certifies,
    betting_upper,
    binomial_certifies,
    binomial_upper,
    delta_of_attempt,
    labels_needed,
)
from inference.guarantees.risk_targets import RiskTarget
from inference.guarantees.traffic import Traffic
from inference.guarantees.weighted_rows import TailSample, WeightedRows, weighted_rows

ERROR_ALLOWANCE = (0.38, 0.2, 0.0)
"""Parts of the target that errors at the first margin tested may make up: 3, 1 and 0 errors at 1 % and 95 %."""
GROWTH = 1.05  # of the labels beyond, from one margin tested to the next
WORTH_AN_ATTEMPT = 1.25  # times the labels of the last attempt
FARTHER = 2.0  # times the labels beyond, from one start to the next
BETTING_COSTS = 1.2  # times the labels without an error that equal rates take
LEAST_OF_CLASS = 20  # labels beyond the first margin tested, where the risk is a share of a class


@dataclass(frozen=True)
class Certificate:
    """What a certification attempt found. `margin` is None where nothing certifies; `reason` is a sentence for people.

    Figures are of the messages at and beyond the margin (of those at the first margin tested where none is certified):
    `labels` cohort labels, `errors` among them (undecided ones included), `bound` the upper bound of the risk (0 to 1),
    `share` of all traffic. For targets of a class `labels` counts the labels of that class everywhere. `check` is the
    bound after thinning to equal rates, None for "binomial". `missing`: how many more labels beyond the start are
    needed at the least. `attempted` is False where there are too few labels to certify anything, whatever they say:
    that spends nothing, and need not be counted. `seen`: labels on the side that the walks may use, which tell whether
    another attempt is due.
    """

    margin: float | None
    target: RiskTarget
    labels: int
    errors: float
    bound: float
    share: float
    method: Literal["binomial", "betting"]
    check: float | None
    missing: int
    reason: str
    attempted: bool = True
    seen: int = 0


def attempt_is_due(seen: int, now: int) -> bool:
    """Whether so many labels `now` are worth another attempt after the last one at `seen`: a quarter more.

    Every attempt makes the later ones harder; labels that hardly grew in number would waste it.
    """
    return now >= seen * WORTH_AN_ATTEMPT


def certify(
    traffic: Traffic,
    target: RiskTarget,
    *,
    above: bool = True,
    attempt: int | None = 1,
    at_most: float | None = None,
    until: float = 0.0,
) -> Certificate:
    """The farthest margin from the extreme that is certified at `1 - delta_of_attempt(target.delta, attempt)`.

    `attempt` numbers the attempts at one target; None for one that is never repeated, which has the whole delta.
    `above`: the side at and above a margin, walked down from the highest, else that at and below one, walked up from
    the lowest. The walk takes in at most the share `at_most` of traffic and does not cross the margin `until`. It
    starts where the labels beyond can bear errors at 0.38 of the target (0.2, none, where fewer are there): at 1 % and
    95 % with 773, 473 or 299 labels. With many labels that is a point so extreme that a risk somewhat below the target
    never shows there: so further walks start with twice the labels each, as long as there are as many, and the
    delta is shared among the walks. Where the risk is a share of a class, one walk starts at the extreme, since the
    risk only rises on the way.

    Equal rates and whole labels: exact binomial tests (for a share of a class given how many of it were labelled).
    Else: betting on `E[x - risk d] >= 0` over all messages, which bounds numerator and denominator at once, so that no
    delta is split between them.
    Raises ValueError for a side that the target is not about, malformed traffic or an attempt below 1.
    """
    if above != target.above:
        raise ValueError(f"{target.kind} is about the margins {'above' if target.above else 'below'} a threshold")
    delta = target.delta if attempt is None else delta_of_attempt(target.delta, attempt)
    rows = weighted_rows(traffic, target)
    allowed = rows.within(at_most, until)
    seen = rows.of_class if target.of_class else int(rows.tail(allowed - 1).labels)
    return replace(_certified(rows, target, delta, allowed), seen=seen)


def _certified(rows: WeightedRows, target: RiskTarget, delta: float, allowed: int) -> Certificate:
    starts = _starts(rows, target, delta, allowed)
    if not starts:
        return _too_few(rows, target, delta, allowed)
    shared = delta / len(starts)
    found = [end for start in starts if (end := _walked(rows, target.risk, shared, start, allowed)) is not None]
    if found:
        return _found(rows.tail(max(found)), target, shared)
    return min((_failed(rows.tail(start), target, shared) for start in starts), key=lambda each: each.missing)


def _starts(rows: WeightedRows, target: RiskTarget, delta: float, allowed: int) -> list[int]:
    """Where walks start among the first `allowed` margins.

    Knows margins, rates and which rows are labelled, but no label.
    """
    labels = rows.labels[:allowed]
    if target.of_class:
        start = int(np.searchsorted(labels, LEAST_OF_CLASS))
        return [start] if start < allowed and rows.of_class >= labels_needed(target.risk, delta) else []
    allowances = [allowed_errors(target.risk, delta, part) for part in ERROR_ALLOWANCE]
    starts = [
        next((end for each in allowances if (end := _first(rows, target, delta, allowed, each)) < allowed), allowed)
    ]
    while starts[-1] < allowed:
        starts.append(int(np.searchsorted(labels, labels[starts[-1]] * FARTHER)))
    return starts[:-1]


def _walked(rows: WeightedRows, risk: float, delta: float, start: int, allowed: int) -> int | None:
    """The last margin certified on a walk from `start`; labels beyond grow by 5 % from each margin to the next."""
    labels, found, end = rows.labels[:allowed], None, start
    while end < allowed and _certifies(rows.tail(end), risk, delta):
        found, end = end, max(end + 1, int(np.searchsorted(labels, labels[end] * GROWTH)))
    return found


def _first(rows: WeightedRows, target: RiskTarget, delta: float, allowed: int, errors: int) -> int:
    """The first margin at which so many errors would still be certified; `allowed` where there is none."""
    labels = rows.labels[:allowed]
    end = int(np.searchsorted(labels, labels_needed(target.risk, delta, errors)))
    while end < allowed and not _certifies(rows.tail(end).with_errors(errors), target.risk, delta):
        end = max(end + 1, int(np.searchsorted(labels, labels[end] * GROWTH)))
    return min(end, allowed)


def _certifies(tail: TailSample, risk: float, delta: float) -> bool:
    if tail.equal:
        return binomial_certifies(tail.errors, tail.of, risk, delta)
    return betting_certifies(tail.terms, risk, delta)


def _bound(tail: TailSample, delta: float) -> float:
    return binomial_upper(tail.errors, tail.of, delta) if tail.equal else betting_upper(tail.terms, delta)


def _certificate(tail: TailSample, target: RiskTarget, delta: float, missing: int, reason: str) -> Certificate:
    return Certificate(
        margin=None if missing else tail.margin,
        target=target,
        labels=int(tail.of),
        errors=tail.errors,
        bound=_bound(tail, delta),
        share=tail.share,
        method="binomial" if tail.equal else "betting",
        check=None if tail.equal else binomial_upper(*tail.thinned(), delta),
        missing=missing,
        reason=reason,
    )


def _found(tail: TailSample, target: RiskTarget, delta: float) -> Certificate:
    found = _certificate(tail, target, delta, 0, "")
    reason = f"With {_confidence(target)}, {target.in_words(found.bound)}: {_count(tail)}."
    return replace(found, reason=reason)


def _failed(tail: TailSample, target: RiskTarget, delta: float) -> Certificate:
    """Nothing certifies, although there are labels enough for an attempt."""
    needed = labels_needed(target.risk, delta, int(np.ceil(tail.errors)))
    found = _certificate(tail, target, delta, max(1, needed - int(tail.of)), "")
    reason = (
        f"{_count(tail)} at the first margin tested: with {_confidence(target)} they show only that "
        f"{target.in_words(found.bound)}. Without a further error, {found.missing:,} more labels there would be enough."
    )
    return replace(found, reason=reason)


def _too_few(rows: WeightedRows, target: RiskTarget, delta: float, allowed: int) -> Certificate:
    """There are too few labels to certify anything, whatever they say."""
    tail = rows.tail(allowed - 1)
    there = rows.of_class if target.of_class else int(tail.labels)
    needed = int(np.ceil(labels_needed(target.risk, delta) * (1.0 if tail.equal else BETTING_COSTS)))
    missing = max(1, needed - there)
    reason = (
        f"It takes {needed:,} cohort labels without an error to show with {_confidence(target)} that "
        f"{target.in_words(target.risk)}. There are {there:,}: at least {missing:,} more are needed."
    )
    method: Literal["binomial", "betting"] = "binomial" if tail.equal else "betting"
    return Certificate(
        None, target, there, float("nan"), 1.0, tail.share, method, None, missing, reason, attempted=False
    )


def _count(tail: TailSample) -> str:
    return f"{tail.errors:.4g} {'error' if tail.errors == 1.0 else 'errors'} in {tail.of:,.0f} cohort labels"


def _confidence(target: RiskTarget) -> str:
    return f"{100.0 * (1.0 - target.delta):.3g} % confidence"
