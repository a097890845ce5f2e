"""Promotion and the way back: a calibrator of its own, refusal with a reason, and everything on record."""

from dataclasses import asdict

import numpy as np
import pytest
from django.urls import reverse
from django.utils import timezone

from inference.scoring.fingerprint import as_asked_now, fingerprint
from review.calibration.labels import usable
from review.candidates import promotion
from review.candidates.comparison import compared
from review.models import AuditEntry, CalibratorVersion, Label, ModelVersion, Score
from review.registry.calibrators import active_calibrator
from review.registry.model_versions import OutdatedWeights, activate, register
from review.registry.scoring_setup import ScoringSetup, active_setup
from tests.calibration.labelled import make_labels
from tests.candidates.conftest import make_candidate
from tests.rows import make_calibrator, make_judge

pytestmark = pytest.mark.django_db


@pytest.fixture
def candidate():
    make_calibrator()
    _, rubric = make_judge()
    return ScoringSetup(make_candidate(in_shadow=True), rubric)


def shadow_scores(candidate, labels, *, noise=0.0, shift=1.5):
    """The candidate's margins: the active one's, halved and shifted, so that its map has to differ."""
    rng = np.random.default_rng(1)
    judged = Score.objects.filter(model__is_active=True, message__in=[label.message for label in labels])
    active = dict(judged.values_list("message", "margin"))
    Score.objects.bulk_create(
        Score(
            message=label.message,
            model=candidate.model,
            rubric=candidate.rubric,
            margin=active[label.message_id] * 0.5 + shift + noise * rng.normal(),
            category_log_probs=[-1.6] * 5,
            tokens=9,
        )
        for label in labels
    )


def test_it_judges_with_a_calibrator_fitted_on_its_own_margins(candidate, alice, root):
    labels = make_labels(300, alice)
    shadow_scores(candidate, labels)
    before = active_setup()
    calibrator = promotion.promote(candidate, root)
    assert active_setup() == candidate
    assert active_calibrator(candidate.model, candidate.rubric) == calibrator
    assert calibrator.labels == 300
    candidate.model.refresh_from_db()
    assert not candidate.model.in_shadow
    assert promotion.previous(candidate.model) == before.model
    middle = promotion.fit(candidate).calibrator.predict(np.array([1.5]))[0]
    assert middle == pytest.approx(0.5, abs=0.12)
    entry = AuditEntry.objects.get(verb="activated model")
    assert (entry.actor, entry.target_id, entry.details["before"]) == (root, candidate.model.pk, before.model.pk)


def test_without_cohort_labels_it_is_refused(candidate, alice, root):
    shadow_scores(candidate, make_labels(300, alice, rate=None))
    with pytest.raises(promotion.CannotPromote, match="30 labels of the random cohort"):
        promotion.promote(candidate, root)
    assert active_setup() != candidate
    assert not CalibratorVersion.objects.filter(model=candidate.model).exists()


def test_what_it_was_taught_does_not_count_for_it(candidate, alice):
    labels = make_labels(100, alice)
    shadow_scores(candidate, labels)
    candidate.model.taught.add(*labels[:40])
    active, at = active_setup(), timezone.now()
    assert len(usable(candidate.model, candidate.rubric, at)) == 60
    assert len(usable(active.model, active.rubric, at)) == 100
    assert len(usable(active.model, active.rubric, at, beside=candidate)) == 60


def test_both_are_compared_on_the_same_decisions(candidate, alice):
    labels = make_labels(240, alice)
    shadow_scores(candidate, labels[:200], noise=3.0)
    candidate.model.taught.add(*Label.objects.filter(pk__in=[label.pk for label in labels[:50]]))
    found = compared(candidate, active_setup())
    assert found["labels"] == 150
    assert {side["cohort"] for side in found["diagrams"].values()} == {150}
    assert found["losses"]["labels"] == 150
    assert found["losses"]["candidate"] > found["losses"]["active"]


def test_a_model_that_ranks_the_same_is_called_no_better(candidate, alice):
    shadow_scores(candidate, make_labels(300, alice))
    losses = compared(candidate, active_setup())["losses"]
    assert losses["difference"] == pytest.approx(0.0, abs=0.01)
    assert losses["bound"] > 0.0


def test_going_back_takes_one_step(candidate, alice, root):
    before = active_setup()
    shadow_scores(candidate, make_labels(300, alice))
    promotion.promote(candidate, root)
    promotion.roll_back(before, root)
    assert active_setup() == before
    assert active_calibrator(before.model, before.rubric)
    entries = AuditEntry.objects.filter(verb="activated model").order_by("pk")
    assert list(entries.values_list("target_id", flat=True)) == [candidate.model.pk, before.model.pk]


def test_a_second_click_changes_nothing(candidate, alice, root):
    before = active_setup()
    shadow_scores(candidate, make_labels(300, alice))
    promotion.promote(candidate, root)
    with pytest.raises(promotion.CannotPromote, match="judges already"):
        promotion.promote(candidate, root)
    assert promotion.previous(candidate.model) == before.model
    assert AuditEntry.objects.filter(verb="activated model").count() == 1


def test_weights_that_others_took_the_place_of_cannot_come_back(root):
    make_calibrator()
    before = active_setup()
    with pytest.raises(OutdatedWeights):
        register(before.model.location, before.model.name, "e" * 64, before.rubric, None)
    assert active_setup() == before
    upgraded = ScoringSetup(ModelVersion.objects.get(weights_hash="e" * 64), before.rubric)
    assert promotion.can_return(before), "what took its place has never judged"
    activate(upgraded.model, root)
    assert not promotion.can_return(before)
    with pytest.raises(promotion.CannotPromote, match="taken the place"):
        promotion.roll_back(before, root)
    with pytest.raises(promotion.CannotPromote, match="taken the place"):
        promotion.promote(before, root)
    assert active_setup() == upgraded


@pytest.mark.parametrize("change", [{"normaliser": "older"}, {"prompt_form": "older"}])
def test_a_version_that_this_code_asks_otherwise_cannot_come_back(root, client, change):
    make_calibrator()
    before = active_setup()
    ours = asdict(as_asked_now(before.model.weights_hash, "float32"))
    ModelVersion.objects.filter(pk=before.model.pk).update(**ours)
    before.model.refresh_from_db()
    activate(make_candidate(), root)
    assert promotion.can_return(before)
    client.force_login(root)
    button = f'action="{reverse("model-back", args=[before.model.pk])}"'
    assert button in client.get(reverse("models")).text
    ModelVersion.objects.filter(pk=before.model.pk).update(**change)
    before.model.refresh_from_db()
    assert not promotion.can_return(before)
    for attempt in (promotion.roll_back, promotion.promote):
        with pytest.raises(promotion.CannotPromote, match=r"asks nano .* otherwise"):
            attempt(before, root)
    assert button not in client.get(reverse("models")).text
    page = client.get(reverse("model", args=[before.model.pk])).text
    assert "It was asked otherwise" in page
    assert reverse("model-promote", args=[before.model.pk]) not in page
    assert reverse("model-shadow", args=[before.model.pk]) not in page


@pytest.fixture
def placed(candidate, alice, tmp_path):
    """The candidate, ready to judge, in a folder that holds its weights."""
    folder = tmp_path / "placed"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    ModelVersion.objects.filter(pk=candidate.model.pk).update(
        location=str(folder), weights_hash=fingerprint(str(folder))
    )
    candidate.model.refresh_from_db()
    shadow_scores(candidate, make_labels(300, alice))
    return folder


def test_weights_that_are_gone_or_changed_are_not_put_in_force(candidate, placed, root):
    before = active_setup()
    kept = placed.rename(placed.with_name("kept"))
    with pytest.raises(promotion.CannotPromote, match="placed is gone"):
        promotion.promote(candidate, root)
    kept.rename(placed)
    (placed / "config.json").write_text('{"other": true}')
    with pytest.raises(promotion.CannotPromote, match="placed holds other weights now"):
        promotion.promote(candidate, root)
    assert active_setup() == before
    assert CalibratorVersion.objects.filter(model=candidate.model).count() == 0
    (placed / "config.json").write_text("{}")
    promotion.promote(candidate, root)
    assert active_setup() == candidate


def test_a_folder_by_a_relative_path_is_looked_into_too(candidate, placed, root, monkeypatch):
    monkeypatch.chdir(placed.parent)
    ModelVersion.objects.filter(pk=candidate.model.pk).update(location=placed.name)
    candidate.model.refresh_from_db()
    (placed / "config.json").write_text('{"other": true}')
    with pytest.raises(promotion.CannotPromote, match="placed holds other weights now"):
        promotion.promote(candidate, root)


def test_one_goes_back_only_to_the_weights_that_were(candidate, placed, root):
    before = active_setup()
    promotion.promote(candidate, root)
    promotion.roll_back(before, root)
    (placed / "config.json").write_text('{"other": true}')
    with pytest.raises(promotion.CannotPromote, match="placed holds other weights now"):
        promotion.roll_back(candidate, root)
    assert active_setup() == before


def test_one_never_in_force_cannot_be_gone_back_to(candidate, root):
    with pytest.raises(promotion.CannotPromote, match="promote it instead"):
        promotion.roll_back(candidate, root)


def test_a_worker_that_loads_while_a_person_goes_back_does_not_undo_it(candidate, root):
    before = active_setup()
    activate(candidate.model, root)
    activate(before.model, root)
    with pytest.raises(OutdatedWeights):
        register("x", "x", candidate.model.weights_hash, candidate.rubric, None)
    assert active_setup() == before
    assert ModelVersion.objects.filter(is_active=True).count() == 1
