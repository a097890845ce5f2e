"""A certified margin stands where its messages' category and source put it."""

import pytest
from scipy.special import expit

from review.calibration import refit
from review.calibration.certified_thresholds import certified_thresholds
from review.calibration.scope import Scope
from review.models import CertificationAttempt, RiskTarget
from review.registry.policy_versions import new_version, replaced_by
from review.registry.scoring_setup import ScoringSetup
from tests.rows import make_calibrator, make_judge, make_source

pytestmark = pytest.mark.django_db


@pytest.fixture
def source():
    """One margin of 2 certified for the common ladder and for violence's own, under a calibrator with offsets."""
    source, (model, rubric) = make_source(), make_judge()
    offsets = {"categories": {"violence": 1.0, "toxicity": 3.0}, "sources": {str(source.pk): -0.5}}
    make_calibrator({"kind": "platt", "slopes": [1.0], "intercept": 0.0, "n": 1_000_000, "offsets": offsets})
    ladders = {}
    for name, category in [("default", ""), ("violence", "violence")]:
        target = RiskTarget.objects.create(
            source=source, kind="wrong_removals", action="hide", category=category, risk=0.01
        )
        look = {"number": 1, "delta": 0.03, "messages": 1000, "cohort": 500, "labels": 473, "errors": 1, "missing": 0}
        found = CertificationAttempt.objects.create(
            target=target, model=model, rubric=rubric, margin=2.0, bound=0.0098, share=0.12, method="binomial", **look
        )
        certified = {"margin": 2.0, "model": model.weights_hash, "rubric": rubric.version, "attempt": found.pk}
        hide = {"at": 0.5, "action": "hide", "supervised": True, "certified": certified}
        ladders[name] = [{"at": 0, "action": "allow"}, hide]
    new_version(source, None, replaced_by(ladders, 0.1))
    return source


def told(category=""):
    setup = ScoringSetup(*make_judge())
    return certified_thresholds(setup, refit.in_force(setup), Scope(category=category))


def test_a_promise_is_read_for_its_own_category_or_pooled(source):
    assert [each["probability"] for each in told()["certified"]] == pytest.approx([expit(1.5), expit(2.5)], abs=1e-6)


@pytest.mark.parametrize(("category", "logit"), [("", 1.5), ("violence", 2.5), ("toxicity", 4.5)])
def test_a_rung_is_drawn_where_the_messages_in_scope_reach_it(source, category, logit):
    assert [each["at"] for each in told(category)["rungs"]] == pytest.approx([expit(logit)], abs=1e-6)
