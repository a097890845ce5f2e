"""Whether traffic or calibration moved."""

import math

import numpy as np
import pytest

from inference.reliability.drift import population_stability, rolling_errors


@pytest.mark.parametrize(
    ("before", "now", "says"), [([], [1.0], "empty"), ([1.0], [math.nan], "finite"), ([1.0], [[1.0]], "rows")]
)
def test_it_refuses_malformed_margins(before: object, now: object, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        population_stability(before, now)  # type: ignore[arg-type]


def test_the_index_is_the_formula() -> None:
    before, now = np.arange(100.0), np.r_[np.arange(50.0), np.arange(50.0)]
    p = np.full(10, 10.5 / 105.0)
    q = np.r_[np.full(5, 20.5), np.full(5, 0.5)] / 105.0
    found = population_stability(before, now)
    assert found.value == pytest.approx(float(((q - p) * np.log(q / p)).sum()))
    assert found.q95 == pytest.approx(16.919 * (1 / 100 + 1 / 100), rel=1e-4)  # chi2 with 9 degrees of freedom
    assert found.value > found.q95


def test_traffic_that_did_not_move_shows_what_chance_allows() -> None:
    rng = np.random.default_rng(0)
    found = [population_stability(rng.normal(size=900), rng.normal(size=400)) for _ in range(300)]
    assert np.mean([each.value for each in found]) == pytest.approx(9 * (1 / 900 + 1 / 400), rel=0.1)
    assert np.mean([each.value > each.q95 for each in found]) < 0.1


def test_ties_share_a_bin() -> None:
    found = population_stability(np.zeros(100), np.zeros(50))
    assert found.value < found.q95


def test_rolling_errors_show_when_probabilities_went_wrong() -> None:
    rng = np.random.default_rng(1)
    p = rng.uniform(0.1, 0.6, 2000)
    y = (rng.random(2000) < np.where(np.arange(2000) < 1000, p, p + 0.3)).astype(float)
    found = rolling_errors(np.arange(2000), p, y)
    assert len(found) == 19
    assert (found[0].start, found[0].end, found[0].labels) == (0.0, 199.0, 200)
    assert found[0].low < 0.0 < found[0].high
    assert found[-1].low > 0.15
    assert found[0].ece <= found[0].q95 < found[-1].ece
    shuffled = rng.permutation(2000)
    assert rolling_errors(np.arange(2000)[shuffled], p[shuffled], y[shuffled]) == found
    assert rolling_errors(np.arange(50), p[:50], y[:50]) == ()
    with pytest.raises(ValueError, match="a time"):
        rolling_errors([1.0], p, y)
