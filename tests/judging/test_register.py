"""The registry: loaded weights become a model of their own, and one pair is active."""

import json
import logging

import pytest

from review.judging.worker import shipped_map
from review.models import ModelVersion, Rubric
from review.registry.calibrators import active_calibrator
from review.registry.model_versions import register, seed_rubric
from review.registry.scoring_setup import active_setup

pytestmark = pytest.mark.django_db

SHIPPED = {"kind": "platt", "slopes": [1.0], "intercept": -2.0, "n": 100, "provisional": True}


def test_the_first_model_becomes_active_with_its_shipped_map():
    rubric = seed_rubric("Be fair.")
    setup = register("nano", "nano", "a" * 64, rubric, SHIPPED)
    assert active_setup() == setup
    calibrator = active_calibrator(setup.model, rubric)
    assert calibrator.provisional
    register("nano", "nano", "a" * 64, rubric, SHIPPED)
    assert active_calibrator(setup.model, rubric) == calibrator
    assert ModelVersion.objects.count() == 1


def test_a_map_that_was_fitted_on_other_weights_is_not_used(tmp_path, caplog):
    (tmp_path / "calibrator.json").write_text(json.dumps(SHIPPED | {"model_hash": "a" * 64}))
    assert shipped_map(str(tmp_path), "a" * 64)["slopes"] == [1.0]
    with caplog.at_level(logging.CRITICAL, "review"):
        assert shipped_map(str(tmp_path), "b" * 64) is None
    (tmp_path / "calibrator.json").write_text(json.dumps(SHIPPED))
    assert shipped_map(str(tmp_path), "b" * 64) == SHIPPED
    assert shipped_map(str(tmp_path / "none"), "b" * 64) is None


def test_weights_that_changed_behind_a_location_are_another_model():
    rubric = seed_rubric("Be fair.")
    first = register("nano", "nano", "a" * 64, rubric, None)
    second = register("nano", "nano", "b" * 64, rubric, None)
    assert second.model != first.model
    assert active_setup() == second
    assert active_calibrator(second.model, rubric) is None


def test_a_rubric_is_seeded_once():
    assert seed_rubric("Be fair.") == seed_rubric("Be strict.")
    assert Rubric.objects.get().text == "Be fair."
