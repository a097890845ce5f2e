"""What the diagrams are made from."""

import json
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from inference.calibration.calibrators import Logistic
from inference.calibration.fitting import fit
from review.calibration.labels import KINDS, Labels
from review.calibration.refit_attempt import InForce
from review.calibration.reliability_data import calibrated
from review.calibration.reliability_data import diagrams as every_diagram
from review.calibration.scope import Scope
from tests.calibration.labelled import drawn_labels

TRUE = Logistic("platt", (1.0,), 0.0, 1e6)
AT = datetime(2026, 11, 1, tzinfo=UTC)


def diagrams(labels: Labels, in_force: InForce | None, scope: Scope | None = None) -> dict[str, Any]:
    return every_diagram(labels, in_force, scope or Scope(), AT)


def test_it_waits_for_fifty_cohort_labels():
    rate = np.where(np.arange(400) < 49, 0.5, np.nan)
    found = diagrams(drawn_labels(rate=rate), InForce(1, TRUE))
    assert (found["cohort"], found["missing"], found["readings"]) == (49, 1, {})


def test_it_is_json():
    found = diagrams(drawn_labels(emitted=np.full(400, 0.95)), InForce(1, TRUE))
    assert set(found["readings"]) == {"raw", "calibrated", "emitted"}
    assert json.loads(json.dumps(found, allow_nan=False))["readings"]["raw"]["labels"] == 400


def test_without_a_map_there_is_only_the_raw_logit():
    assert set(diagrams(drawn_labels(), None)["readings"]) == {"raw"}


def test_a_true_map_stays_near_its_floor_and_a_false_one_does_not():
    labels = drawn_labels(2000)
    true = diagrams(labels, InForce(1, TRUE))["readings"]["calibrated"]
    false = diagrams(labels, InForce(1, Logistic("platt", (1.0,), 2.0, 1e6)))["readings"]["calibrated"]
    assert true["ece"]["value"] < 1.2 * true["ece"]["q95"]
    assert false["ece"]["value"] > 4 * false["ece"]["q95"]
    assert false["smooth_ece"]["value"] > 4 * false["smooth_ece"]["q95"]


def test_labels_that_the_map_has_seen_are_shown_out_of_fold():
    labels = drawn_labels(300)
    own = fit("isotonic", labels.margin, labels.violation)
    seen = calibrated(labels, InForce(2, own, until=1.0))
    unseen = calibrated(labels, InForce(2, own, until=-1.0))
    assert (unseen == own.predict(labels.margin)).all()
    assert (seen != unseen).mean() > 0.9


def test_out_of_fold_figures_do_not_flatter():
    """Noise fitted by isotonic steps looks calibrated to itself; held out it does not."""
    labels = drawn_labels(150, violation=np.random.default_rng(1).permutation(np.arange(150) < 75).astype(float))
    try:
        own = fit("isotonic", labels.margin, labels.violation)
    except ValueError:
        pytest.skip("this draw happens to fall")
    seen = diagrams(labels, InForce(2, own, until=1.0))["readings"]["calibrated"]
    unseen = diagrams(labels, InForce(2, own, until=-1.0))["readings"]["calibrated"]
    assert seen["brier"]["value"] > unseen["brier"]["value"]


def test_written_confidence_is_turned_by_the_flag():
    emitted = np.full(400, 0.9)
    bins = diagrams(drawn_labels(emitted=emitted), None)["readings"]["emitted"]["bins"]
    assert [bin["predicted"] for bin in bins] == pytest.approx([0.1, 0.9])


def test_coverage_comes_from_the_other_half():
    found = diagrams(drawn_labels(3000), InForce(1, TRUE))["readings"]["calibrated"]["coverage"]
    assert 0.0 < found["value"] < 0.9
    assert found["interval"][0] < found["value"] < found["interval"][1]
    assert 0 < found["bound"] <= 1


def test_one_class_leaves_ranking_undefined():
    found = diagrams(drawn_labels(violation=np.zeros(400)), InForce(1, TRUE))["readings"]["calibrated"]
    assert found["auroc_flag"] == {"value": None, "interval": None}


def test_errors_stand_beside_what_chance_shows_and_have_no_interval():
    reading = diagrams(drawn_labels(1000), InForce(1, TRUE))["readings"]["calibrated"]
    for name in ("ece", "ece_debiased", "smooth_ece"):
        assert set(reading[name]) == {"value", "floor", "q95", "within"}
    parts, brier = reading["brier_parts"], reading["brier"]["value"]
    whole = parts["reliability"]["value"] - parts["resolution"] + parts["uncertainty"] + parts["within"]
    assert whole == pytest.approx(brier)


def test_a_scope_takes_its_own_labels_only():
    half = (np.arange(400) % 2).astype(np.int64)
    labels = drawn_labels(source=half, category=half, outside={0: 3, 1: 4})
    found = diagrams(labels, InForce(1, TRUE), Scope(sources=(1,)))
    assert (found["cohort"], found["outside"]) == (200, 4)
    assert diagrams(labels, InForce(1, TRUE), Scope(sources=(1,), category="toxicity"))["cohort"] == 0
    recent = drawn_labels(decided=np.where(np.arange(400) < 60, AT.timestamp() - 60, 0.0))
    assert diagrams(recent, InForce(1, TRUE), Scope(days=7))["cohort"] == 60


def test_kinds_of_labels_are_counted_with_their_weight():
    kind = np.where(np.arange(400) < 100, KINDS.index("import"), 0)
    rate = np.where(kind == 0, 0.5, np.nan)
    rows = {row["kind"]: row for row in diagrams(drawn_labels(kind=kind, rate=rate), None)["kinds"]}
    assert (rows["cohort"]["labels"], rows["import"]["labels"], rows["gold"]["labels"]) == (300, 100, 0)
    assert rows["import"]["weight"] == pytest.approx(100 / 700)


def test_seeing_the_number_sways_at_equal_margin():
    """Half of the rulings on borderline cases were not blind, and of those one in five became violations."""
    labels = drawn_labels(2000)
    blind = np.arange(2000) % 2 == 0
    moved = np.random.default_rng(1).random(2000) < 0.2
    violation = np.where(~blind & moved, 1.0, labels.violation)
    rate, kind = np.where(blind, 0.5, np.nan), np.where(blind, 0, KINDS.index("borderline"))
    swayed = drawn_labels(2000, violation=violation, blind=blind, kind=kind, rate=rate)
    same = drawn_labels(2000, blind=blind, kind=kind, rate=rate)
    found = diagrams(swayed, None)["anchoring_bias"]
    assert 0.05 < found["interval"][0] < found["difference"] < found["interval"][1] < 0.2
    none = diagrams(same, None)["anchoring_bias"]
    assert none["interval"][0] < 0.0 < none["interval"][1]
    assert (none["blind"], none["seeing"]) == (1000, 1000)


def test_too_few_seeing_rulings_say_nothing():
    assert diagrams(drawn_labels(), None)["anchoring_bias"] is None


def test_the_error_over_time_needs_labels_and_comes_in_order():
    assert diagrams(drawn_labels(90), InForce(1, TRUE))["rolling"] == []
    windows = diagrams(drawn_labels(1000), InForce(1, TRUE))["rolling"]
    assert [window["labels"] for window in windows] == [200] * 9
    assert all(before["end"] < after["end"] for before, after in pairwise(windows))
