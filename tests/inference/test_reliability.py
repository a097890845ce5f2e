"""Curves, calibration errors and their floors."""

import math

import numpy as np
import pytest
import relplot
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.reliability.binned_rows import binned_rows
from inference.reliability.brier import brier_parts_of
from inference.reliability.curves import effective_size, log_losses, reliability, scaled_to_effective, wilson
from inference.reliability.smooth_ece import smooth_ece, smooth_ece_floor


def truthful(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities that are kept, and labels drawn from them."""
    rng = np.random.default_rng(seed)
    p = rng.beta(0.5, 1.5, n).clip(0.001, 0.999)
    return p, (rng.random(n) < p).astype(float)


def brier(p: object, y: object, w: object = None) -> float:
    return brier_parts_of(binned_rows(p, y, w)).brier  # type: ignore[arg-type]


figures = pytest.mark.parametrize("figure", [reliability, brier, smooth_ece])


@figures
@pytest.mark.parametrize(
    ("p", "y", "w", "says"),
    [
        ([0.2, math.nan], [0, 1], None, "finite"),
        ([0.2, 1.1], [0, 1], None, "probabilities"),
        ([0.2, -0.1], [0, 1], None, "probabilities"),
        ([0.2, 0.3], [0, 2], None, "targets"),
        ([0.2, 0.3], [0], None, "one length"),
        ([0.2, 0.3], [0, 1], [0, 0], "all zero"),
    ],
)
def test_it_refuses_malformed_rows(figure: object, p: object, y: object, w: object, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        figure(p, y, w)  # type: ignore[operator]


def test_the_error_of_two_clean_groups_is_their_mean_gap() -> None:
    p = np.repeat([0.1, 0.9], 100)
    y = np.r_[np.ones(30), np.zeros(70), np.ones(80), np.zeros(20)]
    found = reliability(p, y)
    assert [bin.observed for bin in found.bins] == pytest.approx([0.3, 0.8])
    assert [bin.count for bin in found.bins] == [100, 100]
    assert found.ece == pytest.approx(0.5 * 0.2 + 0.5 * 0.1)
    assert brier(p, y) == pytest.approx((30 * 0.81 + 70 * 0.01 + 80 * 0.01 + 20 * 0.81) / 200)


def test_log_loss_of_a_sure_mistake_is_large_and_finite() -> None:
    assert log_losses([1.0], [0.0])[0] == pytest.approx(-math.log(1e-12), rel=1e-6)
    assert log_losses([0.25, 0.5], [1, 0]) == pytest.approx([math.log(4), math.log(2)])


@pytest.mark.parametrize(("n", "bins"), [(60, 5), (400, 8), (5000, 15)])
def test_bins_follow_the_number_of_labels(n: int, bins: int) -> None:
    found = reliability(*truthful(n))
    assert len(found.bins) == bins
    assert sum(bin.count for bin in found.bins) == n
    assert max(bin.count for bin in found.bins) - min(bin.count for bin in found.bins) <= 1


def test_equal_probabilities_share_a_bin() -> None:
    found = reliability(np.full(300, 0.2), np.r_[np.ones(60), np.zeros(240)])
    assert len(found.bins) == 1
    assert found.bins[0].interval == pytest.approx(wilson(0.2, 300))


def test_wilson_agrees_with_the_published_interval() -> None:
    assert wilson(0.0, 10) == pytest.approx((0.0, 0.2775), abs=1e-4)
    assert wilson(0.5, 10) == pytest.approx((0.2366, 0.7634), abs=1e-4)
    assert wilson(0.5, 0) == (0.0, 1.0)


def test_effective_size_is_kishs() -> None:
    assert effective_size([1, 1, 1, 1]) == 4.0
    assert effective_size([3, 1]) == pytest.approx(16 / 10)
    assert effective_size([]) == 0.0
    assert scaled_to_effective([3.0, 1.0]).sum() == pytest.approx(1.6)


def test_truthful_probabilities_stay_within_their_floor() -> None:
    found = [reliability(*truthful(500, seed), seed=seed) for seed in range(40)]
    within = sum(each.floor.q05 <= each.ece <= each.floor.q95 for each in found)
    assert within >= 30
    assert np.mean([each.ece for each in found]) == pytest.approx(np.mean([each.floor.mean for each in found]), rel=0.1)
    assert np.mean([each.ece_debiased for each in found]) < 0.7 * np.mean([each.ece for each in found])


def test_the_band_holds_truthful_bins_and_not_shifted_ones() -> None:
    p, y = truthful(5000)
    inside = [bin.band[0] <= bin.observed <= bin.band[1] for bin in reliability(p, y).bins]
    shifted = reliability(p * 0.5, y).bins
    assert sum(inside) >= len(inside) - 2
    assert not any(bin.band[0] <= bin.observed <= bin.band[1] for bin in shifted[-5:])


def test_weights_move_the_curve_to_what_was_sampled_from() -> None:
    """Violations drawn at half the rate, weighted back by it, give the curve of everything."""
    p, y = truthful(40_000)
    kept = (y == 0.0) | (np.random.default_rng(1).random(len(y)) < 0.5)
    weights = np.where(y == 1.0, 2.0, 1.0)
    assert reliability(p[kept], y[kept], weights[kept]).ece < 0.02
    assert reliability(p[kept], y[kept]).ece > 0.04


@settings(max_examples=20)
@given(seed=st.integers(0, 1000), n=st.integers(60, 400))
def test_the_order_of_rows_leaves_no_trace(seed: int, n: int) -> None:
    p, y = truthful(n, seed)
    shuffled = np.random.default_rng(seed).permutation(n)
    one, other = reliability(p, y), reliability(p[shuffled], y[shuffled])
    assert one.ece == pytest.approx(other.ece, abs=1e-12)
    assert one.floor.q95 == pytest.approx(other.floor.q95, abs=1e-12)
    assert smooth_ece(p, y) == pytest.approx(smooth_ece(p[shuffled], y[shuffled]), abs=1e-9)


def slow_smooth_ece(p: np.ndarray, y: np.ndarray) -> float:
    """The definition, written out: residuals under a reflected Gaussian kernel, integrated on a fine grid."""
    t = (np.arange(4000) + 0.5) / 4000

    def error(width: float) -> float:
        centres = np.concatenate([sign * p + 2.0 * turn for turn in range(-2, 3) for sign in (1.0, -1.0)])
        kernel = np.exp(-(((t[:, None] - centres) / width) ** 2) / 2) / (width * math.sqrt(2 * math.pi))
        return float(np.abs(kernel @ np.tile(y - p, 10)).mean() / len(p))

    low, high = 1e-3, 1.0
    for _ in range(14):
        middle = (low + high) / 2
        low, high = (low, middle) if error(middle) < middle else (middle, high)
    return (low + high) / 2


@pytest.mark.parametrize(("shift", "power"), [(0.0, 1.0), (0.4, 1.0), (0.0, 3.0)])
def test_smooth_ece_agrees_with_its_definition(shift: float, power: float) -> None:
    p, y = truthful(200, 3)
    p = np.clip(p**power + shift, 0.0, 1.0)
    assert smooth_ece(p, y) == pytest.approx(slow_smooth_ece(p, y), abs=1e-3)


@pytest.mark.parametrize("n", [60, 700, 5000])
@pytest.mark.parametrize("power", [1.0, 0.5, 2.0])
def test_smooth_ece_equals_its_authors_own(n: int, power: float) -> None:
    """Away from the very ends: relplot counts what it rounds to 0 or 1 by half, where reflection keeps all of it."""
    p, y = truthful(n, n)
    p = np.clip(p**power, 0.001, 0.999)
    assert smooth_ece(p, y) == pytest.approx(relplot.smECE(p, y), abs=1e-3)


def test_smooth_ece_of_truthful_probabilities_is_near_its_floor() -> None:
    p, y = truthful(2000, 5)
    floor = smooth_ece_floor(p)
    assert floor.q05 * 0.7 <= smooth_ece(p, y) <= floor.q95 * 1.3
    assert smooth_ece(p * 0.5, y) > 2 * floor.q95


def test_a_hundred_thousand_rows_are_quick_because_they_pool() -> None:
    p, y = truthful(100_000)
    found = reliability(p, y)
    assert len(found.bins) == 15
    assert found.floor.q95 < 0.006
