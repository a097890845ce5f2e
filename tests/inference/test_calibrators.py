"""Maps from margin to probability: bad input, values worked out by hand, and what always holds."""

import json
import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from inference.calibration.calibrator_json import from_json
from inference.calibration.calibrators import (
    KINDS,
    BySourceCalibrator,
    Calibrator,
    Logistic,
    OffsetCalibrator,
    shift_to_prior,
)
from inference.calibration.fitting import Array as Floats
from inference.calibration.fitting import CannotFit, NotEnoughLabels, NotRising, fit

GRID = np.linspace(-12.0, 12.0, 241)
kinds = pytest.mark.parametrize("kind", KINDS)


def drawn(n: int, seed: int = 0, slope: float = 1.0, shift: float = 0.0) -> tuple[Floats, Floats]:
    """Margins and labels for which `logit p = slope * z + shift` is true."""
    rng = np.random.default_rng(seed)
    margins = np.round(rng.normal(0.0, 2.5, n), 2)
    return margins, (rng.random(n) < 1.0 / (1.0 + np.exp(-slope * margins - shift))).astype(float)


@st.composite
def labels(draw: st.DrawFn) -> tuple[Floats, Floats, Floats]:
    """Margins with ties, soft targets that tend to rise, and weights of 1 to 3 labels."""
    seed = draw(st.integers(0, 10_000))
    n = draw(st.integers(160, 400))
    margins, targets = drawn(n, seed, draw(st.floats(0.4, 2.0)), draw(st.floats(-1.0, 1.0)))
    rng = np.random.default_rng(seed + 1)
    soft = np.where(rng.random(n) < 0.2, 0.5, targets)
    return np.round(margins, 1), soft, rng.integers(1, 4, n).astype(float)


def fitted(kind: str, margins: Floats, targets: Floats, weights: Floats | None = None) -> Calibrator:
    try:
        return fit(kind, margins, targets, weights)
    except CannotFit:
        assume(False)
        raise


@kinds
@pytest.mark.parametrize(
    ("margins", "targets", "weights", "says"),
    [
        ([0.0, math.nan], [0, 1], None, "finite"),
        ([0.0, math.inf], [0, 1], None, "finite"),
        ([0.0, 1.0], [0, 2], None, "0 to 1"),
        ([0.0, 1.0], [0, math.nan], None, "0 to 1"),
        ([0.0, 1.0], [0], None, "one length"),
        ([[0.0, 1.0]], [[0, 1]], None, "one length"),
        ([0.0, 1.0], [0, 1], [1, -1], "negative"),
        ([0.0, 1.0], [0, 1], [0, 0], "all zero"),
        ([0.0, 1.0], [0, 1], [1, math.inf], "finite"),
        ([], [], None, "all zero"),
    ],
)
def test_it_refuses_malformed_labels(kind: str, margins: object, targets: object, weights: object, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        fit(kind, margins, targets, weights)  # type: ignore[arg-type]


def test_it_refuses_an_unknown_kind() -> None:
    with pytest.raises(ValueError, match="temperature"):
        fit("temperature", [0.0], [1])


@pytest.mark.parametrize(
    ("kind", "least"), [("platt", 10), ("beta", 50), ("isotonic", 50), ("venn_abers", 50), ("histogram", 50)]
)
def test_it_counts_effective_labels_of_either_class(kind: str, least: int) -> None:
    margins = np.r_[np.linspace(-2, 1, least * 4), np.linspace(-1, 2, least)]
    targets = np.r_[np.zeros(least * 4), np.ones(least)]
    assert fit(kind, margins, targets).kind == kind
    with pytest.raises(NotEnoughLabels, match=f"{least} labels"):
        fit(kind, margins[:-1], targets[:-1])
    with pytest.raises(NotEnoughLabels, match="violations"):
        fit(kind, margins, targets, np.where(targets == 1.0, 0.9, 1.0))


@kinds
def test_it_refuses_margins_that_fall_with_violations(kind: str) -> None:
    margins, targets = drawn(600)
    with pytest.raises(NotRising, match="margin rises"):
        fit(kind, -margins, targets)


@kinds
def test_it_refuses_one_single_margin(kind: str) -> None:
    with pytest.raises(CannotFit):
        fit(kind, np.zeros(200), np.tile([0.0, 1.0], 100))


@kinds
def test_a_prediction_needs_a_number(kind: str) -> None:
    with pytest.raises(ValueError, match="not a number"):
        fit(kind, *drawn(600)).predict([math.nan])


def test_platt_agrees_with_logistic_regression_on_smoothed_targets() -> None:
    margins, targets = drawn(400, shift=-1.0)
    high, low = (targets.sum() + 1) / (targets.sum() + 2), 1 / (len(targets) - targets.sum() + 2)
    share = np.where(targets == 1.0, high, low)
    reference = LogisticRegression(C=1e12, tol=1e-12, max_iter=1000).fit(
        np.r_[margins, margins][:, None], np.r_[np.ones(400), np.zeros(400)], np.r_[share, 1 - share]
    )
    expected = reference.predict_proba(GRID[:, None])[:, 1].clip(1 / 402, 1 - 1 / 402)
    assert fit("platt", margins, targets).predict(GRID) == pytest.approx(expected, abs=1e-4)


def test_beta_finds_the_two_slopes_that_made_the_labels() -> None:
    rng = np.random.default_rng(4)
    margins = rng.normal(0, 2.5, 200_000)
    true = 1 / (1 + np.exp(-(1.6 * -np.logaddexp(0, -margins) + 0.7 * np.logaddexp(0, margins) + 0.3)))
    found = fit("beta", margins, rng.random(len(margins)) < true).to_json()
    assert found["slopes"] == pytest.approx([1.6, 0.7], abs=0.03)
    assert found["intercept"] == pytest.approx(0.3, abs=0.05)


def test_isotonic_stays_within_a_tilt_of_the_best_steps() -> None:
    margins, targets = drawn(2000)
    reference = IsotonicRegression(out_of_bounds="clip").fit(margins, targets).predict(margins)
    ours = fit("isotonic", margins, targets).predict(margins)
    assert np.abs(ours - reference).max() < 0.05
    assert np.abs(ours - reference).mean() < 0.01


def test_a_histogram_of_two_clean_halves_has_their_shares() -> None:
    margins = np.repeat(np.arange(10.0), 100)
    targets = np.tile(np.r_[np.ones(20), np.zeros(80)], 10)
    targets[500:] = np.tile(np.r_[np.ones(70), np.zeros(30)], 5)
    p = fit("histogram", margins, targets).predict([2.0, 7.0])
    assert p == pytest.approx([0.2, 0.7], abs=0.06)


@kinds
def test_probabilities_are_clipped_by_the_number_of_labels(kind: str) -> None:
    margins = np.r_[np.full(100, -5.0), np.full(100, 5.0)] + np.tile(np.linspace(-1, 1, 100), 2)
    low, high = fit(kind, margins, (margins > 0).astype(float)).predict([-1e9, 1e9])
    assert 1 - high == pytest.approx(low)
    if kind in ("platt", "beta"):
        assert low == pytest.approx(1 / 202)
    else:  # read off the 100 labels of one class at the end: Venn-Abers by itself, the steps less sure still
        assert 1 / 202 <= low <= 1 / 80


@kinds
@settings(max_examples=30)
@given(rows=labels())
def test_it_never_falls(kind: str, rows: tuple[Floats, Floats, Floats]) -> None:
    p = fitted(kind, *rows).predict(GRID)
    assert (np.diff(p) >= 0).all()
    assert ((p > 0) & (p < 1)).all()


@pytest.mark.parametrize("kind", ["isotonic", "histogram"])
@settings(max_examples=30)
@given(rows=labels())
def test_steps_keep_the_ranking_of_the_margins_they_saw(kind: str, rows: tuple[Floats, Floats, Floats]) -> None:
    seen = np.unique(rows[0])
    assert (np.diff(fitted(kind, *rows).predict(seen)) > 0).all()


@kinds
@settings(max_examples=20)
@given(rows=labels(), seed=st.integers(0, 99))
def test_the_order_of_rows_leaves_no_trace(kind: str, rows: tuple[Floats, Floats, Floats], seed: int) -> None:
    shuffled = np.random.default_rng(seed).permutation(len(rows[0]))
    again = fit(kind, *(column[shuffled] for column in rows)) if fitted(kind, *rows) else None
    assert again == fitted(kind, *rows)


@kinds
@settings(max_examples=20)
@given(rows=labels())
def test_a_weight_is_a_repetition(kind: str, rows: tuple[Floats, Floats, Floats]) -> None:
    margins, targets, weights = rows
    times = weights.astype(int)
    repeated = fitted(kind, np.repeat(margins, times), np.repeat(targets, times))
    assert fitted(kind, *rows).predict(GRID) == pytest.approx(repeated.predict(GRID), abs=1e-7)


@kinds
@settings(max_examples=20)
@given(rows=labels())
def test_it_comes_back_from_json_as_it_went(kind: str, rows: tuple[Floats, Floats, Floats]) -> None:
    map_ = fitted(kind, *rows)
    again = from_json(json.loads(json.dumps({**map_.to_json(), "provisional": True, "model_hash": "ab"})))
    assert again == map_
    assert (again.predict(GRID) == map_.predict(GRID)).all()


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"kind": "magic", "n": 100},
        {"kind": "platt", "n": 0, "slopes": [1.0], "intercept": 0.0},
        {"kind": "platt", "n": 100, "slopes": [-1.0], "intercept": 0.0},
        {"kind": "platt", "n": 100, "slopes": [1.0, 1.0], "intercept": 0.0},
        {"kind": "beta", "n": 100, "slopes": [1.0, 1.0], "intercept": math.nan},
        {"kind": "isotonic", "n": 100, "margins": [0.0], "probabilities": [0.5]},
        {"kind": "isotonic", "n": 100, "margins": [0.0, 0.0], "probabilities": [0.2, 0.5]},
        {"kind": "histogram", "n": 100, "margins": [0.0, 1.0], "probabilities": [0.5, 0.2]},
        {"kind": "histogram", "n": 100, "margins": [0.0, 1.0], "probabilities": [0.2, "x"]},
    ],
)
def test_it_refuses_json_that_is_no_map(data: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"no calibrator|slopes|knots|could not convert"):
        from_json(data)


@kinds
def test_a_new_prior_moves_every_logit_alike(kind: str) -> None:
    map_ = fit(kind, *drawn(4000))
    moved = shift_to_prior(map_, 0.5, 0.05).predict([-1.0, 0.0, 1.0])
    before = map_.predict([-1.0, 0.0, 1.0])
    change = np.log(moved / (1 - moved)) - np.log(before / (1 - before))
    assert change == pytest.approx(np.full(3, math.log(0.05 / 0.95)), abs=0.02)


@pytest.mark.parametrize("priors", [(0.0, 0.5), (0.5, 1.0), (math.nan, 0.5)])
def test_a_prior_is_no_certainty(priors: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="prior"):
        shift_to_prior(fit("platt", *drawn(400)), *priors)


def test_a_source_with_its_own_is_read_by_it_and_others_by_the_common_one() -> None:
    common, own = Logistic("platt", (1.0,), 0.0, 100.0), Logistic("platt", (1.0,), 2.0, 50.0)
    both = BySourceCalibrator(OffsetCalibrator(common, {"violence": 0.5}, {}), {"7": own})
    z, categories = [0.0, 0.0, 1.0], ["violence", "violence", "toxicity"]
    found = both.predict(z, categories, ["7", "8", "8"])
    assert found.tolist() == [
        own.predict([0.0])[0],
        both.common.predict([0.0], ["violence"])[0],
        common.predict([1.0])[0],
    ]
    assert from_json(both.to_json()) == both
    assert both.shifted(1.0).predict([0.0], None, ["7"]) == own.predict([0.0])
    assert both.predict(z).tolist() == both.common.predict(z).tolist()
