"""Certified margins: bad input, the published numbers, and what never changes."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.guarantees.bounds import allowed_errors, delta_of_attempt, labels_needed
from inference.guarantees.certify import Certificate, attempt_is_due, certify
from inference.guarantees.risk_targets import RiskTarget
from inference.guarantees.traffic import Traffic, all_labelled

WRONG = RiskTarget("wrong_removals", 0.01)
TARGETS = (
    WRONG,
    RiskTarget("false_positives_per_benign", 0.01),
    RiskTarget("misses_per_allowed", 0.01),
    RiskTarget("violations_allowed", 0.1),
)
COLUMNS = ("margin", "rate", "drawn", "violation", "undecided")
targets_of_every_kind = pytest.mark.parametrize("target", TARGETS, ids=[target.kind for target in TARGETS])


def traffic(n: int, seed: int = 0, *, low: float = 0.2, high: float = 0.2, soft: bool = False) -> Traffic:
    """Messages whose violations follow their margins, drawn at `high` above the margin 1 and at `low` below."""
    rng = np.random.default_rng(seed)
    margin = np.round(rng.normal(0.0, 3.0, n), 1)
    rate = np.where(margin >= 1.0, high, low)
    drawn = rng.random(n) < rate
    ruled = (rng.random(n) < 1.0 / (1.0 + np.exp(-2.0 * margin))).astype(float)
    if soft:
        ruled = np.where(rng.random(n) < 0.1, 0.5, ruled)
    undecided = drawn & (rng.random(n) < 0.002)
    return Traffic(margin, rate, drawn, np.where(drawn & ~undecided, ruled, np.nan), undecided)


def derived(rows: Traffic, target: RiskTarget, **options: object) -> Certificate:
    return certify(rows, target, above=target.above, **options)  # type: ignore[arg-type]


def row(**changes: object) -> Traffic:
    columns = {"margin": [1.0], "rate": [0.5], "drawn": [True], "violation": [1.0], "undecided": [False]}
    return Traffic(**{name: np.array(value) for name, value in (columns | changes).items()})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"margin": [math.nan]}, "finite"),
        ({"rate": [0.0]}, "rates"),
        ({"rate": [1.1]}, "rates"),
        ({"rate": [math.nan]}, "rates"),
        ({"violation": [math.nan]}, "labelled"),
        ({"violation": [2.0]}, "labelled"),
        ({"drawn": [False], "undecided": [True]}, "labelled"),
        ({"margin": [1.0, 2.0]}, "one length"),
        ({"count": [0]}, "whole numbers"),
        ({"count": [1.5]}, "whole numbers"),
        ({"rate_period": [-1]}, "numbered from 0"),
        ({"rate_period": [0.5]}, "numbered from 0"),
        ({"margin": [], "rate": [], "drawn": [], "violation": [], "undecided": []}, "all zero"),
    ],
)
def test_it_refuses_malformed_traffic(changes: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        certify(row(**changes), WRONG)


def test_it_refuses_the_side_that_a_target_is_not_about() -> None:
    with pytest.raises(ValueError, match="above"):
        certify(row(), WRONG, above=False)
    with pytest.raises(ValueError, match="counted from 1"):
        certify(row(), WRONG, attempt=0)


@pytest.mark.parametrize(
    ("n", "errors", "certifies"), [(298, 0, False), (299, 0, True), (473, 1, True), (473, 2, False), (773, 3, True)]
)
def test_it_certifies_from_299_labels_on(n: int, errors: int, certifies: bool) -> None:
    targets = np.ones(n)
    targets[:errors] = 0.0
    found = certify(all_labelled(np.linspace(8, 1, n), targets), WRONG, attempt=None)
    assert (found.margin is not None) == certifies
    assert (found.bound <= 0.01) == certifies
    assert (found.missing == 0) == certifies


def test_it_says_what_is_missing() -> None:
    few = certify(all_labelled(np.linspace(8, 1, 200), np.ones(200)), WRONG, attempt=None)
    assert (few.missing, few.attempted, few.labels) == (99, False, 200)
    assert few.reason == (
        "It takes 299 cohort labels without an error to show with 95 % confidence that at most 1 % of what is removed "
        "is benign. There are 200: at least 99 more are needed."
    )
    bad = certify(all_labelled(np.linspace(8, 1, 300), np.r_[np.zeros(1), np.ones(299)]), WRONG, attempt=None)
    assert (bad.missing, bad.attempted) == (174, True)
    assert bad.reason == (
        "1 error in 299 cohort labels at the first margin tested: with 95 % confidence they show only that at most "
        "1.58 % of what is removed is benign. Without a further error, 174 more labels there would be enough."
    )
    good = certify(all_labelled(np.linspace(8, 1, 300), np.ones(300)), WRONG, attempt=None)
    assert (
        good.reason
        == "With 95 % confidence, at most 0.997 % of what is removed is benign: 0 errors in 299 cohort labels."
    )


def test_unequal_rates_take_a_fifth_more() -> None:
    rows = all_labelled(np.linspace(8, 1, 300), np.ones(300))
    few = certify(replace(rows, rate=np.linspace(0.5, 1.0, 300)), WRONG, attempt=None)
    assert (few.method, few.attempted, few.labels, few.missing) == ("betting", False, 300, 59)


def test_it_stops_at_the_first_failure() -> None:
    margins = np.linspace(10, 0.1, 3000)
    found = certify(all_labelled(margins, margins > 5), WRONG)
    assert found.margin is not None
    assert 4.9 < found.margin < 6.0


def test_the_other_side_is_its_mirror_image() -> None:
    rows = all_labelled(np.linspace(-10, 10, 4000), np.linspace(-10, 10, 4000) > 3.0)
    mirrored = replace(rows, margin=-rows.margin, violation=1.0 - rows.violation)
    one, other = certify(rows, WRONG), certify(mirrored, RiskTarget("misses_per_allowed", 0.01), above=False)
    assert one.margin is not None
    assert other.margin == -one.margin
    assert (one.labels, one.errors, one.bound) == (other.labels, other.errors, other.bound)


def test_the_walk_keeps_to_its_limits() -> None:
    rows = all_labelled(np.linspace(-10, 10, 4000), np.ones(4000))
    assert certify(rows, WRONG).margin == pytest.approx(0.0, abs=0.5)
    assert certify(rows, WRONG, until=2.0).margin == pytest.approx(2.0, abs=0.5)
    few = certify(rows, WRONG, at_most=0.3)
    assert few.margin is not None
    assert 0.25 < few.share <= 0.3


def test_later_attempts_ask_for_more() -> None:
    assert sum(delta_of_attempt(0.05, attempt) for attempt in range(1, 2000)) == pytest.approx(0.05, abs=1e-4)
    rows = all_labelled(np.linspace(8, 1, 400), np.ones(400))
    assert certify(rows, WRONG).margin is not None
    assert certify(rows, WRONG, attempt=10).margin is None


def test_an_attempt_is_due_when_a_quarter_more_labels_are_there() -> None:
    rows = all_labelled(np.linspace(-8, 8, 1000), np.ones(1000))
    seen = certify(rows, WRONG).seen
    assert seen == 500
    assert certify(rows, WRONG, at_most=0.2).seen == 200
    assert attempt_is_due(0, 1)
    assert not attempt_is_due(seen, 624)
    assert attempt_is_due(seen, 625)


@pytest.mark.parametrize(("part", "errors", "labels"), [(0.38, 3, 773), (0.2, 1, 473), (0.0, 0, 299)])
def test_the_first_margin_can_bear_a_share_of_the_target(part: float, errors: int, labels: int) -> None:
    assert allowed_errors(0.01, 0.05, part) == errors
    assert labels_needed(0.01, 0.05, errors) == labels
    later = allowed_errors(0.01, 1e-5, part)
    assert later >= part * 0.01 * labels_needed(0.01, 1e-5, later)
    assert later == 0 or later - 1 < part * 0.01 * labels_needed(0.01, 1e-5, later - 1)


def test_a_risk_somewhat_below_the_target_shows_on_a_longer_walk() -> None:
    """0.6 % wrong everywhere: the most extreme 773 labels hardly ever show it, 30,000 do."""
    rng = np.random.default_rng(3)
    found = [certify(all_labelled(rng.uniform(0, 8, 30_000), rng.random(30_000) > 0.006), WRONG) for _ in range(20)]
    assert sum(each.margin is not None for each in found) >= 18


def test_an_undecided_label_is_an_error() -> None:
    rows = all_labelled(np.linspace(8, 1, 299), np.ones(299))
    undecided = np.arange(299) == 7
    lost = replace(rows, undecided=undecided, violation=np.where(undecided, np.nan, 1.0))
    assert certify(rows, WRONG, attempt=None).margin is not None
    assert certify(lost, WRONG, attempt=None).margin is None
    assert certify(lost, WRONG, attempt=None).errors == 1.0


@targets_of_every_kind
@pytest.mark.parametrize("rates", [(0.2, 0.2), (0.4, 0.1)])
def test_rows_alike_may_be_counted_in_any_order(target: RiskTarget, rates: tuple[float, float]) -> None:
    rows = traffic(20_000, low=rates[0], high=rates[1])
    shuffled = np.random.default_rng(1).permutation(len(rows.margin))
    columns = [np.asarray(getattr(rows, name))[shuffled] for name in COLUMNS]
    kinds, count = np.unique(
        np.stack([rows.margin, rows.rate, rows.drawn, np.nan_to_num(rows.violation, nan=9.0), rows.undecided]),
        axis=1,
        return_counts=True,
    )
    ruled = np.where(kinds[3] == 9.0, np.nan, kinds[3])
    pooled = Traffic(kinds[0], kinds[1], kinds[2] == 1.0, ruled, kinds[4] == 1.0, count)
    found = derived(rows, target)
    assert derived(Traffic(*columns), target) == found
    assert derived(pooled, target) == found


@targets_of_every_kind
def test_unequal_rates_are_bet_on_and_checked(target: RiskTarget) -> None:
    found = derived(traffic(60_000, low=0.4, high=0.1), target)
    if target.of_class or not target.above:
        assert found.method == "betting" or target.kind == "misses_per_allowed"
    contested = derived(traffic(60_000, soft=True), target)
    assert contested.method == "betting"
    assert contested.check is not None


def test_betting_needs_a_fifth_to_a_half_more_labels_than_equal_rates_do() -> None:
    """One row at another rate is enough to bet on; what that costs is known."""
    for errors, most in ((0, 1.25), (3, 1.55), (30, 1.3)):
        needed = labels_needed(0.01, 0.05, errors)
        n = int(needed * most)
        targets = np.r_[np.zeros(errors), np.ones(n - errors)]
        rows = all_labelled(np.full(n, 3.0), targets)
        rows = replace(rows, rate=np.r_[np.full(n - 1, 0.999999), 1.0])
        assert certify(rows, WRONG, attempt=None).method == "betting"
        assert certify(rows, WRONG, attempt=None).bound <= 0.01


def test_labels_at_a_high_rate_keep_their_weight_after_the_rates_fell() -> None:
    """400 labels without an error while everything was drawn, then 600 messages at 2 %."""
    drawn = np.r_[np.ones(400, dtype=bool), np.arange(600) % 50 == 0]
    rows = Traffic(
        margin=np.full(1000, 3.0),
        rate=np.r_[np.ones(400), np.full(600, 0.02)],
        drawn=drawn,
        violation=np.where(drawn, 1.0, np.nan),
        undecided=np.zeros(1000, dtype=bool),
    )
    assert certify(rows, WRONG, attempt=None).margin is None
    in_two = certify(replace(rows, rate_period=np.repeat([4, 7], [400, 600])), WRONG, attempt=None)
    assert in_two.margin == 3.0
    assert in_two.bound < 0.01


@settings(max_examples=25)
@given(seed=st.integers(0, 10_000), at=st.integers(0, 3), high=st.sampled_from([0.1, 0.2, 0.5]))
def test_what_is_found_says_what_it_promises(seed: int, at: int, high: float) -> None:
    target = TARGETS[at]
    found = derived(traffic(15_000, seed, high=high), target)
    assert 0.0 <= found.bound <= 1.0
    assert 0.0 <= found.share <= 1.0
    assert (found.margin is None) == (found.missing > 0)
    if found.margin is not None:
        assert found.bound <= target.risk * (1 + 1e-9)
