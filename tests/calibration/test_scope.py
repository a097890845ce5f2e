"""Which figures whom: by source, category, model and time; counted by a worker where labels are many."""

from datetime import timedelta

import numpy as np
import pytest
from django.utils import timezone

from review.calibration import figures, tasks
from review.calibration.margin_drift import margin_drift
from review.calibration.scope import Scope
from review.models import CalibrationFigures, CertificationAttempt, MarginCount, ModelVersion, RiskTarget
from review.registry.policy_versions import new_version, replaced_by
from tests.calibration.labelled import make_labels, the_judge
from tests.rows import make_calibrator, make_judge, make_source

pytestmark = pytest.mark.django_db


@pytest.fixture
def two_sources(alice):
    make_calibrator()
    make_labels(60, alice, seed=1, source=make_source("arcade"))
    make_labels(80, alice, seed=2, source=make_source("forum"))


def test_all_sources_of_a_person_are_shown_together(sign_in, alice, two_sources):
    assert "on 140 cohort decisions" in sign_in(alice).get("/calibration/").content.decode()


def test_one_source_can_be_chosen_without_javascript(sign_in, alice, two_sources):
    page = sign_in(alice).get("/calibration/?source=forum").content.decode()
    assert "on 80 cohort decisions" in page
    assert 'hx-get="/calibration/live/?source=forum"' in page


def test_a_member_of_one_source_sees_its_labels_only(sign_in, make_person, two_sources):
    erin = make_person("erin", "moderator", make_source("arcade"))
    client = sign_in(erin)
    assert "on 60 cohort decisions" in client.get("/calibration/").content.decode()
    assert "Forum" not in client.get("/calibration/").content.decode()
    assert "on 60 cohort decisions" in client.get("/calibration/?source=forum").content.decode()


def test_by_time_and_category(sign_in, alice, two_sources):
    make_labels(55, alice, seed=3, at=timezone.now() - timedelta(days=20))
    client = sign_in(alice)
    assert "on 195 cohort decisions" in client.get("/calibration/?days=30").content.decode()
    assert "on 140 cohort decisions" in client.get("/calibration/?days=7").content.decode()
    assert "50 more cohort labels" in client.get("/calibration/?category=violence").content.decode()


def test_another_model_can_be_looked_at_and_not_changed(sign_in, root, alice):
    make_calibrator()
    make_labels(60, alice)
    old, rubric = make_judge()
    ModelVersion.objects.update(is_active=False)
    ModelVersion.objects.create(name="newer", location="x", weights_hash="0" * 64, fingerprint="0" * 64, is_active=True)
    client = sign_in(root)
    assert "50 more cohort labels" in client.get("/calibration/").content.decode()
    page = client.get(f"/calibration/?model={old.pk}-{rubric.pk}").content.decode()
    assert "on 60 cohort decisions" in page
    assert "Refit now" not in page


@pytest.mark.parametrize("query", ["source=nowhere", "days=999", "category=spam", "model=9-9"])
def test_what_makes_no_sense_is_left_at_its_default(sign_in, alice, two_sources, query):
    page = sign_in(alice).get(f"/calibration/?{query}")
    assert page.status_code == 200
    assert "on 140 cohort decisions" in page.content.decode()


def test_many_labels_are_counted_by_a_worker(sign_in, alice, two_sources, monkeypatch):
    monkeypatch.setattr(figures, "AT_ONCE", 100)
    client = sign_in(alice)
    assert "The figures are being worked out" in client.get("/calibration/").content.decode()
    tasks.count_figures()
    page = client.get("/calibration/").content.decode()
    assert "on 140 cohort decisions" in page
    assert "As of" in page
    assert not CalibrationFigures.objects.exclude(wanted_at=None).exists()


def test_old_figures_stay_until_a_worker_has_newer_ones(sign_in, alice, two_sources, monkeypatch):
    client = sign_in(alice)
    client.get("/calibration/")
    monkeypatch.setattr(figures, "AT_ONCE", 100)
    monkeypatch.setattr(figures, "PAUSE", 0)
    make_labels(10, alice, seed=3)
    etag = client.get("/calibration/live/")["ETag"]
    assert "on 140 cohort decisions" in client.get("/calibration/").content.decode()
    tasks.count_figures()
    answer = client.get("/calibration/live/", headers={"If-None-Match": etag})
    assert "on 150 cohort decisions" in answer.content.decode()


def test_figures_that_nobody_asks_for_are_forgotten(sign_in, alice, two_sources):
    sign_in(alice).get("/calibration/")
    CalibrationFigures.objects.update(computed_at=timezone.now() - figures.KEPT_FOR - timedelta(days=1))
    tasks.count_figures()
    assert not CalibrationFigures.objects.exists()


def counted(day, margins):
    model, rubric = make_judge()
    bins, counts = np.unique(np.floor(np.asarray(margins) * 32).astype(int), return_counts=True)
    MarginCount.objects.bulk_create(
        MarginCount(
            source=make_source(), model=model, rubric=rubric, category="toxicity", day=day, bin=bin, count=count
        )
        for bin, count in zip(bins.tolist(), counts.tolist(), strict=True)
    )


def test_margins_are_compared_with_the_same_weekday():
    rng, now = np.random.default_rng(0), timezone.now()
    for back in (8, 15, 22):
        counted(now.date() - timedelta(days=back), rng.normal(0, 2, 500))
    counted(now.date() - timedelta(days=1), rng.normal(1, 2, 500))
    counted(now.date() - timedelta(days=2), rng.normal(0, 2, 500))
    earlier, day = margin_drift(the_judge(), None, Scope(), now)["drift"]
    assert (earlier["reference"], earlier["n"]) == (1000, 500)
    assert earlier["value"] < 2 * earlier["q95"]
    assert day["day"] == (now.date() - timedelta(days=1)).isoformat()
    assert (day["reference"], day["n"]) == (1500, 500)
    assert day["value"] > 3 * day["q95"]


def test_recent_messages_are_drawn_with_the_rungs_of_one_source(sign_in, alice):
    make_calibrator()
    source = make_source()
    ladder = [{"at": 0, "action": "allow"}, {"at": 0.3, "action": "review"}]
    new_version(source, None, replaced_by({"default": ladder}, 0.1))
    counted(timezone.now().date(), np.full(30, -5.0))
    page = sign_in(alice).get("/calibration/").content.decode()
    assert "The lines are the thresholds of <bdi>Arcade</bdi>" in page
    assert "30.0 %" in page


def test_a_certified_margin_stands_beside_the_curve_with_its_bound(sign_in, alice):
    make_calibrator()
    make_labels(60, alice)
    (model, rubric), source = make_judge(), make_source()
    target = RiskTarget.objects.create(source=source, kind=RiskTarget.Kind.WRONG_REMOVALS, action="hide", risk=0.01)
    look = {"number": 1, "delta": 0.03, "messages": 1000, "cohort": 500, "labels": 473, "errors": 1, "missing": 0}
    attempt = CertificationAttempt.objects.create(
        target=target, model=model, rubric=rubric, margin=2.0, bound=0.0098, share=0.12, method="binomial", **look
    )
    certified = {"margin": 2.0, "model": model.weights_hash, "rubric": rubric.version, "attempt": attempt.pk}
    hide = {"at": 0.5, "action": "hide", "supervised": True, "certified": certified}
    new_version(source, None, replaced_by({"default": [{"at": 0, "action": "allow"}, hide]}, 0.1))
    page = " ".join(sign_in(alice).get("/calibration/").content.decode().split())
    assert "hide from a margin of 2.00 (88.1 % today), 12.0 % of its messages" in page
    assert "1 error among 473 cohort labels" in page
    assert "so at most 1.0 %." in page
