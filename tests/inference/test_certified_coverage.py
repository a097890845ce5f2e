"""Certified margins keep what they promise: how often one does whose true risk exceeds its target."""

import numpy as np
import pytest

from inference.guarantees.certify import certify
from inference.guarantees.risk_targets import RiskTarget
from inference.guarantees.traffic import Traffic


def broken(target: RiskTarget, *, low: float, high: float, runs: int) -> int:
    """How many of so many runs certify a margin whose true risk exceeds the target.

    Ten margins; the risk beyond each is just above the target for the farthest ones, so every certificate breaks it.
    """
    rng = np.random.default_rng(0)
    margin = np.repeat(np.arange(1.0, 11.0), 2)
    found = 0
    for _ in range(runs):
        count = rng.multinomial(int(1500 / min(low, high)), np.full(10, 0.1))
        rate = np.where(np.arange(10) < 5, low, high)
        drawn = rng.binomial(count, rate)
        wrong = rng.binomial(drawn, target.risk * np.where(np.arange(10) < 5, 1.2, 1.02))
        rows = Traffic(
            margin=np.r_[margin, np.arange(1.0, 11.0)],
            rate=np.r_[np.repeat(rate, 2), rate],
            drawn=np.r_[np.ones(20, dtype=bool), np.zeros(10, dtype=bool)],
            violation=np.r_[np.tile([0.0, 1.0], 10), np.full(10, np.nan)],
            undecided=np.zeros(30, dtype=bool),
            count=np.r_[np.stack([wrong, drawn - wrong], axis=1).ravel(), count - drawn],
        )
        found += certify(rows, target, attempt=None).margin is not None
    return found


def test_promises_are_kept_at_equal_rates() -> None:
    assert 5 <= broken(RiskTarget("wrong_removals", 0.02), low=0.2, high=0.2, runs=400) <= 31


def test_promises_are_kept_at_unequal_rates() -> None:
    assert broken(RiskTarget("wrong_removals", 0.02), low=0.1, high=0.3, runs=400) <= 31


@pytest.mark.parametrize("rates", [(0.25, 0.25), (0.1, 0.4)])
def test_promises_about_a_class_are_kept(rates: tuple[float, float]) -> None:
    """10.4 % of violations lie at the lowest margin, where 10 % are promised at most; nothing else can be certified."""
    target, runs, found = RiskTarget("violations_allowed", 0.1), 400, 0
    rng = np.random.default_rng(1)
    rate, violations = np.repeat(rates, 2), np.array([0.104, 0.2, 0.3, 0.396])
    for _ in range(runs):
        counts = [rng.poisson(5_000 * violations), rng.poisson(20_000 * violations[::-1])]  # violations, benign
        drawn = [rng.binomial(count, rate) for count in counts]
        undrawn = sum(counts) - sum(drawn)
        rows = Traffic(
            margin=np.tile(np.arange(-4.0, 0.0), 3),
            rate=np.tile(rate, 3),
            drawn=np.repeat([True, True, False], 4),
            violation=np.repeat([1.0, 0.0, np.nan], 4),
            undecided=np.zeros(12, dtype=bool),
            count=np.concatenate([*drawn, undrawn]),
        )
        found += certify(rows, target, above=False, attempt=None).margin is not None
    assert found <= 31
