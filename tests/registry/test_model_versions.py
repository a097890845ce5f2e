"""The registry: loaded weights become a model of their own, and one pair is active."""

import json
import logging
from dataclasses import replace

import pytest

from inference.scoring.cascade import Deferral
from inference.scoring.fingerprint import fingerprint, folder_of, pinned, unpinned
from inference.scoring.identity import CASCADE, Identity
from inference.scoring.verdict_format import MANY
from review.judging import worker
from review.judging.worker import shipped_calibrator
from review.models import AuditEntry, CalibratorVersion, ModelVersion, Rubric
from review.registry.calibrators import active_calibrator
from review.registry.model_versions import (
    AlreadyRegistered,
    OutdatedWeights,
    add_candidate,
    add_cascade,
    languages_of,
    register,
    seed_rubric,
)
from review.registry.scoring_setup import ScoringSetup, active_setup

pytestmark = pytest.mark.django_db

SHIPPED = {"kind": "platt", "slopes": [1.0], "intercept": -2.0, "n": 100, "provisional": True}


def test_the_first_model_becomes_active_with_its_shipped_calibrator():
    rubric = seed_rubric("Be fair.")
    setup = register("nano", "nano", "a" * 64, rubric, SHIPPED)
    assert active_setup() == setup
    calibrator = active_calibrator(setup.model, rubric)
    assert calibrator.provisional
    register("nano", "nano", "a" * 64, rubric, SHIPPED)
    assert active_calibrator(setup.model, rubric) == calibrator
    assert ModelVersion.objects.count() == 1


def test_a_calibrator_that_was_fitted_on_other_weights_is_not_used(tmp_path, caplog):
    (tmp_path / "calibrator.json").write_text(json.dumps(SHIPPED | {"model_hash": "a" * 64}))
    assert shipped_calibrator(str(tmp_path), Identity("a" * 64))["slopes"] == [1.0]
    with caplog.at_level(logging.CRITICAL, "review"):
        assert shipped_calibrator(str(tmp_path), Identity("b" * 64)) is None
    (tmp_path / "calibrator.json").write_text(json.dumps(SHIPPED))
    assert shipped_calibrator(str(tmp_path), Identity("b" * 64)) == SHIPPED
    assert shipped_calibrator(str(tmp_path / "none"), Identity("b" * 64)) is None


def test_a_rubric_is_seeded_once():
    assert seed_rubric("Be fair.") == seed_rubric("Be strict.")
    assert Rubric.objects.get().text == "Be fair."


def test_weights_that_changed_behind_a_location_are_a_candidate_and_judge_nothing():
    rubric = seed_rubric("Be fair.")
    first = register("nano", "nano", "a" * 64, rubric, None)
    with pytest.raises(OutdatedWeights, match="--back"):
        register("nano", "nano", "b" * 64, rubric, SHIPPED)
    assert active_setup() == first
    candidate = ModelVersion.objects.get(weights_hash="b" * 64)
    assert active_calibrator(candidate, rubric).provisional, "so that somebody can have it judge at once"
    assert AuditEntry.objects.filter(verb="registered candidate", target_id=candidate.pk).exists()
    with pytest.raises(OutdatedWeights):
        register("nano", "nano", "b" * 64, rubric, SHIPPED)
    assert ModelVersion.objects.count() == 2


def test_another_precision_is_another_version_with_a_calibrator_of_its_own():
    rubric, exact = seed_rubric("Be fair."), Identity("a" * 64, "float32", "form", "1")
    first = register("nano", "nano", exact, rubric, SHIPPED)
    other = add_candidate("nano", "nano", replace(exact, precision="bfloat16"))
    assert other.weights_hash == first.model.weights_hash
    assert ScoringSetup(other, rubric).key != first.key
    assert active_calibrator(other, rubric) is None
    with pytest.raises(OutdatedWeights):
        register("nano", "nano", replace(exact, precision="bfloat16"), rubric, SHIPPED)
    with pytest.raises(AlreadyRegistered):
        add_candidate("nano", "nano", exact)


@pytest.mark.parametrize("change", [{"normaliser": "2"}, {"prompt_form": "another"}])
def test_newer_code_judges_as_another_version_that_has_no_certificate(change):
    rubric, before = seed_rubric("Be fair."), Identity("a" * 64, "float32", "form", "1")
    first = register("nano", "nano", before, rubric, None)
    second = register("nano", "nano", replace(before, **change), rubric, None)
    assert active_setup() == second != first
    assert second.key != first.key


def test_a_version_from_before_its_parts_were_stored_keeps_its_name_and_all_that_is_in_force():
    rubric = seed_rubric("Be fair.")
    old = register("nano", "nano", "a" * 64, rubric, SHIPPED)
    now = register("nano", "nano", Identity("a" * 64, "float32", "form", "1"), rubric, SHIPPED)
    assert now.model == old.model
    assert now.key == old.key
    assert (now.model.precision, now.model.prompt_form) == ("float32", "form")
    assert ModelVersion.objects.count() == CalibratorVersion.objects.count() == 1


def test_every_part_of_an_identity_moves_its_fingerprint():
    whole = Identity("a" * 64, "float32", "form", "1")
    parts = {"weights_hash": "b" * 64, "precision": "bfloat16", "prompt_form": "x", "normaliser": "2"}
    assert (
        len({replace(whole, **{name: value}).fingerprint for name, value in parts.items()} | {whole.fingerprint}) == 5
    )


def test_a_worker_loads_what_the_registry_says_whatever_the_environment_asks_for(settings):
    first = worker._load()
    assert (first.setup.model.location, first.setup.model.precision) == ("nano", "float32")
    settings.VARIABLES = replace(settings.VARIABLES, model="/no/such/place", dtype="bfloat16")
    assert worker._load().setup == first.setup


def test_the_shipped_model_gets_its_calibrator_only_in_the_precision_that_it_was_fitted_in(caplog):
    exact = worker._load().setup
    assert active_calibrator(exact.model, exact.rubric).provisional
    loaded = replace(identity_of_version(exact.model), precision="bfloat16")
    assert shipped_calibrator("nano", loaded) is None
    assert shipped_calibrator("nano", identity_of_version(exact.model))["precision"] == "float32"


def identity_of_version(model):
    return Identity(model.weights_hash, model.precision, model.prompt_form, model.normaliser)


def test_a_hub_id_is_stored_with_its_commit_and_loaded_at_it(tmp_path, monkeypatch):
    """A cache as the hub's client keeps it, and no hub: its branch moves on, the stored commit does not."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    repository = tmp_path / "models--team--model"
    for commit in ("a" * 40, "b" * 40):
        (repository / "snapshots" / commit).mkdir(parents=True)
        (repository / "snapshots" / commit / "config.json").write_text(commit)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("a" * 40)
    stored = pinned("team/model")
    assert stored == f"team/model@{'a' * 40}"
    before = fingerprint(stored)
    (repository / "refs" / "main").write_text("b" * 40)
    assert folder_of(stored).name == "a" * 40
    assert fingerprint(stored) == before != fingerprint("team/model")
    assert (pinned(stored), unpinned(stored)) == (stored, "team/model")
    assert pinned(str(tmp_path)) == str(tmp_path)


def test_a_cascade_knows_the_languages_that_both_of_its_models_know():
    """Qwen3Guard-Gen names many, and moddog's own format English."""
    english, many = (add_candidate(form, form, Identity(form, format=form)) for form in ("moddog", "qwen3guard"))
    own = languages_of(english)
    assert MANY in languages_of(many)
    assert MANY not in own
    for first, second, known in ((english, many, own), (many, english, own), (many, many, frozenset([MANY]))):
        identity = Identity(f"{first.name} {second.name}", format=CASCADE)
        assert languages_of(add_cascade(identity, first, second, Deferral(-1.0, 1.0), 0)) == known
