"""The offline temperature."""

import math

import numpy as np
import pytest

from inference.calibration.fitting import NotRising
from inference.temperature import fit_temperature


def test_it_finds_the_temperature_that_made_the_labels() -> None:
    rng = np.random.default_rng(0)
    margins = rng.normal(0, 4, 50_000)
    assert fit_temperature(margins, rng.random(50_000) < 1 / (1 + np.exp(-margins / 2.5))) == pytest.approx(
        2.5, rel=0.03
    )


def test_a_weight_is_a_repetition() -> None:
    rows = np.array([-2.0, -1.0, 0.5, 1.0, 3.0]), np.array([0.0, 1.0, 0.0, 1.0, 1.0]), np.array([3, 1, 1, 2, 1])
    repeated = fit_temperature(np.repeat(rows[0], rows[2]), np.repeat(rows[1], rows[2]))
    assert fit_temperature(*rows) == pytest.approx(repeated, rel=1e-6)


@pytest.mark.parametrize("targets", [[0, 1], [1, 0]])
def test_it_refuses_labels_without_a_finite_one(targets: list[int]) -> None:
    with pytest.raises(NotRising):
        fit_temperature([-1.0, 1.0], targets)


def test_it_refuses_malformed_labels() -> None:
    with pytest.raises(ValueError, match="finite"):
        fit_temperature([math.nan], [1])
