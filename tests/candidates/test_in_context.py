"""A version in context: a candidate in shadow like any other, and then in force where policies say so, never itself."""

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from inference.scoring.fingerprint import as_asked_now
from inference.scoring.text_score import InContext
from review.calibration import refit, tasks
from review.candidates import promotion
from review.judging import worker
from review.judging.shadowing import follow
from review.models import ModelVersion, Refit, Rerouting, Score
from review.registry.calibrators import active_calibrator
from review.registry.in_context import in_context, setup_of
from review.registry.model_versions import register, seed_rubric, shadow_model
from review.registry.policy_versions import new_version, policy_of, replaced_by
from review.registry.scoring_setup import ScoringSetup, active_setup
from tests.calibration.labelled import make_labels
from tests.candidates.test_promote import shadow_scores
from tests.candidates.test_shadow import soon
from tests.judging.conftest import KeywordScorer
from tests.rows import make_calibrator, make_judge, make_message, make_source, make_verdict

pytestmark = pytest.mark.django_db


@pytest.fixture
def inside():
    make_calibrator()
    return in_context(ScoringSetup(*make_judge()), 2)


def test_its_calibrator_comes_in_force_and_the_model_that_judges_stays(inside, alice, root, sign_in):
    shadow_scores(inside, make_labels(300, alice))
    before = active_setup()
    client = sign_in(root)
    page = client.get(reverse("model", args=[inside.model.pk])).content.decode()
    assert "Give it this calibrator" in page
    assert "Let it judge" not in page
    client.post(reverse("model-promote", args=[inside.model.pk]))
    calibrator = active_calibrator(inside.model, inside.rubric)
    assert (calibrator.model, calibrator.labels) == (inside.model, 300)
    assert active_setup() == before
    assert active_calibrator(before.model, before.rubric) != calibrator
    assert Rerouting.objects.exists(), "cases that wait for that calibrator follow it"
    page = client.get(reverse("model", args=[inside.model.pk])).content.decode()
    assert f"Calibrator {calibrator.version} is in force for it" in page
    assert "2 earlier messages" in client.get(reverse("models")).content.decode()


def test_it_can_never_be_rolled_back_to(inside, alice, root):
    shadow_scores(inside, make_labels(300, alice))
    promotion.promote(inside, root)
    assert not promotion.can_return(inside)
    with pytest.raises(promotion.CannotPromote, match="where a policy puts earlier messages"):
        promotion.roll_back(inside, root)


def test_in_shadow_it_reads_messages_in_their_context(inside):
    source, scorer = make_source(), KeywordScorer()
    make_message(source, "you are awful", thread="t-1")
    make_verdict(make_message(source, "indeed", thread="t-1"))
    assert follow(scorer, inside, soon()) == 1
    assert scorer.batches == [[InContext("indeed", ("you are awful",))]]
    assert Score.objects.get(model=inside.model).margin == 3.0


def test_it_is_refitted_where_a_policy_has_it_in_force(inside, alice):
    labels = make_labels(300, alice)
    shadow_scores(inside, labels)
    tasks.refit_if_due()
    assert not Refit.objects.filter(model=inside.model).exists()
    source = labels[0].message.source
    new_version(source, None, replaced_by(policy_of(source).ladders, 0.05, 2))
    assert setup_of(source) == inside
    tasks.refit_if_due()
    assert Refit.objects.filter(model=inside.model).get().calibrator.model == inside.model


def test_its_calibrators_are_managed_where_those_of_the_active_form_are(inside, alice, root, sign_in):
    labels = make_labels(300, alice)
    shadow_scores(inside, labels)
    promotion.promote(inside, root)
    own, client = active_calibrator(inside.model, inside.rubric), sign_in(root)
    assert client.get(reverse("calibration-compare", args=[own.pk])).status_code == 404, "no policy has it in force"
    source = labels[0].message.source
    new_version(source, None, replaced_by(policy_of(source).ladders, 0.05, 2))
    assert client.get(reverse("calibration-compare", args=[own.pk])).status_code == 200
    page = client.get(reverse("calibration"), {"source": source.slug})
    assert page.context["shown"].setup == inside
    client.post(f"{reverse('calibration-refit')}?source={source.slug}")
    assert refit.asked(inside)
    assert not refit.asked(active_setup())


def test_it_is_registered_from_the_command_line_and_runs_on_the_weights_in_memory(nano, capsys, monkeypatch):
    setup = register("nano", "nano", as_asked_now(nano.model_hash, "float32"), seed_rubric(nano.rubric), None)
    monkeypatch.setattr(worker, "_loaded", worker.Loaded(nano, setup))
    monkeypatch.setattr(worker, "_shadow", None)
    call_command("register", "nano", "--context", "3", "--shadow")
    candidate = ModelVersion.objects.exclude(pk=setup.model.pk).get()
    assert f"Candidate {candidate.pk}, nano, 3 earlier messages" in capsys.readouterr().out
    assert shadow_model() == candidate
    assert worker.shadow().scorer is nano
    assert in_context(setup, 3).model == candidate
    assert active_setup() == setup
    with pytest.raises(CommandError, match="where a policy puts earlier messages"):
        call_command("register", "nano", "--context", "3", "--back")
