"""The stored key orders as harm plus age does, at any moment."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review.verdicts.priority import AGE_WEIGHT, harm, priority

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


def test_an_old_case_overtakes_a_worse_new_one():
    assert priority(0.1, NOON - timedelta(hours=10)) > priority(1.0, NOON)


def test_harm_is_how_likely_times_how_bad():
    assert harm(0.5, "violence") == 0.5
    assert harm(0.5, "toxicity") == pytest.approx(0.3)


@given(st.floats(0, 1), st.floats(0, 1), st.integers(0, 500_000), st.integers(0, 500_000))
def test_it_orders_as_harm_plus_age(one, other, age_one, age_other):
    keys = [priority(h, NOON - timedelta(seconds=age)) for h, age in ((one, age_one), (other, age_other))]
    now = [h + AGE_WEIGHT * age / 3600 for h, age in ((one, age_one), (other, age_other))]
    assert keys[0] - keys[1] == pytest.approx(now[0] - now[1], abs=1e-6)
