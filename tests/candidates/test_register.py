"""`manage.py register`, with real weights: a model in a folder becomes a candidate beside the one that judges."""

import json
import shutil
from dataclasses import replace

import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command

from inference.calibration.calibrator_json import from_json
from inference.scoring.precision_trial import multiplies_in_bfloat16
from inference.scoring.prompt_form import prompt_form
from inference.shipped_model import NANO
from review.judging import worker
from review.judging.drain import drain
from review.models import AuditEntry, CalibratorVersion, ModelVersion, Verdict
from review.registry.calibrators import activate as activate_calibrator
from review.registry.model_versions import activate, set_shadow, shadow_model
from review.registry.scoring_setup import active_setup
from tests.rows import make_pending, make_source

pytestmark = pytest.mark.django_db


@pytest.fixture
def other(tmp_path):
    """The shipped weights behind a template that ends otherwise: another model, by its hash."""
    folder = shutil.copytree(NANO, tmp_path / "other")
    template = folder / "chat_template.jinja"
    template.write_text(template.read_text() + "{# another #}")
    return folder


@pytest.fixture
def instance_admin(sign_in, root):
    return sign_in(root)


def test_it_becomes_a_candidate_that_a_worker_can_load(setup, other, capsys):
    call_command("register", str(other), "--shadow")
    printed = capsys.readouterr().out
    candidate = ModelVersion.objects.exclude(pk=setup.model.pk).get()
    assert f"Candidate {candidate.pk}, other" in printed
    assert "shut up you worthless idiot" in printed
    assert active_setup() == setup
    assert shadow_model() == candidate
    assert worker.shadow().setup.model == candidate
    assert set(AuditEntry.objects.values_list("verb", flat=True)) >= {"registered candidate", "began shadow"}


def test_without_being_asked_it_stays_out_of_the_shadow(setup, other, monkeypatch, capsys):
    monkeypatch.chdir(other.parent)
    call_command("register", "other")
    assert "switches its shadow on" in capsys.readouterr().out
    assert shadow_model() is None
    assert ModelVersion.objects.latest("pk").location == str(other)


@pytest.mark.parametrize("name", ["nano", str(NANO)])
def test_the_model_that_judges_is_no_candidate(setup, name):
    with pytest.raises(CommandError, match=r"nano \(.*\) judges already"):
        call_command("register", name)


def test_one_that_judged_before_judges_again_from_the_command_line(setup, other, root, capsys):
    call_command("register", str(other))
    candidate = ModelVersion.objects.exclude(pk=setup.model.pk).get()
    with pytest.raises(CommandError, match="has no calibrator under this rubric, so it cannot judge"):
        call_command("register", str(other), "--back")
    fitted = {"kind": "platt", "slopes": [1.0], "intercept": 0.0, "n": 100}
    own = CalibratorVersion.objects.create(
        model=setup.model, rubric=setup.rubric, version=1, kind="platt", parameters=fitted
    )
    activate_calibrator(own, root, "for a test")
    activate(candidate, None)
    shutil.rmtree(other)  # what judges cannot be loaded any more
    call_command("register", "nano", "--back")
    assert "judges again, with the calibrator that it had" in capsys.readouterr().out
    assert active_setup() == setup
    assert AuditEntry.objects.filter(verb="activated model").latest("pk").actor is None


def test_a_candidate_that_was_moved_is_found_again(setup, other, tmp_path, capsys):
    call_command("register", str(other))
    moved = other.rename(tmp_path / "moved")
    call_command("register", str(moved), "--shadow")
    assert "was registered before" in capsys.readouterr().out
    candidate = ModelVersion.objects.exclude(pk=setup.model.pk).get()
    assert (candidate.location, candidate.in_shadow) == (str(moved), True)
    call_command("register", str(moved))
    assert "It runs in shadow" in capsys.readouterr().out


def test_new_weights_where_those_that_judge_lay_are_refused(setup, other):
    ModelVersion.objects.filter(pk=setup.model.pk).update(location=str(other))
    with pytest.raises(CommandError, match="holds other weights now"):
        call_command("register", str(other))
    assert ModelVersion.objects.count() == 1


def test_files_that_were_cut_short_are_refused(setup, other):
    (other / "model.safetensors").write_bytes(b"version https://git-lfs")
    with pytest.raises(CommandError, match=r"cannot judge with .*other"):
        call_command("register", str(other))


def test_a_folder_without_a_model_is_refused(setup, tmp_path):
    with pytest.raises(CommandError, match=str(tmp_path)):
        call_command("register", str(tmp_path))
    with pytest.raises(CommandError, match=r"there is no folder .*/none"):
        call_command("register", str(tmp_path / "none"))
    assert ModelVersion.objects.count() == 1


def test_before_any_model_has_judged_there_is_nothing_to_stand_beside(db, other):
    with pytest.raises(CommandError, match="no model has judged here yet"):
        call_command("register", str(other))


def test_beside_a_server_none_can_run_in_shadow(setup, other, settings):
    settings.VARIABLES = replace(django_settings.VARIABLES, backend="openai")
    with pytest.raises(CommandError, match="serves one model"):
        call_command("register", str(other), "--shadow")
    assert ModelVersion.objects.count() == 1


def test_a_format_that_is_named_makes_another_version_of_the_same_weights(setup, other, capsys):
    """nano's own template takes one user turn as well, so Qwen3Guard's form can be asked of it."""
    call_command("register", str(other), "--format", "qwen3guard")
    assert "Format qwen3guard." in capsys.readouterr().out
    candidate = ModelVersion.objects.exclude(pk=setup.model.pk).get()
    assert (candidate.format, candidate.prompt_form) == ("qwen3guard", prompt_form(0, "qwen3guard"))
    call_command("register", str(other), "--shadow")
    own = ModelVersion.objects.exclude(pk__in=[setup.model.pk, candidate.pk]).get()
    assert (own.format, own.weights_hash) == ("moddog", candidate.weights_hash)
    assert own.fingerprint != candidate.fingerprint
    set_shadow(candidate, None, on=True)
    assert worker.shadow().scorer.verdict_format == "qwen3guard"
    assert worker.shadow().setup.model == candidate


def test_a_team_with_a_labelled_file_starts_calibrated(setup, other, instance_admin, tmp_path, capsys):
    """From the file to the verdict: evaluate keeps a calibrator, register takes it, an admin promotes, it judges."""
    kept = tmp_path / "kept.json"
    call_command("evaluate", "golden", "--model", str(other), "--save-calibrator", str(kept))
    assert f"The calibrator is in {kept}." in capsys.readouterr().err
    call_command("register", str(other), "--calibrator", str(kept))
    assert "It starts with this" in capsys.readouterr().out
    candidate = ModelVersion.objects.exclude(pk=setup.model.pk).get()
    assert "calibrated" in instance_admin.get("/models/").content.decode()
    assert "fitted on 136 labelled texts" in instance_admin.get(f"/models/{candidate.pk}/").content.decode()
    assert instance_admin.post(f"/models/{candidate.pk}/promote/").status_code == 302
    assert active_setup().model == candidate
    message = make_pending(make_source(), "shut up you worthless idiot")
    loaded = worker.loaded()
    list(drain(loaded.scorer, loaded.setup))
    verdict = Verdict.objects.select_related("score").get(message=message)
    calibrator = from_json(json.loads(kept.read_text()))
    assert verdict.probability == pytest.approx(calibrator.predict([verdict.score.margin])[0])
    assert verdict.probability > 0.5


def test_a_calibrator_of_another_version_is_refused(setup, other, tmp_path):
    with pytest.raises(CommandError, match="was fitted on other weights than would be registered"):
        call_command("register", str(other), "--calibrator", str(NANO / "calibrator.json"))
    (tmp_path / "none.json").write_text("{}")
    with pytest.raises(CommandError, match=r"none.json is no calibrator"):
        call_command("register", str(other), "--calibrator", str(tmp_path / "none.json"))
    assert ModelVersion.objects.count() == 1


def test_without_a_precision_a_timed_try_chooses_it_and_the_version_has_it(setup, other, capsys):
    call_command("register", str(other))
    printed = capsys.readouterr().out
    stored = ModelVersion.objects.exclude(pk=setup.model.pk).get().precision
    if multiplies_in_bfloat16():
        assert f"to pay): {stored}." in printed
    else:
        assert (stored, "to pay" in printed) == ("float32", False)


def test_the_first_model_of_an_instance_is_tried_as_a_candidate_is(other, settings, caplog):
    settings.VARIABLES = replace(django_settings.VARIABLES, model=str(other))
    with caplog.at_level("INFO", logger="review.judging.worker"):
        stored = worker._load().setup.model.precision
    assert ("to pay): " in caplog.text) == multiplies_in_bfloat16()
    assert stored == (caplog.text.rpartition("to pay): ")[2].split(".")[0] if multiplies_in_bfloat16() else "float32")


def test_without_memory_for_both_precisions_none_is_tried(setup, other, capsys, monkeypatch):
    monkeypatch.setattr("inference.scoring.precision_trial.free_memory", lambda: 0)
    call_command("register", str(other))
    printed = capsys.readouterr().out
    assert ("not the memory to compare" in printed) == multiplies_in_bfloat16()
    assert ModelVersion.objects.exclude(pk=setup.model.pk).get().precision == "float32"
