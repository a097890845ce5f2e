"""Venn-Abers: equal to its definition, and what its map keeps."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.isotonic import IsotonicRegression

from inference.calibration.calibrator_json import from_json
from inference.calibration.calibrators import VennAbers
from inference.calibration.fitting import fit
from inference.calibration.step_functions import pooled_ties
from inference.calibration.venn_abers import venn_abers


def drawn(n: int, seed: int, places: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    margins = np.round(rng.normal(0.0, 2.0, n), places)
    targets = np.where(rng.random(n) < 0.2, 0.5, rng.random(n) < 1.0 / (1.0 + np.exp(-margins)))
    return pooled_ties(margins, targets, rng.integers(1, 4, n).astype(float))


def by_definition(margins: np.ndarray, targets: np.ndarray, weights: np.ndarray, at: float, label: float) -> float:
    rows = np.r_[margins, at], np.r_[targets, label]
    found = IsotonicRegression().fit(*rows, sample_weight=np.r_[weights, 1.0]).predict([at])
    return float(found[0])


@settings(max_examples=25)
@given(seed=st.integers(0, 10_000), n=st.integers(2, 80), places=st.sampled_from([0, 1, 6]))
def test_it_equals_an_isotonic_fit_for_each_margin_and_label(seed: int, n: int, places: int) -> None:
    rows = drawn(n, seed, places)
    at, benign, violation = venn_abers(*rows)
    assert at == pytest.approx(rows[0])
    assert benign == pytest.approx([by_definition(*rows, margin, 0.0) for margin in at], abs=1e-12)
    assert violation == pytest.approx([by_definition(*rows, margin, 1.0) for margin in at], abs=1e-12)
    assert (np.diff(benign) >= -1e-12).all()
    assert (np.diff(violation) >= -1e-12).all()
    assert (benign < violation).all()


def test_many_margins_are_read_at_two_thousand_of_them() -> None:
    rows = drawn(30_000, 3, 9)
    at, benign, violation = venn_abers(*rows)
    assert 1_900 <= len(at) <= 2_000
    assert (at[0], at[-1]) == (rows[0][0], rows[0][-1])
    for index in range(0, len(at), 400):
        assert benign[index] == pytest.approx(by_definition(*rows, at[index], 0.0), abs=1e-12)
        assert violation[index] == pytest.approx(by_definition(*rows, at[index], 1.0), abs=1e-12)


def test_the_map_lies_within_its_interval_and_says_when_that_is_indicative() -> None:
    margins, targets, weights = drawn(1500, 4, 2)
    map_ = fit("venn_abers", margins, targets)
    assert isinstance(map_, VennAbers)
    low, high = map_.interval(margins)
    assert (low < high).all()
    assert np.mean((low - 0.01 <= map_.predict(margins)) & (map_.predict(margins) <= high + 0.01)) == 1.0
    assert not map_.indicative
    weighted = fit("venn_abers", margins, targets, weights)
    assert isinstance(weighted, VennAbers)
    assert weighted.indicative
    again = from_json(weighted.to_json())
    assert again == weighted
    assert isinstance(again, VennAbers)
    assert again.interval([0.3]) == weighted.interval([0.3])


def test_a_new_prior_moves_the_interval_along() -> None:
    map_ = fit("venn_abers", *drawn(1500, 4, 2)[:2])
    assert isinstance(map_, VennAbers)
    low, high = map_.shifted(-2.0).interval([0.0])
    assert low < map_.shifted(-2.0).predict([0.0]) < high < map_.interval([0.0])[1]
