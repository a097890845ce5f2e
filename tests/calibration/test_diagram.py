"""What the diagrams are made from."""

import json

import numpy as np
import pytest

from inference.calibrators import Logistic, fit
from review.calibration.attempt import InForce
from review.calibration.diagrams import calibrated, diagrams
from review.calibration.labels import Labels

TRUE = Logistic("platt", (1.0,), 0.0, 1e6)


def drawn(n: int = 400, seed: int = 0, **columns: object) -> Labels:
    """Cohort labels for which `TRUE` is true."""
    rng = np.random.default_rng(seed)
    margin = rng.normal(0, 2.5, n)
    every = {
        "margin": margin,
        "violation": (rng.random(n) < TRUE.predict(margin)).astype(float),
        "rate": np.full(n, 0.5),
        "emitted": np.full(n, np.nan),
        "known": np.zeros(n),
        "group": np.arange(n),
        "text": np.arange(n),
        "source": np.zeros(n, dtype=np.int64),
    }
    return Labels(**(every | columns))


def test_it_waits_for_fifty_cohort_labels():
    rate = np.where(np.arange(400) < 49, 0.5, np.nan)
    found = diagrams(drawn(rate=rate), InForce(1, TRUE))
    assert (found["cohort"], found["others"], found["missing"], found["readings"]) == (49, 351, 1, {})


def test_it_is_json():
    found = diagrams(drawn(emitted=np.full(400, 0.95)), InForce(1, TRUE))
    assert set(found["readings"]) == {"raw", "calibrated", "emitted"}
    assert json.loads(json.dumps(found, allow_nan=False))["readings"]["raw"]["labels"] == 400


def test_without_a_map_there_is_only_the_raw_logit():
    assert set(diagrams(drawn(), None)["readings"]) == {"raw"}


def test_a_true_map_stays_near_its_floor_and_a_false_one_does_not():
    labels = drawn(2000)
    true = diagrams(labels, InForce(1, TRUE))["readings"]["calibrated"]
    false = diagrams(labels, InForce(1, Logistic("platt", (1.0,), 2.0, 1e6)))["readings"]["calibrated"]
    assert true["ece"]["value"] < 1.2 * true["ece"]["q95"]
    assert false["ece"]["value"] > 4 * false["ece"]["q95"]
    assert false["smooth_ece"]["value"] > 4 * false["smooth_ece"]["q95"]


def test_labels_that_the_map_has_seen_are_shown_out_of_fold():
    labels = drawn(300)
    own = fit("isotonic", labels.margin, labels.violation)
    seen = calibrated(labels, InForce(2, own, until=1.0))
    unseen = calibrated(labels, InForce(2, own, until=-1.0))
    assert (unseen == own.predict(labels.margin)).all()
    assert (seen != unseen).mean() > 0.9


def test_out_of_fold_figures_do_not_flatter():
    """Noise fitted by isotonic steps looks calibrated to itself; held out it does not."""
    labels = drawn(150, violation=np.random.default_rng(1).permutation(np.arange(150) < 75).astype(float))
    try:
        own = fit("isotonic", labels.margin, labels.violation)
    except ValueError:
        pytest.skip("this draw happens to fall")
    seen = diagrams(labels, InForce(2, own, until=1.0))["readings"]["calibrated"]
    unseen = diagrams(labels, InForce(2, own, until=-1.0))["readings"]["calibrated"]
    assert seen["brier"]["value"] > unseen["brier"]["value"]


def test_written_confidence_is_turned_by_the_flag():
    emitted = np.full(400, 0.9)
    bins = diagrams(drawn(emitted=emitted), None)["readings"]["emitted"]["bins"]
    assert [bin["predicted"] for bin in bins] == pytest.approx([0.1, 0.9])


def test_coverage_comes_from_the_other_half():
    found = diagrams(drawn(3000), InForce(1, TRUE))["readings"]["calibrated"]["coverage"]
    assert 0.0 < found["value"] < 0.9
    assert found["interval"][0] < found["value"] < found["interval"][1]
    assert 0 < found["bound"] <= 1


def test_one_class_leaves_ranking_undefined():
    found = diagrams(drawn(violation=np.zeros(400)), InForce(1, TRUE))["readings"]["calibrated"]
    assert found["auroc_flag"] == {"value": None, "interval": None}
