"""What instance admins do by hand: promote with a reason, roll back, set the prior, pin a kind; and what would flip."""

import pytest
from django.db import DatabaseError, transaction

from review.calibration import history, refit
from review.calibration.flips import flips
from review.judging.drain import drain
from review.models import AuditEntry, CalibrationSetting, CalibratorActivation, CalibratorVersion, Refit, Rerouting
from review.registry.calibration_settings import setting
from review.registry.calibrators import read, seed_shipped_calibrator
from review.registry.policy_versions import new_version, replaced_by
from tests.calibration.labelled import make_labels, now_active, the_judge
from tests.judging.conftest import KeywordScorer
from tests.rows import make_calibrator, make_judge, make_pending, make_source

pytestmark = pytest.mark.django_db

FAR_OFF = {"kind": "platt", "slopes": [0.3], "intercept": 2.0, "n": 1_000_000}
SHIPPED = {
    "kind": "platt",
    "slopes": [1.0],
    "intercept": -2.0,
    "n": 5000,
    "provisional": True,
    "shifted_to_prior": 0.05,
}
LADDER = [{"at": 0, "action": "allow"}, {"at": 0.3, "action": "review"}, {"at": 0.94, "action": "remove"}]


@pytest.fixture
def candidate(alice):
    """A true calibrator is in force, so the refit's own stays behind."""
    make_calibrator()
    make_labels(300, alice)
    return refit.refit(the_judge()).calibrator


def test_a_candidate_that_stays_behind_is_kept_with_why(candidate):
    entry, active = history.entries(the_judge(), now_active())
    assert (entry.calibrator, active.status) == (candidate, "in force")
    assert entry.status in ("candidate", "rejected")
    assert entry.why.startswith("Kept calibrator 1")
    assert entry.needs_a_reason


def test_a_candidate_needs_a_reason(sign_in, root, candidate):
    client = sign_in(root)
    page = client.post(f"/calibration/activate/{candidate.pk}/").content.decode()
    assert "Say why: the gate did not let it through" in page
    assert now_active().version == 1
    assert client.post(f"/calibration/activate/{candidate.pk}/", {"why": "we know better"}).status_code == 302
    assert now_active() == candidate
    activation = CalibratorActivation.objects.latest("pk")
    assert (activation.by, activation.why) == (root, "we know better")
    assert AuditEntry.objects.get(verb="activated calibrator").actor == root


def test_rolling_back_needs_one_click_and_moves_waiting_cases(sign_in, root):
    first, second = make_calibrator(), make_calibrator()
    page = sign_in(root).get("/calibration/").content.decode()
    assert "Roll back to calibrator 1" in page
    sign_in(root).post(f"/calibration/activate/{first.pk}/")
    assert now_active() == first
    run = Rerouting.objects.get()
    assert (run.source, run.by, run.why) == (None, root, "calibrator 1: put back in force")
    assert [entry.status for entry in history.entries(the_judge(), first)] == ["retired", "in force"]
    assert second.activations.count() == 1


def test_the_comparison_says_what_would_flip(sign_in, root):
    setup, source = the_judge(), make_source()
    make_calibrator()
    new_version(source, None, replaced_by({"default": LADDER}, 0.0))
    make_pending(source, "you are awful")
    make_pending(source, "well played")
    list(drain(KeywordScorer(), setup))
    other = CalibratorVersion.objects.create(
        model=setup.model, rubric=setup.rubric, version=2, kind="platt", parameters={**FAR_OFF, "intercept": 0.0}
    )
    found = flips(setup, other)
    assert (found.outcomes, found.flipping, found.waiting) == (2, 1, 0)
    assert [(way.before, way.after, way.count) for way in found.outcome_ways] == [("remove", "review", 1)]
    page = sign_in(root).get(f"/calibration/{other.pk}/").content.decode()
    assert "1 remove → review" in page
    assert "No case waits that could move." in page
    assert "<b>1</b> of the last 2" in sign_in(root).get(f"/calibration/{other.pk}/flips/").content.decode()
    assert not CalibratorActivation.objects.filter(calibrator=other).exists()


def test_waiting_cases_that_would_go_elsewhere_are_counted():
    setup, source = the_judge(), make_source()
    make_calibrator({**FAR_OFF, "intercept": 0.0})
    new_version(source, None, replaced_by({"default": LADDER}, 0.0))
    make_pending(source, "you are awful")
    make_pending(source, "awful draw", draw=0.0)
    list(drain(KeywordScorer(), setup))
    true = make_calibrator()
    CalibratorActivation.objects.create(calibrator=CalibratorVersion.objects.get(version=1), why="for a test")
    found = flips(setup, true)
    assert (found.waiting, found.flipping_cases) == (2, 2)


def test_the_shipped_map_is_moved_to_the_prior_that_was_set(sign_in, root):
    model, rubric = make_judge()
    seed_shipped_calibrator(model, rubric, SHIPPED)
    before = read(now_active()).predict([0.0])[0]
    sign_in(root).post("/calibration/prior/", {"percent": "20", "why": "a rough place"})
    active = now_active()
    assert (active.version, active.provisional, active.parameters["shifted_to_prior"]) == (2, True, 0.2)
    odds = (0.2 / 0.8) / (0.05 / 0.95)
    after = read(active).predict([0.0])[0]
    assert after / (1 - after) == pytest.approx(odds * before / (1 - before))
    assert (setting().prior, setting().by, setting().why) == (0.2, root, "a rough place")
    assert AuditEntry.objects.filter(verb="changed calibration", actor=root).exists()


def test_a_prior_that_was_set_before_the_model_came_is_kept(root):
    model, rubric = make_judge()
    CalibrationSetting.objects.create(prior=0.5, by=root)
    assert seed_shipped_calibrator(model, rubric, SHIPPED).parameters["shifted_to_prior"] == 0.5


def test_a_map_fitted_on_own_labels_is_not_moved(sign_in, root):
    calibrator = make_calibrator()
    sign_in(root).post("/calibration/prior/", {"percent": "20"})
    assert now_active() == calibrator
    assert setting().prior == 0.2


@pytest.mark.parametrize("percent", ["", "0", "100", "many"])
def test_a_share_that_makes_no_sense_is_refused_with_what_to_do(sign_in, root, percent):
    make_calibrator()
    page = sign_in(root).post("/calibration/prior/", {"percent": percent})
    assert page.status_code == 200
    assert "Give a" in page.content.decode()
    assert not CalibrationSetting.objects.exists()


def test_a_pinned_kind_is_fitted_whatever_is_best(sign_in, root, alice):
    make_calibrator(FAR_OFF)
    make_labels(400, alice)
    sign_in(root).post("/calibration/kind/", {"kind": "isotonic", "why": "no shape assumed"})
    row = refit.refit(the_judge())
    assert row.calibrator.kind == "isotonic"
    assert row.figures["pinned"] == "isotonic"
    assert "an admin pinned it" in sign_in(root).get("/calibration/").content.decode()
    assert "Choose one of the list" in sign_in(root).post("/calibration/kind/", {"kind": "guess"}).content.decode()


def test_what_was_set_stays_on_record(root):
    row = CalibrationSetting.objects.create(prior=0.5, by=root)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        CalibrationSetting.objects.filter(pk=row.pk).update(prior=0.1)


@pytest.mark.parametrize("path", ["prior/", "kind/", "{}/", "{}/flips/"])
def test_it_belongs_to_instance_admins(sign_in, alice, dana, client, path):
    path = "/calibration/" + path.format(make_calibrator().pk)
    verb = "get" if path.endswith("flips/") or path[-2].isdigit() else "post"
    assert getattr(client, verb)(path).status_code == 302
    for person in (alice, dana):
        assert getattr(sign_in(person), verb)(path).status_code == 403


def test_another_pairs_calibrator_is_not_there(sign_in, root):
    assert sign_in(root).get("/calibration/999999/").status_code == 404
    make_calibrator()
    assert sign_in(root).get("/calibration/999999/").status_code == 404


def test_one_promotion_a_day_by_itself(alice, root):
    make_calibrator(FAR_OFF)
    make_labels(300, alice)
    assert refit.refit(the_judge()).result == Refit.Result.PROMOTED
    CalibratorActivation.objects.create(
        calibrator=CalibratorVersion.objects.get(version=1), by=root, why="put back in force"
    )
    row = refit.refit(the_judge())
    assert row.result == Refit.Result.KEPT
    assert row.reason.startswith("Passed the gate, and waits: one calibrator a day is promoted by itself")
    assert refit.refit_by_hand(the_judge()).result == Refit.Result.PROMOTED
