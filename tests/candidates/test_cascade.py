"""A cascade from the command line into force: real weights, scores that say who spoke, a calibrator of its own."""

import shutil
from dataclasses import replace
from io import StringIO
from time import monotonic

import numpy as np
import pytest
from django.conf import settings as django_settings
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.urls import reverse

from inference.calibration.fitting import CannotFit
from inference.scoring.cascade import CascadeScorer
from inference.scoring.fingerprint import as_asked_now
from inference.shipped_model import NANO
from review.candidates import cascading, promotion
from review.judging import worker
from review.judging.drain import drain
from review.judging.shadowing import follow
from review.models import Cascade, ModelVersion, Score
from review.registry.calibrators import active_calibrator
from review.registry.in_context import in_context
from review.registry.model_versions import register, seed_rubric, shadow_model
from review.registry.scoring_setup import ScoringSetup, active_setup
from tests.candidates.conftest import decided, make_candidate
from tests.judging.conftest import KeywordScorer
from tests.rows import make_message, make_pending, make_source, make_verdict

pytestmark = pytest.mark.django_db
BAND = ("-1.5", "1.5")


@pytest.fixture
def judging(nano, monkeypatch):
    """nano judges, and this process has it in memory."""
    setup = register("nano", "nano", as_asked_now(nano.model_hash, "float32"), seed_rubric(nano.rubric), None)
    monkeypatch.setattr(worker, "_loaded", worker.Loaded(nano, setup))
    monkeypatch.setattr(worker, "_shadow", None)
    return setup


@pytest.fixture
def other(tmp_path):
    """The shipped weights behind a template that ends otherwise: another model, by its hash."""
    folder = shutil.copytree(NANO, tmp_path / "other")
    template = folder / "chat_template.jinja"
    template.write_text(template.read_text() + "{# another #}")
    return str(folder)


def registered(other, *options):
    """The cascade that the command makes, and what it prints."""
    printed = StringIO()
    call_command("register", other, "--after", "nano", "--band", *BAND, *options, stdout=printed)
    return ModelVersion.objects.get(cascade__isnull=False), printed.getvalue()


def scored(setup, labels, spread, seed=0):
    """Scores of one version for labelled messages, by which violations are likelier the higher the margin."""
    draw = np.random.default_rng(seed)
    for label in labels:
        margin = spread * draw.normal(1.0 if label.violation else -1.0)
        Score.objects.create(
            message=label.message, model=setup.model, rubric=setup.rubric, margin=margin,
            category_log_probs=[-1.6] * 5, tokens=9,
        )  # fmt: skip


def labelled(by, n=240):
    return [decided(f"text {number}", by, "toxicity" if number % 3 == 0 else "benign", rate=0.5) for number in range(n)]


def test_from_the_command_into_force(judging, other, alice, root, sign_in):
    cascade, printed = registered(other, "--scale", "1", "0", "--shadow")
    assert "Scale as given: 1 times its margin +0." in printed
    assert f"Candidate {cascade.pk}, nano then other" in printed
    assert shadow_model() == cascade
    made = Cascade.objects.get()
    assert (made.first, made.second.location) == (judging.model, other)

    setup, source, shadow = ScoringSetup(cascade, judging.rubric), make_source(), worker.shadow()
    assert shadow.setup == setup
    assert shadow.scorer.first is worker.loaded().scorer, "what is in memory is not loaded again"
    for text in ("good game", "you idiot", "shut up", "i might kill you in game", "that was awful, noob", "see you"):
        make_verdict(make_message(source, text))
    assert follow(shadow.scorer, setup, monotonic() + 60) == 6
    found = list(Score.objects.filter(model=cascade))
    margins = dict(zip(*_by_text(shadow.scorer.first, found), strict=True))
    assert {score.deferred for score in found} == {True, False}
    assert all(score.deferred == (-1.5 <= margins[score.message.text] <= 1.5) for score in found)

    labels = labelled(alice)
    scored(setup, labels, 1.5)
    client = sign_in(root)
    page = client.get(reverse("model", args=[cascade.pk])).content.decode()
    assert "The trade-off of this cascade" in page
    assert "are the second" in page
    client.post(reverse("model-promote", args=[cascade.pk]))
    assert active_setup() == setup
    assert active_calibrator(cascade, setup.rubric).labels == len(labels)
    assert "Its second model read" in client.get(reverse("models")).content.decode()

    now = worker.loaded()
    assert now.setup == setup
    assert isinstance(now.scorer, CascadeScorer)
    message = make_pending(source, "that was awful, noob")
    list(drain(now.scorer, now.setup))
    score = message.scores.get()
    assert (score.model, score.deferred) == (cascade, -1.5 <= margins[message.text] <= 1.5)
    assert message.verdicts.get().probability is not None
    with pytest.raises(CommandError, match="is a cascade: teach one of its two"):
        call_command("finetune")

    again = in_context(setup, 2).model
    assert (again.cascade.first, again.cascade.second) == (made.first, made.second)
    assert again.fingerprint != cascade.fingerprint
    assert not promotion.unloadable(cascade)
    promotion.check_weights(cascade)
    shutil.rmtree(other)
    with pytest.raises(promotion.CannotPromote, match=r"other is gone"):
        promotion.check_weights(cascade)


def _by_text(scorer, scores):
    texts = [score.message.text for score in scores]
    return texts, [score.margin for score in scorer.score(texts)]


def test_the_second_reads_what_is_labelled_once(judging, alice):
    labels = labelled(alice, 60)
    scored(judging, labels, 1.5)
    decided("nano has not scored this", alice)
    second = ScoringSetup(make_candidate(), judging.rubric)
    asked = cascading.unread(judging, second)
    assert set(asked) == {label.message_id for label in labels}
    assert sum(cascading.read_labelled(KeywordScorer(), second, asked)) == len(asked)
    assert cascading.unread(judging, second) == []
    with pytest.raises(CannotFit):  # it says the same of each
        cascading.scale(judging, second, -1.5, 1.5)


def test_the_trade_is_shown_on_a_candidate_and_the_scale_is_fitted(judging, alice, root, sign_in):
    labels = labelled(alice)
    scored(judging, labels, 1.5)
    second, client = ScoringSetup(make_candidate(), judging.rubric), sign_in(root)
    page = client.get(reverse("model", args=[second.model.pk])).content.decode()
    assert "How much a band would spare people shows here" in page
    cache.clear()
    scored(second, labels, 6.0, seed=1)
    page = client.get(reverse("model", args=[second.model.pk])).content.decode()
    assert "As the second of a cascade" in page
    assert "On 240 blind decisions that both have scored" in page
    assert "--after nano --band LOW HIGH --shadow" in page
    charts = client.get(reverse("model-charts", args=[second.model.pk])).json()
    assert len(charts["cascade"]["data"]) == 2
    slope, _, number = cascading.scale(judging, second, -1.5, 1.5)
    assert 0.1 < slope < 0.5, "the second's margins are four times as far apart"
    assert number == Score.objects.filter(model=judging.model, margin__gte=-1.5, margin__lte=1.5).count()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--after", "nano"], "a cascade needs its band"),
        (["--band", "0", "1"], "name its first model with --after"),
        (["--after", "nano", "--band", "1", "0"], "low end of a band lies below"),
        (["--after", "nano", "--band", "0", "1", "--context", "2"], "registered without context"),
        (["--after", "team/none", "--band", "0", "1"], "no model of the registry lies at team/none"),
    ],
)
def test_options_that_do_not_go_together_are_refused_before_anything_is_loaded(judging, options, said):
    with pytest.raises(CommandError, match=said):
        call_command("register", "team/unknown", *options)
    assert ModelVersion.objects.count() == 1


def test_beside_a_server_there_is_no_cascade(judging, settings):
    settings.VARIABLES = replace(django_settings.VARIABLES, backend="openai")
    with pytest.raises(CommandError, match="the server that judges serves one"):
        call_command("register", "team/other", "--after", "nano", "--band", "0", "1")
