"""`manage.py register`, with real weights: a model in a folder becomes a candidate beside the one that judges."""

import shutil
from dataclasses import replace

import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command

from inference.shipped_model import NANO
from review.judging import worker
from review.models import AuditEntry, CalibratorVersion, ModelVersion
from review.registry.calibrators import activate as activate_calibrator
from review.registry.model_versions import activate, shadow_model
from review.registry.scoring_setup import active_setup

pytestmark = pytest.mark.django_db


@pytest.fixture
def other(tmp_path):
    """The shipped weights behind a template that ends otherwise: another model, by its hash."""
    folder = shutil.copytree(NANO, tmp_path / "other")
    template = folder / "chat_template.jinja"
    template.write_text(template.read_text() + "{# another #}")
    return folder


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
