"""AUROC, coverage, choosing, folds and resampling."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from inference.calibration.calibrators import KINDS
from inference.calibration.fitting import CannotFit
from inference.calibration.selection import cross_fitted, paired_difference, select_calibrator
from inference.reliability.ranking import auroc, coverage_at, rightness, upper_bound, zero_false_positive_threshold
from inference.reliability.resampling import bootstrap_intervals, group_folds, grouped_share, mean_by_weights


def test_auroc_counts_ties_one_half() -> None:
    assert auroc([0.1, 0.5, 0.5, 0.9], [0, 0, 1, 1]) == pytest.approx(3.5 / 4)
    assert auroc([1.0, 1.0], [0, 1]) == 0.5


def test_auroc_needs_both_classes() -> None:
    assert auroc([0.1, 0.2], [1, 1]) is None
    with pytest.raises(ValueError, match="finite"):
        auroc([math.nan, 1.0], [0, 1])


@settings(max_examples=40)
@given(st.integers(0, 10_000))
def test_auroc_agrees_with_scikit_learn(seed: int) -> None:
    rng = np.random.default_rng(seed)
    scores, targets = rng.integers(0, 20, 80) / 20, rng.integers(0, 2, 80)
    targets[:2] = [0, 1]
    weights = rng.integers(1, 5, 80).astype(float)
    assert auroc(scores, targets, weights) == pytest.approx(roc_auc_score(targets, scores, sample_weight=weights))


def test_confidence_is_judged_by_the_flag_being_right() -> None:
    confidence, right = rightness([3.0, -2.0, 1.0, -0.5], [1, 0, 0, 1])
    assert list(confidence) == [3.0, 2.0, 1.0, 0.5]
    assert list(right) == [1, 1, 0, 0]
    assert auroc(confidence, right) == 1.0


def test_the_threshold_lies_above_the_most_confident_false_positive() -> None:
    p, y = [0.99, 0.95, 0.9, 0.03, 0.6], [1, 1, 0, 0, 1]
    assert zero_false_positive_threshold(p, y) == 0.95
    assert zero_false_positive_threshold([0.7, 0.2], [1, 0]) == 0.7
    assert zero_false_positive_threshold([0.7, 0.2], [0, 0]) == 0.8
    assert zero_false_positive_threshold([0.9, 0.2], [0, 0]) == math.inf


def test_coverage_counts_what_would_be_done() -> None:
    found = coverage_at(0.9, [0.99, 0.95, 0.05, 0.02, 0.5], [1, 0, 0, 1, 1])
    assert (found.covered, found.removed) == (0.8, 0.5)
    assert (found.removals, found.false_positives, found.misses) == (2, 1, 1)
    nothing = coverage_at(math.inf, [0.99], [1])
    assert (nothing.covered, nothing.removed, nothing.bound) == (0.0, 0.0, 1.0)


def test_no_error_in_299_bounds_the_rate_at_one_percent() -> None:
    assert upper_bound(0, 299) == pytest.approx(0.01, abs=4e-5)
    assert upper_bound(3, 3) == 1.0


def test_folds_keep_groups_together_and_even() -> None:
    groups = np.repeat(np.arange(40), 5)
    folds = group_folds(groups, 5)
    assert all(len(set(folds[groups == group])) == 1 for group in range(40))
    assert list(np.bincount(folds)) == [40] * 5


@settings(max_examples=20)
@given(st.integers(0, 1000))
def test_folds_do_not_depend_on_the_order_of_rows(seed: int) -> None:
    rng = np.random.default_rng(seed)
    groups = rng.integers(0, 30, 100)
    shuffled = rng.permutation(100)
    assert (group_folds(groups, 5)[shuffled] == group_folds(groups[shuffled], 5)).all()


def interval(statistic, n, groups):
    return bootstrap_intervals({"it": statistic}, np.ones(n), groups)["it"]


def test_a_bootstrap_interval_is_about_two_standard_errors_wide() -> None:
    found = interval(mean_by_weights(np.random.default_rng(0).normal(0, 1, 900)), 900, np.arange(900))
    assert found[1] - found[0] == pytest.approx(2 * 1.96 / 30, rel=0.15)


def test_a_bootstrap_draws_whole_groups() -> None:
    values = np.repeat(np.random.default_rng(0).normal(0, 1, 30), 30)
    found = interval(mean_by_weights(values), 900, np.repeat(np.arange(30), 30))
    assert found[1] - found[0] > 0.5


def test_a_bootstrap_knows_what_it_cannot_say() -> None:
    assert interval(lambda weights: 1.0, 3, [1, 1, 1]) is None
    assert interval(lambda weights: math.nan, 3, [1, 2, 3]) is None


def test_a_paired_difference_counts_groups() -> None:
    found = paired_difference(np.array([1.0, 1.0, -1.0, -1.0]), np.ones(4), [0, 0, 1, 1])
    assert (found.mean, found.error) == (0.0, pytest.approx(1.0))
    assert paired_difference(np.array([1.0, 1.0]), np.ones(2), [0, 0]).error == math.inf


def test_it_chooses_the_simplest_kind_that_is_as_good_as_the_best() -> None:
    rng = np.random.default_rng(2)
    margins = rng.normal(0, 2.5, 3000)
    straight = (rng.random(3000) < 1 / (1 + np.exp(-margins))).astype(float)
    bent = (rng.random(3000) < np.where(margins < 0, 0.02, 0.9)).astype(float)
    assert select_calibrator(margins, straight, np.ones(3000), np.arange(3000)).selected.kind == "platt"
    assert select_calibrator(margins, bent, np.ones(3000), np.arange(3000)).selected.kind != "platt"


def test_a_choice_says_why_kinds_were_left_out() -> None:
    rng = np.random.default_rng(2)
    margins = rng.normal(0, 2.5, 100)
    found = select_calibrator(margins, rng.random(100) < 1 / (1 + np.exp(-margins)), np.ones(100), np.arange(100))
    assert found.selected.kind == "platt"
    assert "50 labels" in found.left_out["isotonic"]


def test_cross_fitting_never_uses_a_row_on_itself() -> None:
    rng = np.random.default_rng(3)
    margins = rng.normal(0, 2, 400)
    targets = (rng.random(400) < 1 / (1 + np.exp(-margins))).astype(float)
    folds = group_folds(np.arange(400), 5)
    before = cross_fitted("isotonic", margins, targets, np.ones(400), folds)
    targets[7] = 1.0 - targets[7]
    after = cross_fitted("isotonic", margins, targets, np.ones(400), folds)
    here = folds == folds[7]
    assert (before[here] == after[here]).all()
    assert (before[~here] != after[~here]).any()


def test_a_pinned_kind_is_chosen_or_refused() -> None:
    rng = np.random.default_rng(2)
    margins = rng.normal(0, 2.5, 100)
    rows = margins, rng.random(100) < 1 / (1 + np.exp(-margins)), np.ones(100), np.arange(100)
    assert select_calibrator(*rows, kind="platt").calibrator.kind == "platt"
    with pytest.raises(CannotFit, match="beta needs 50"):
        select_calibrator(*rows, kind="beta")
    with pytest.raises(ValueError, match="no calibrator is called"):
        select_calibrator(*rows, kind="temperature")


def test_a_histogram_is_compared_but_never_chosen_by_itself() -> None:
    rng = np.random.default_rng(5)
    margins = rng.uniform(-1, 1, 4000)
    stairs = rng.random(4000) < np.repeat([0.1, 0.3, 0.5, 0.7, 0.9], 800)[np.argsort(np.argsort(margins))]
    rows = margins, stairs, np.ones(4000), np.arange(4000)
    found = select_calibrator(*rows)
    assert {each.kind for each in found.compared} == set(KINDS)
    assert found.selected.kind != "histogram"
    assert select_calibrator(*rows, kind="histogram").selected.kind == "histogram"


@pytest.mark.parametrize("authors", [5, 8, 20, 35, 300])
@pytest.mark.parametrize("share", [0.1, 0.25, 0.5])
def test_about_a_share_of_the_rows_is_taken_whole_groups_together(authors: int, share: float) -> None:
    groups = np.repeat(np.arange(authors), 10)
    taken = grouped_share(groups, share)
    by_author = taken.reshape(authors, 10)
    assert (by_author.all(axis=1) | ~by_author.any(axis=1)).all()
    assert abs(taken.mean() - share) <= 0.5 / authors + 1e-9


def test_the_biggest_group_is_not_taken_and_a_few_others_are() -> None:
    sizes = [int(200 / rank) for rank in range(1, 21)]
    groups = np.repeat(np.arange(len(sizes)), sizes)
    taken = grouped_share(groups, 0.25, seed=3)
    assert not taken[groups == 0].any()
    assert taken.mean() == pytest.approx(0.25, abs=0.02)
    assert (taken == grouped_share(groups, 0.25, seed=3)).all()
