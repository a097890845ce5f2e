"""Labels that estimates rest on: those on margins that the calibrator was fitted on the like of."""

import pytest

from review.policy.label_histograms import label_histograms
from tests.policy.cohorts import judged

pytestmark = pytest.mark.django_db


def test_a_text_of_several_windows_has_a_maximum_and_says_nothing(source, setup):
    judged(source, setup, [(2.0, True)] * 3)
    judged(source, setup, [(2.0, False)] * 2, windows=3)
    found = label_histograms(source, setup)["toxicity"]
    assert (found.labels.sum(), found.violating.sum()) == (3, 3)


def test_a_label_counts_for_its_likeliest_violation(source, setup):
    judged(source, setup, [(2.0, True)], category="violence")
    found = label_histograms(source, setup)
    assert {name: each.labels.sum() for name, each in found.items() if each.labels.any()} == {"violence": 1}
