"""Figures read off counted rows: the fast path against the plain one, Brier's parts, and risk-coverage."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.reliability import binned_rows as binning
from inference.reliability.binned_rows import binned_rows
from inference.reliability.brier import Brier, brier_parts_of
from inference.reliability.curves import reliability, risk_coverage, wilson
from inference.reliability.smooth_ece import smooth_ece, smooth_ece_floor


def labels(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Probabilities that are a little wrong, soft targets, and weights of three sizes."""
    rng = np.random.default_rng(seed)
    p = rng.beta(0.5, 1.5, n)
    y = np.where(rng.random(n) < 0.1, 0.5, rng.random(n) < p**1.2)
    return p, y, rng.choice([1.0, 2.0, 10.0], n)


def brier(p: np.ndarray, y: np.ndarray, w: np.ndarray) -> float:
    return float(np.average(np.square(p - y), weights=w))


def brier_parts(p: np.ndarray, y: np.ndarray, w: np.ndarray | None = None, *, seed: int = 0) -> Brier:
    return brier_parts_of(binned_rows(p, y, w), seed=seed)


def test_many_rows_give_the_figures_of_the_plain_way(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = labels(30_000)
    fast = reliability(*rows), brier_parts(*rows), smooth_ece(*rows), risk_coverage(*rows)
    assert len(binned_rows(*rows).count) < 25_000
    monkeypatch.setattr(binning, "EXACT", 10**9)
    plain = reliability(*rows), brier_parts(*rows), smooth_ece(*rows), risk_coverage(*rows)
    assert fast[0].ece == pytest.approx(plain[0].ece, abs=1e-4)
    assert fast[0].ece_debiased == pytest.approx(plain[0].ece_debiased, abs=1e-4)
    assert fast[0].floor.q95 == pytest.approx(plain[0].floor.q95, rel=0.1)
    assert fast[1].brier == pytest.approx(plain[1].brier, abs=1e-6)
    assert fast[1].brier == pytest.approx(brier(*rows), abs=1e-6)
    assert fast[2] == pytest.approx(plain[2], abs=1e-4)
    assert [point.risk for point in fast[3]] == pytest.approx([point.risk for point in plain[3]], abs=2e-3)


@pytest.mark.parametrize("repeated", [3, 20])
def test_a_weight_is_a_repetition_but_for_the_counts(repeated: int) -> None:
    p, y, _ = labels(900)
    cells, times = (
        binned_rows(p, y, np.full(900, float(repeated))),
        binned_rows(np.repeat(p, repeated), np.repeat(y, repeated)),
    )
    assert cells.weight == pytest.approx(times.weight)
    assert cells.violations == pytest.approx(times.violations)
    assert cells.count.sum() * repeated == times.count.sum()


@settings(max_examples=25)
@given(seed=st.integers(0, 1000), n=st.integers(20, 400))
def test_briers_parts_add_up(seed: int, n: int) -> None:
    found = brier_parts(*labels(n, seed))
    assert found.brier == pytest.approx(brier(*labels(n, seed)))
    assert found.reliability - found.resolution + found.uncertainty + found.within == pytest.approx(found.brier)
    assert min(found.reliability, found.resolution, found.uncertainty) >= 0.0


def test_briers_parts_of_two_clean_groups() -> None:
    p = np.repeat([0.1, 0.9], 100)
    y = np.r_[np.ones(30), np.zeros(70), np.ones(80), np.zeros(20)]
    found = brier_parts(p, y)
    assert found.reliability == pytest.approx((0.2**2 + 0.1**2) / 2)
    assert found.resolution == pytest.approx((0.25**2 + 0.25**2) / 2)
    assert found.uncertainty == pytest.approx(0.55 * 0.45)
    assert found.within == pytest.approx(0.0, abs=1e-12)
    assert found.reliability > found.floor.q95


def test_truthful_probabilities_stay_within_the_floor_of_every_figure() -> None:
    rng = np.random.default_rng(4)
    inside = np.zeros(3)
    for seed in range(30):
        p = rng.beta(0.5, 1.5, 600)
        y = rng.random(600) < p
        curve, parts, floor = reliability(p, y, seed=seed), brier_parts(p, y, seed=seed), smooth_ece_floor(p, seed=seed)
        inside += [
            curve.ece_debiased <= curve.debiased_floor.q95,
            parts.reliability <= parts.floor.q95,
            smooth_ece(p, y) <= floor.q95,
        ]
    assert (inside >= 24).all()


def test_risk_rises_with_coverage_where_confidence_is_worth_something() -> None:
    p, y, w = labels(5000)
    found = risk_coverage(p, y, w, points=20)
    assert len(found) == 20
    assert found[-1].coverage == pytest.approx(1.0)
    assert found[-1].risk == pytest.approx(np.average(np.where(p >= 0.5, 1 - y, y), weights=w))
    assert found[0].risk < found[-1].risk
    assert all(point.low <= point.risk <= point.high for point in found)


def test_equal_confidences_are_covered_together() -> None:
    found = risk_coverage([0.9, 0.1, 0.6], [1, 1, 0])
    assert [(point.confidence, point.coverage, point.risk) for point in found] == [
        (0.9, pytest.approx(2 / 3), 0.5),
        (0.6, 1.0, pytest.approx(2 / 3)),
    ]
    assert (found[0].low, found[0].high) == wilson(0.5, 2)
