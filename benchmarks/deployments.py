"""A year of a made-up source with known truth: traffic, a cohort drawn by policy, and nightly derivations.

Messages come at 121 margins, counted by night; nothing is decided by single messages, and what derives the rung is
moddog's own `certify`. The cohort rate is 20 % on the flagged side while a rung is not certified, then 5 % beyond it
(brought up to date every four weeks), and 2 % elsewhere; one case in 1,000 is never decided. A derivation is due every
night, and attempts a certification whenever a quarter more labels are there.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from inference.guarantees.certify import attempt_is_due, certify
from inference.guarantees.risk_targets import RiskTarget
from inference.guarantees.traffic import Traffic

Array = NDArray[np.float64]
NIGHTS = 365
MARGINS = np.linspace(-9.0, 9.0, 121)
FLAGGED = MARGINS >= 0.0
RISK_TARGET = RiskTarget("wrong_removals", 0.01)
SUPERVISED, FLOOR, ELSEWHERE = 0.2, 0.05, 0.02
RATES_EVERY = 28  # nights
UNDECIDED = 0.001  # of the cohort
NAIVE_LEAST = 50  # labels beyond a margin before the naive way believes them


@dataclass(frozen=True)
class Source:
    """What is true of a source: messages a day, the share of each margin, and how often each is a violation."""

    volume: float
    share: Array
    violation: Array

    def risk(self, margin: float | None) -> float:
        """The true share of benign messages at and beyond a margin; 0 where nothing is removed."""
        beyond = _beyond(margin)
        mass = float(self.share[beyond].sum())
        return float((self.share * (1.0 - self.violation))[beyond].sum()) / mass if mass else 0.0

    def beyond(self, margin: float | None) -> float:
        """The share of messages at and beyond a margin."""
        return float(self.share[_beyond(margin)].sum())

    def lowest(self, risk: float) -> float | None:
        """The lowest flagged margin whose true risk is at most `risk`."""
        return next((margin for margin in MARGINS[FLAGGED].tolist() if self.risk(margin) <= risk), None)

    @property
    def best(self) -> float:
        """The least true risk that any rung on the flagged side has."""
        return min(self.risk(margin) for margin in MARGINS[FLAGGED])

    def worsened(self, benign: float) -> "Source":
        """The same traffic when reviewers call at least this share benign at every margin."""
        return Source(self.volume, self.share, np.minimum(self.violation, 1.0 - benign))


@dataclass(frozen=True)
class Year:
    """What came of a year: by night the rung in force (None: all to people), the naive one, and what it did.

    `outcomes` are each night's automatic removals, (nights, supervised or floor rate, 3): not known to be wrong or
    right (undrawn or undecided), right, wrong. `attempts` is how many certifications were attempted.
    """

    rungs: list[float | None]
    naive: list[float | None]
    outcomes: NDArray[np.int64]
    attempts: int = 0


def made_source(rng: np.random.Generator, *, hopeless: bool) -> Source:
    """Two bells of margins; reviewers see a little of everything as benign, in hopeless ones above the target."""
    prior = rng.uniform(0.05, 0.3)
    benign = norm.pdf(MARGINS, rng.normal(-3.0, 0.4), 1.8) * (1.0 - prior)
    violation = norm.pdf(MARGINS, rng.normal(3.0, 0.8), 1.8) * prior
    floor = rng.uniform(0.0101, 0.013) if hopeless else rng.uniform(0.0, 0.005)
    share = benign + violation
    return Source(float(rng.integers(1_000, 10_000)), share / share.sum(), np.minimum(violation / share, 1.0 - floor))


def lived(source: Source, rng: np.random.Generator, later: Source | None = None, turns: int = NIGHTS) -> Year:
    """A year with nightly derivations; from night `turns` on the truth is that of `later`."""
    counts = np.zeros((1, 4, len(MARGINS)), dtype=np.int64)  # by epoch: undrawn, benign, violation, undecided
    rates, year = [_rates(None)], Year([], [], np.zeros((NIGHTS, 2, 3), dtype=np.int64))
    rung, attempt, seen = None, 1, 0
    for night in range(NIGHTS):
        if night % RATES_EVERY == 0 and (fresh := _rates(rung)).tolist() != rates[-1].tolist():
            rates.append(fresh)
            counts = np.concatenate([counts, np.zeros_like(counts[:1])])
        came = _night(source if later is None or night < turns else later, rates[-1], rng)
        counts[-1] += came
        year.outcomes[night] = _removed(came, rates[-1], rung)
        if attempt_is_due(seen, int(counts[:, 1:, FLAGGED].sum())):
            found = certify(_traffic(counts, np.array(rates)), RISK_TARGET, attempt=attempt)
            attempt, seen = attempt + found.attempted, found.seen
            rung = rung if found.margin is None else found.margin
        year.rungs.append(rung)
        year.naive.append(_naive(counts.sum(axis=0)))
    return replace(year, attempts=attempt - 1)


def _beyond(margin: float | None) -> NDArray[np.bool_]:
    return np.zeros(len(MARGINS), dtype=bool) if margin is None else np.greater_equal(MARGINS, margin)


def _rates(rung: float | None) -> Array:
    flagged = np.where(FLAGGED, SUPERVISED, ELSEWHERE)
    return np.where(_beyond(rung), FLOOR, flagged)


def _night(truth: Source, rates: Array, rng: np.random.Generator) -> NDArray[np.int64]:
    messages = rng.poisson(truth.volume * truth.share)
    drawn = rng.binomial(messages, rates)
    undecided = rng.binomial(drawn, UNDECIDED)
    violations = rng.binomial(drawn - undecided, truth.violation)
    return np.stack([messages - drawn, drawn - undecided - violations, violations, undecided])


def _removed(came: NDArray[np.int64], rates: Array, rung: float | None) -> NDArray[np.int64]:
    """Automatic removals of a night; those beyond a new rung are drawn at two rates."""
    at = [_beyond(rung) & (rates == rate) for rate in (SUPERVISED, FLOOR)]
    undrawn, benign, violations, undecided = came
    return np.array([[(undrawn + undecided)[each].sum(), violations[each].sum(), benign[each].sum()] for each in at])


def _traffic(counts: NDArray[np.int64], rates: Array) -> Traffic:
    """Every message so far, those alike counted."""
    epochs, kinds, _ = counts.shape
    kind = np.broadcast_to(np.arange(kinds)[None, :, None], counts.shape).ravel()
    return Traffic(
        margin=np.broadcast_to(MARGINS, counts.shape).ravel(),
        rate=np.broadcast_to(rates[:, None, :], counts.shape).ravel(),
        drawn=kind > 0,
        violation=np.choose(kind, [np.nan, 0.0, 1.0, np.nan]),
        undecided=kind == 3,
        count=counts.ravel().astype(float),
        rate_period=np.broadcast_to(np.arange(epochs)[:, None, None], counts.shape).ravel(),
    )


def _naive(counts: NDArray[np.int64]) -> float | None:
    """The lowest flagged margin beyond which at most the risk target's share of the labels so far was wrong."""
    benign, labels = (np.cumsum(column[::-1])[::-1] for column in (counts[1], counts[1:3].sum(axis=0)))
    kept = (labels >= NAIVE_LEAST) & (benign <= RISK_TARGET.risk * labels) & FLAGGED
    return float(MARGINS[kept].min()) if kept.any() else None
