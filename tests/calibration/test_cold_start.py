"""A community that imports labelled messages in its first hour has true probabilities, whatever the demo has learnt."""

import numpy as np
import pytest
from scipy.special import expit

from inference.reliability.curves import reliability
from review.calibration import refit
from review.models import Label, Refit, Score, Simulator
from review.verdicts.context import load_context
from review.verdicts.probabilities import probabilities_of
from tests.calibration.labelled import make_labels, the_judge
from tests.rows import make_calibrator, make_message, make_source

pytestmark = pytest.mark.django_db
PROVISIONAL = {"kind": "platt", "slopes": [1.0], "intercept": -2.0, "n": 10_000}


def live_error(source, shift):
    """The calibration error of the live path on 600 messages for which `logit p = margin + shift` is true."""
    rng, setup = np.random.default_rng(11), the_judge()
    margins = rng.normal(0.0, 2.5, 600)
    message = make_message(source)
    scores = [
        Score(message=message, model=setup.model, rubric=setup.rubric, margin=z, category_log_probs=[-1.6] * 5)
        for z in margins
    ]
    p = np.array(probabilities_of(load_context(setup, [message]), scores), dtype=float)
    happened = (rng.random(600) < expit(margins + shift)).astype(float)
    return reliability(p, happened, np.ones(600)).ece


def imported(person, source, **how):
    """600 labelled rows; drawn at random by the word of whoever imported them, or not."""
    labels = make_labels(600, person, source=source, shift=0.5, **how)
    cases = [label.decision.case_id for label in labels]
    type(labels[0].decision.case).objects.filter(pk__in=cases).update(reason="import", blind=False)
    Label.objects.filter(pk__in=[label.pk for label in labels]).update(declared=how["rate"] is not None)


def test_an_import_that_was_drawn_at_random_calibrates_its_community_at_once(alice):
    make_calibrator(PROVISIONAL)
    demo, forum = make_source("arcade"), make_source("forum")
    Simulator.objects.create(source=demo)
    make_labels(300, alice, seed=1, source=demo, shift=3.0)
    assert refit.refit(the_judge()).result == Refit.Result.PROMOTED
    assert live_error(forum, 0.5) > 0.15
    imported(alice, forum, seed=2, rate=0.5)
    assert refit.refit(the_judge()).result == Refit.Result.PROMOTED, "the demo's of today holds nobody back"
    assert live_error(forum, 0.5) < 0.06
    assert live_error(demo, 3.0) < 0.06


def test_an_import_without_that_word_judges_nothing(alice):
    make_calibrator(PROVISIONAL)
    forum = make_source("forum")
    imported(alice, forum, seed=2, rate=None)
    row = refit.refit(the_judge())
    assert row.result == Refit.Result.KEPT
    assert "30 labels of the random cohort, and there are 0" in row.reason
