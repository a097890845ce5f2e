"""The calibration page: who sees it, what it shows, and that it is silent while nothing changes."""

import pytest
from django.utils import timezone
from django.utils.html import escape

from moddog_site.celery import app
from review.calibration import figures, refit
from review.models import (
    AuditEntry,
    CalibratorActivation,
    CalibratorVersion,
    Decision,
    ModelVersion,
    Rerouting,
    Score,
)
from tests.calibration.labelled import make_labels, now_active, the_judge
from tests.rows import make_calibrator, make_judge, make_message, make_source

pytestmark = pytest.mark.django_db


def live(client, etag=None):
    headers = {"If-None-Match": etag} if etag else {}
    return client.get("/calibration/live/", headers=headers)


def test_anonymous_people_are_sent_to_sign_in(client):
    assert client.get("/calibration/").status_code == 302
    assert client.get("/calibration/live/").status_code == 302


def test_without_a_role_it_is_closed(sign_in, charlie):
    make_calibrator()
    assert sign_in(charlie).get("/calibration/").status_code == 403
    assert sign_in(charlie).get("/calibration/live/").status_code == 403


def test_it_says_that_no_model_has_judged(sign_in, alice):
    page = sign_in(alice).get("/calibration/")
    assert page.status_code == 200
    assert b"No model has judged here yet" in page.content
    assert live(sign_in(alice)).status_code == 204


def test_it_says_how_many_cohort_labels_are_missing(sign_in, alice):
    make_calibrator()
    make_labels(13, alice)
    make_labels(100, alice, seed=1, rate=None)
    page = sign_in(alice).get("/calibration/").content.decode()
    assert "37 more cohort labels" in page
    assert "there are 13 so far" in page
    assert "Three probabilities" not in page


def test_a_moderator_sees_figures_and_no_buttons(sign_in, alice):
    make_calibrator()
    make_labels(300, alice, emitted=0.95)
    page = sign_in(alice).get("/calibration/").content.decode()
    assert "on 300 cohort decisions" in page
    assert "Written by the model" in page
    assert "a perfect calibrator would show" in page
    assert "Refit now" not in page
    assert "<script>" not in page
    assert 'style="' not in page


def test_written_confidence_is_shown_only_where_there_is_some(sign_in, alice):
    make_calibrator()
    make_labels(60, alice)
    page = sign_in(alice).get("/calibration/").content.decode()
    assert "Raw logit" in page
    assert ">Written by the model<" not in page


def test_nothing_new_is_a_304(sign_in, alice):
    make_calibrator()
    make_labels(60, alice)
    client = sign_in(alice)
    first = live(client)
    assert first.status_code == 200
    assert "no-cache" in first["Cache-Control"]
    again = live(client, first["ETag"])
    assert (again.status_code, again.content) == (304, b"")


def test_the_page_starts_with_the_tag_of_its_own_state(sign_in, alice):
    make_calibrator()
    client = sign_in(alice)
    page = client.get("/calibration/").content.decode()
    assert f'data-etag="{escape(live(client)["ETag"])}"' in page


@pytest.fixture
def no_pause(monkeypatch):
    """New labels are counted at once."""
    monkeypatch.setattr(figures, "PAUSE", 0)


def test_a_304_costs_few_queries(sign_in, alice, django_assert_max_num_queries):
    make_calibrator()
    make_labels(60, alice)
    client = sign_in(alice)
    etag = live(client)["ETag"]
    with django_assert_max_num_queries(20):
        assert live(client, etag).status_code == 304


@pytest.mark.parametrize("change", ["label", "undo", "activation", "refit", "request"])
def test_what_changes_the_page_changes_the_tag(sign_in, alice, no_pause, change):
    calibrator = make_calibrator()
    make_labels(60, alice)
    client = sign_in(alice)
    etag = live(client)["ETag"]
    if change == "label":
        make_labels(1, alice, seed=1, at=timezone.now())
    elif change == "undo":
        Decision.objects.filter(pk=Decision.objects.latest("pk").pk).update(undone_at=timezone.now())
    elif change == "activation":
        CalibratorActivation.objects.create(calibrator=calibrator, why="for a test")
    elif change == "refit":
        refit.refit(the_judge())
    else:
        refit.ask(the_judge(), alice)
    assert live(client, etag).status_code == 200


def test_an_admin_asks_for_a_refit_once(sign_in, root):
    make_calibrator()
    client = sign_in(root)
    assert "Refit now" in client.get("/calibration/").content.decode()
    assert client.post("/calibration/refit/").status_code == 302
    client.post("/calibration/refit/")
    assert AuditEntry.objects.filter(verb=refit.ASKED, actor=root).count() == 1
    assert "Asked for by <bdi>root</bdi>" in client.get("/calibration/").content.decode()


def test_a_request_needs_no_broker(sign_in, root, settings, monkeypatch, django_capture_on_commit_callbacks):
    make_calibrator()
    monkeypatch.setattr(app.conf, "broker_url", "redis+socket:///nowhere/redis.sock")
    with django_capture_on_commit_callbacks(execute=True):
        assert sign_in(root).post("/calibration/refit/").status_code == 302
    assert refit.asked(the_judge()).actor == root


@pytest.mark.parametrize("path", ["/calibration/refit/", "/calibration/activate/{}/"])
def test_buttons_belong_to_instance_admins(sign_in, alice, dana, path):
    first = make_calibrator()
    second = make_calibrator()
    for person in (alice, dana):
        assert sign_in(person).post(path.format(first.pk)).status_code == 403
        assert sign_in(person).get(path.format(first.pk)).status_code == 405
    assert now_active() == second


def test_an_admin_rolls_back_with_one_post(sign_in, root):
    first, _ = make_calibrator(), make_calibrator()
    answer = sign_in(root).post(f"/calibration/activate/{first.pk}/", headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert b'id="calibration-live"' in answer.content
    assert b'hx-swap-oob="true"' in answer.content
    assert now_active() == first
    assert AuditEntry.objects.get(verb="activated calibrator").actor == root


def test_rolling_back_to_what_is_in_force_changes_nothing(sign_in, root):
    calibrator = make_calibrator()
    sign_in(root).post(f"/calibration/activate/{calibrator.pk}/")
    assert CalibratorActivation.objects.count() == 1


def test_another_models_calibrator_cannot_be_put_in_force(sign_in, root):
    make_calibrator()
    _, rubric = make_judge()
    other = ModelVersion.objects.create(name="other", location="x", weights_hash="0" * 64, fingerprint="0" * 64)
    foreign = CalibratorVersion.objects.create(model=other, rubric=rubric, version=1, kind="platt", parameters={})
    assert sign_in(root).post(f"/calibration/activate/{foreign.pk}/").status_code == 404


def test_history_names_who_and_why(sign_in, alice, root):
    make_calibrator({"kind": "platt", "slopes": [0.3], "intercept": 2.0, "n": 1_000_000})
    make_labels(200, alice)
    refit.refit(the_judge(), root)
    page = sign_in(alice).get("/calibration/").content.decode()
    assert "passed the gate" in page
    assert "asked for by <bdi>root</bdi>" in page
    assert "predicts better than calibrator 1" in page
    assert "in force" in page


def test_a_member_of_one_source_sees_it_too(sign_in, make_person):
    make_calibrator()
    erin = make_person("erin", "moderator", make_source())
    assert sign_in(erin).get("/calibration/").status_code == 200


@pytest.fixture
def erin(make_person):
    """A moderator of one source."""
    return make_person("erin", "moderator", make_source())


def pages(client):
    return client.get("/calibration/").content.decode() + live(client).content.decode()


def test_a_moderator_of_one_source_sees_no_rerouting_of_another(sign_in, erin, alice, root):
    make_calibrator()
    mine = Rerouting.objects.create(source=make_source(), why="a word of ours", by=root, examined=41)
    Rerouting.objects.create(source=make_source("forum"), why="a secret reason", by=root, examined=4242)
    Rerouting.objects.create(source=None, why="a word to all", by=root, examined=7777)
    shown = pages(sign_in(erin))
    assert "A word of ours" in shown
    for words in ("Forum", "secret reason", "4,242", "word to all", "7,777"):
        assert words not in shown
    assert "A word to all" in pages(sign_in(alice))
    mine.delete()
    assert "Waiting cases" not in pages(sign_in(erin))


def test_a_moderator_of_one_source_sees_no_candidates_and_no_requests(sign_in, erin, alice, root):
    make_calibrator()
    model, rubric = make_judge()
    CalibratorVersion.objects.create(
        model=model,
        rubric=rubric,
        version=2,
        kind="beta",
        parameters={"kind": "platt", "slopes": [1.0], "intercept": 0},
    )
    candidate = ModelVersion.objects.create(name="taught-in-secret", location="x", weights_hash="0" * 64)
    message = make_message(make_source("forum"))
    for judge in (model, candidate):
        Score.objects.create(
            message=message, model=judge, rubric=rubric, margin=1.0, category_log_probs=[-1.6] * 5, tokens=9
        )
    refit.ask(the_judge(), root)
    secrets = ("taught-in-secret", "Asked for", "candidate", "root", "Refits", "for a test")
    shown = pages(sign_in(erin))
    assert [words for words in secrets if words in shown] == []
    assert (
        "taught-in-secret" not in sign_in(erin).get(f"/calibration/?model={candidate.pk}-{rubric.pk}").content.decode()
    )
    everything = pages(sign_in(alice))
    assert [words for words in secrets if words not in everything] == []
