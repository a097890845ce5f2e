"""A reading adds up, whatever the numbers."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.calibration.category_probabilities import category_probabilities
from inference.categories import BENIGN, CATEGORIES

UNIFORM = (math.log(0.2),) * 5


def test_it_refuses_a_probability_outside_its_range() -> None:
    with pytest.raises(ValueError, match="0 to 1"):
        category_probabilities(1.01, UNIFORM)


def test_it_refuses_a_wrong_number_of_categories() -> None:
    with pytest.raises(ValueError, match="5 category"):
        category_probabilities(0.5, UNIFORM[:4])


def test_it_refuses_categories_that_are_all_impossible() -> None:
    with pytest.raises(ValueError, match="finite"):
        category_probabilities(0.5, (-math.inf,) * 5)


def test_it_names_the_likeliest_category_of_a_flagged_text() -> None:
    log_probs = tuple(math.log(share) for share in (0.1, 0.2, 0.4, 0.2, 0.1))
    reading = category_probabilities(0.75, log_probs)
    assert (reading.flag, reading.category, reading.confidence) == (True, "hate_speech", 0.75)
    assert reading.categories["hate_speech"] == pytest.approx(0.3)
    assert reading.categories[BENIGN] == 0.25


def test_it_calls_an_unflagged_text_benign() -> None:
    reading = category_probabilities(0.2, UNIFORM)
    assert (reading.flag, reading.category, reading.confidence) == (False, BENIGN, 0.8)


def test_one_half_is_flagged() -> None:
    assert category_probabilities(0.5, UNIFORM).flag


@given(st.floats(0, 1), st.lists(st.floats(-700, 700), min_size=5, max_size=5))
def test_categories_sum_to_one_in_order(probability: float, log_probs: list[float]) -> None:
    reading = category_probabilities(probability, log_probs)
    assert tuple(reading.categories) == (BENIGN, *CATEGORIES)
    assert math.fsum(reading.categories.values()) == pytest.approx(1.0)
