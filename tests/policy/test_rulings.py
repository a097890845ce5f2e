"""Rulings that estimates rest on: those on margins that the map was fitted on the like of."""

import pytest

from review.policy.cohort import rulings
from tests.policy.cohorts import judged

pytestmark = pytest.mark.django_db


def test_a_text_of_several_windows_has_a_maximum_and_says_nothing(source, judge):
    judged(source, judge, [(2.0, True)] * 3)
    judged(source, judge, [(2.0, False)] * 2, windows=3)
    found = rulings(source, judge)["toxicity"]
    assert (found.labels.sum(), found.violating.sum()) == (3, 3)


def test_a_ruling_counts_for_its_likeliest_violation(source, judge):
    judged(source, judge, [(2.0, True)], category="violence")
    found = rulings(source, judge)
    assert {name: each.labels.sum() for name, each in found.items() if each.labels.any()} == {"violence": 1}
