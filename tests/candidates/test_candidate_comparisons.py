"""`/models/` sets every candidate beside the model that judges, on stored scores, worked out by a worker."""

import numpy as np
import pytest

from inference.evaluation.evaluate import Scored
from inference.evaluation.side_by_side import side_by_side
from review.candidates import candidate_comparisons
from review.candidates.tasks import compare_models
from review.models import ModelComparison, ModelVersion, Score
from review.registry.model_versions import note_speed
from review.registry.scoring_setup import ScoringSetup, active_setup
from tests.calibration.labelled import make_labels
from tests.candidates.conftest import make_candidate
from tests.rows import make_calibrator, make_judge

pytestmark = pytest.mark.django_db


@pytest.fixture
def candidate():
    make_calibrator()
    _, rubric = make_judge()
    return ScoringSetup(make_candidate("bigger"), rubric)


@pytest.fixture
def instance_admin(sign_in, root):
    return sign_in(root)


def sees_more(candidate, labels, share=0.8):
    """Scores of a model that knows most of what reviewers say."""
    rng = np.random.default_rng(2)
    Score.objects.bulk_create(
        Score(
            message=label.message,
            model=candidate.model,
            rubric=candidate.rubric,
            margin=(4.0 if label.violation else -4.0) * (1.0 if rng.random() < share else -0.2) + rng.normal(),
            category_log_probs=[-1.6] * 5,
            tokens=9,
        )
        for label in labels
    )


def test_a_better_candidate_says_how_many_cases_it_would_save(candidate, alice, instance_admin):
    sees_more(candidate, make_labels(600, alice, slope=0.6), share=0.97)
    page = instance_admin.get("/models/").content.decode()
    assert "1 of 1 comparison is being worked out" in page
    assert "hx-get" in page
    compare_models()
    page = instance_admin.get("/models/").content.decode()
    assert "bigger would have sent" in page
    assert "fewer cases to people at the same risk of 5 %" in page
    assert "being worked out" not in page
    (comparison,) = candidate_comparisons.comparisons(active_setup())
    auroc = comparison.data["candidate"]["differences"]["auroc"]
    assert 0.0 < auroc["interval"][0] < auroc["value"] < auroc["interval"][1]


def test_few_decisions_are_not_read_into(candidate, alice, instance_admin):
    sees_more(candidate, make_labels(20, alice))
    instance_admin.get("/models/")
    compare_models()
    page = instance_admin.get("/models/side-by-side/").content.decode()
    assert "20 blind decisions count for both so far. It takes 30" in page


def test_what_policy_chose_for_people_says_nothing(candidate, alice):
    sees_more(candidate, make_labels(100, alice, rate=None))
    assert candidate_comparisons.compared(candidate, active_setup())["labels"] == 0


def test_without_a_candidate_it_says_what_to_do(instance_admin, candidate):
    assert "Run a candidate in shadow" in instance_admin.get("/models/").content.decode()


def test_figures_that_fail_are_not_asked_for_at_every_look(candidate, alice, instance_admin, monkeypatch):
    sees_more(candidate, make_labels(3, alice))
    instance_admin.get("/models/")
    monkeypatch.setattr(candidate_comparisons, "compared", lambda *_: 1 / 0)
    compare_models()
    assert "could not be worked out" in instance_admin.get("/models/side-by-side/").content.decode()
    assert not ModelComparison.objects.exclude(wanted_at=None).exists()


def test_a_speed_is_kept_and_shown(candidate, alice, instance_admin):
    sees_more(candidate, make_labels(200, alice))
    note_speed(candidate.model, 90, 7.2)
    note_speed(active_setup().model, 0, 1.0)
    instance_admin.get("/models/")
    compare_models()
    assert "12.5" in instance_admin.get("/models/").content.decode()
    assert ModelVersion.objects.get(is_active=True).messages_per_second is None


def test_rates_weigh_what_was_drawn_more_rarely() -> None:
    """Rows drawn at a tenth stand for ten each: the figures are those of the traffic, not of the sample."""
    rng = np.random.default_rng(0)
    rates = np.where(np.arange(2_000) < 1_000, 1.0, 0.1)
    flags = (rng.random(2_000) < 0.5).astype(float)
    margins = np.where(rates == 1.0, 8.0 * (flags - 0.5), 0.0) + rng.normal(size=2_000)
    texts = [f"text {number}" for number in range(2_000)]
    scored = Scored(texts, margins, flags, [None] * 2_000, ["here"] * 2_000)
    (sample,), (traffic,) = side_by_side([scored]), side_by_side([scored], rates=rates)
    assert sample["to_people"] == pytest.approx(0.5, abs=0.15)
    assert traffic["to_people"] == pytest.approx(10 / 11, abs=0.06)
    assert traffic["auroc"] < sample["auroc"] - 0.1
