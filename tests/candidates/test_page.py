"""The pages of models: who may come, what they show, and what posting does."""

from dataclasses import replace

import pytest

from review.candidates import comparison
from review.candidates.flips import flips
from review.models import ModelVersion, Score
from review.registry.model_versions import OutdatedWeights, activate, register, set_shadow
from review.registry.scoring_setup import ScoringSetup, active_model, active_setup
from tests.calibration.labelled import make_labels
from tests.candidates.conftest import make_candidate
from tests.candidates.test_promote import shadow_scores
from tests.rows import make_calibrator, make_case, make_judge, make_message, make_source

pytestmark = pytest.mark.django_db


@pytest.fixture
def candidate():
    make_calibrator()
    _, rubric = make_judge()
    return ScoringSetup(make_candidate(in_shadow=True), rubric)


@pytest.mark.parametrize("path", ["", "{}/", "{}/charts/", "{}/shadow/", "{}/promote/", "{}/back/"])
def test_only_instance_admins_come_in(sign_in, candidate, make_person, path):
    address = "/models/" + path.format(candidate.model.pk)
    client = sign_in(make_person("erin", "admin", make_source()))
    assert client.get(address).status_code == 403
    assert client.post(address).status_code == 403
    client.logout()
    assert client.get(address)["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("verb", ["shadow", "promote", "back"])
def test_getting_changes_nothing(sign_in, root, candidate, verb):
    assert sign_in(root).get(f"/models/{candidate.model.pk}/{verb}/").status_code == 405


def test_an_unknown_model_is_not_found(sign_in, root, candidate):
    assert sign_in(root).get("/models/999999/").status_code == 404
    assert sign_in(root).post("/models/999999/promote/").status_code == 404


def test_before_any_model_has_judged_it_says_so(sign_in, root):
    page = sign_in(root).get("/models/").content.decode()
    assert "No model has judged here yet" in page


def test_the_registry_shows_every_model_and_its_state(sign_in, root, candidate):
    page = sign_in(root).get("/models/").content.decode()
    for words in ("judging", "in shadow", candidate.model.name, "nano judges every message"):
        assert words in page
    assert "Roll back" not in page


def test_a_candidate_without_labels_says_what_is_missing(sign_in, root, candidate):
    page = sign_in(root).get(f"/models/{candidate.model.pk}/").content.decode()
    assert "30 labels of the random cohort" in page
    assert "disabled" in page
    assert "there are 0 so far" in page
    answer = sign_in(root).post(f"/models/{candidate.model.pk}/promote/", follow=True).content.decode()
    assert "30 labels of the random cohort" in answer
    assert active_model() != candidate.model


def test_it_shows_both_diagrams_the_losses_and_the_flips(sign_in, root, alice, candidate):
    labels = make_labels(200, alice)
    shadow_scores(candidate, labels, noise=6.0)
    page = sign_in(root).get(f"/models/{candidate.model.pk}/").content.decode()
    assert page.count("The diagram's points as a table") == 2
    assert page.count('data-chart="') == 3, "and the trade-off of a cascade"
    assert "It does not predict your decisions better than nano" in page
    assert "Of the newest 200 messages that both scored" in page
    assert "style=" not in page


def test_both_diagrams_come_on_equal_scales(sign_in, root, alice, candidate):
    shadow_scores(candidate, make_labels(200, alice), noise=6.0)
    charts = sign_in(root).get(f"/models/{candidate.model.pk}/charts/").json()
    assert set(charts) == {"active", "candidate", "cascade"}
    for chart in (charts["active"], charts["candidate"]):
        assert [round(sum(root**2 for root in chart["data"][-1]["y"]))] == [200]
    assert charts["active"]["layout"]["yaxis2"]["range"] == charts["candidate"]["layout"]["yaxis2"]["range"]


def test_flips_are_escaped_and_never_of_sealed_cases(sign_in, root, alice, candidate):
    shadow_scores(candidate, make_labels(200, alice), noise=1.0)
    shown = sign_in(root).get(f"/models/{candidate.model.pk}/").context["flips"].shown
    hostile, hidden = shown[0].message, shown[1].message
    type(hostile).objects.filter(pk=hostile.pk).update(text="<script>alert(1)</script>")
    make_case(hidden.source, hidden, blind=True)
    response = sign_in(root).get(f"/models/{candidate.model.pk}/")
    assert b"<script>alert(1)" not in response.content
    assert b"&lt;script&gt;alert(1)" in response.content
    assert hidden.pk not in {flip.message.pk for flip in response.context["flips"].shown}


def test_a_message_of_several_windows_is_flagged_by_its_sign_and_no_stark_flip(alice, candidate):
    shadow_scores(candidate, make_labels(200, alice), noise=1.0)
    own, before = comparison.fit(candidate).calibrator, active_setup()
    usual = flips(candidate, before, own)
    for margin in (4.0, -4.0):
        message = make_message(make_source(), f"a long one with {margin}")
        for model, windows in ((before.model, 3), (candidate.model, 1)):
            fields = {"margin": 9.0, "category_log_probs": [-1.6] * 5, "tokens": 900, "rubric": before.rubric}
            fields |= {"margin": margin} if windows > 1 else {}
            Score.objects.create(message=message, model=model, windows=windows, **fields)
    found = flips(candidate, before, own)
    assert found.looked_at == usual.looked_at + 2
    assert found.newly_flagged == usual.newly_flagged + 1
    assert all(flip.before.probability is not None for flip in found.shown)  # starker ones come first


def test_shadow_promote_and_back_by_post(sign_in, root, alice, candidate):
    client, path = sign_in(root), f"/models/{candidate.model.pk}"
    client.post(f"{path}/shadow/", {"shadow": "off"})
    assert not ModelVersion.objects.filter(in_shadow=True).exists()
    client.post(f"{path}/shadow/", {"shadow": "on"})
    assert ModelVersion.objects.get(in_shadow=True) == candidate.model
    shadow_scores(candidate, make_labels(200, alice))
    before = active_setup()
    page = client.post(f"{path}/promote/", follow=True).content.decode()
    assert active_model() == candidate.model
    assert "judges already" in client.post(f"{path}/promote/", follow=True).content.decode()
    assert f"Roll back to {before.model.name}" in page
    page = client.post(f"/models/{before.model.pk}/back/", follow=True).content.decode()
    assert "judges again" in page
    assert active_setup() == before


def test_it_says_why_a_worker_ended_its_shadow(sign_in, root, candidate):
    set_shadow(candidate.model, None, on=False, why="its weights have changed")
    path = f"/models/{candidate.model.pk}/"
    assert ": its weights have changed." in " ".join(sign_in(root).get(path).content.decode().split())
    set_shadow(candidate.model, root, on=True)
    set_shadow(candidate.model, root, on=False)
    assert "It left the shadow" not in sign_in(root).get(path).content.decode()


def test_beside_a_server_no_shadow_is_promised(sign_in, root, candidate, settings):
    set_shadow(candidate.model, root, on=False)
    settings.VARIABLES = replace(settings.VARIABLES, backend="openai")
    client, path = sign_in(root), f"/models/{candidate.model.pk}/"
    assert "serves one model" in client.get(path).content.decode()
    answer = client.post(f"{path}shadow/", {"shadow": "on"}, follow=True).content.decode()
    assert "none can run in shadow beside it" in answer
    assert not ModelVersion.objects.filter(in_shadow=True).exists()


def test_a_model_whose_weights_are_gone_is_shown_as_that(sign_in, root):
    make_calibrator()
    before = active_setup()
    with pytest.raises(OutdatedWeights):
        register(before.model.location, before.model.name, "e" * 64, before.rubric, None)
    activate(ModelVersion.objects.get(weights_hash="e" * 64), root)
    page = sign_in(root).get(f"/models/{before.model.pk}/").content.decode()
    assert "Its weights are gone" in page
    assert "Roll back" not in page
    assert "Let it judge" not in page
    assert "Run it in shadow" not in page
