"""Rubrics on their way into force: written, tried, in shadow, judging; by request, by worker, and in the database."""

from time import monotonic

import pytest
from django.db import IntegrityError, transaction

from inference.scoring.rubric import DEFAULT_RUBRIC
from moddog_site.celery import app
from review.candidates.rubric_page import changes
from review.judging import trials
from review.judging import worker as judging_worker
from review.models import AuditEntry, CalibratorVersion, Case, Outcome, Rubric, RubricTrial, Score, Verdict
from review.registry import rubrics
from review.registry.calibrators import active_calibrator, seed_shipped_calibrator
from review.registry.model_versions import set_shadow as shadow_model
from review.registry.scoring_setup import ScoringSetup, active_setup
from tests.calibration.labelled import make_labels
from tests.candidates.conftest import decided, make_candidate
from tests.candidates.test_promote import shadow_scores
from tests.judging.conftest import KeywordScorer
from tests.rows import make_calibrator, make_judge, make_message, make_pending, make_source, make_verdict
from tests.stack import wait_until

STERN = "Be stern."


@pytest.fixture
def stern(root):
    """A second rubric beside the one in force, which has a calibrator."""
    make_calibrator()
    return rubrics.write(STERN, "catch more", root)


def soon() -> float:
    return monotonic() + 60


def read_under(rubric: Rubric) -> ScoringSetup:
    """A setup under which one message was scored."""
    setup = ScoringSetup(make_judge()[0], rubric)
    message = make_message(make_source())
    Score.objects.create(
        message=message, model=setup.model, rubric=rubric, margin=1.0, category_log_probs=[-1.6] * 5, tokens=3
    )
    return setup


@pytest.mark.django_db
def test_a_version_is_written_and_tried_by_one_form(sign_in, root, stern):
    client = sign_in(root)
    page = client.post("/rubrics/write/", {"text": "Be kind.\r\nAnd fair.", "note": "<i>more"}, follow=True)
    written = Rubric.objects.get(version=3)
    assert (written.text, written.based_on.version, written.created_by) == ("Be kind.\nAnd fair.", 1, root)
    assert written.trials.get().is_open
    assert "being tried" in page.content.decode()
    assert b"&lt;i&gt;more" in page.content and b"<i>more" not in page.content
    assert AuditEntry.objects.filter(verb="wrote rubric", target_id=written.pk).exists()
    assert "Be kind" not in str(list(AuditEntry.objects.values_list("details", flat=True)))
    again = client.post("/rubrics/write/", {"text": "Be kind.\nAnd fair. "})
    assert again.status_code == 422 and "Rubric 3 says the same" in again.content.decode()
    assert Rubric.objects.count() == 3


@pytest.mark.django_db
def test_only_instance_admins_write(sign_in, make_person, stern):
    client = sign_in(make_person("erin", "admin", make_source()))
    assert client.post("/rubrics/write/", {"text": "Be nice."}).status_code == 403
    assert client.get("/rubrics/").status_code == 403
    assert Rubric.objects.count() == 2


@pytest.mark.django_db
def test_a_trial_scores_labelled_and_recent_messages_once_and_gates_nothing(root, alice, stern):
    for number in range(trials.BATCH + 2):
        make_verdict(make_message(make_source(), f"message {number}"))
    labelled = decided("labelled", alice)
    trial = rubrics.ask_trial(stern, root)
    assert trial.messages[0] == labelled.message_id
    assert rubrics.ask_trial(stern, root) is None
    before = (Verdict.objects.count(), Case.objects.count(), Outcome.objects.count())
    assert trials.follow(KeywordScorer(), trial, soon()) == trials.BATCH + 3
    trial.refresh_from_db()
    assert trial.has_passed and trial.done == trials.BATCH + 3
    assert Score.objects.filter(rubric=stern).count() == trials.BATCH + 3
    assert (Verdict.objects.count(), Case.objects.count(), Outcome.objects.count()) == before


@pytest.mark.django_db
def test_a_trial_waits_while_a_message_waits_and_goes_on_where_it_stopped(root, stern):
    make_verdict(make_message(make_source(), "judged"))
    trial = rubrics.ask_trial(stern, root)
    pending = make_pending(make_source())
    assert trials.follow(KeywordScorer(), trial, soon()) == 0
    pending.pending.delete()
    assert trials.follow(KeywordScorer(), trial, soon()) == 1


@pytest.mark.django_db
def test_a_rubric_that_is_too_long_says_by_how_much(sign_in, root, caplog):
    rubric, _ = Rubric.objects.get_or_create(version=1, defaults={"text": DEFAULT_RUBRIC, "is_active": True})
    scorer = judging_worker.loaded()
    assert scorer.setup.rubric == rubric
    long = rubrics.write("Judge fairly. " * 1_400, "", root)
    trial = rubrics.ask_trial(long, root)
    assert judging_worker.second_model(ScoringSetup(trial.model, long)) is None
    trial.refresh_from_db()
    assert trial.error.startswith("It is ") and "tokens too long" in trial.error
    page = sign_in(root).get(f"/rubrics/{long.pk}/").content.decode()
    assert "It could not be tried. It is" in page
    assert not rubrics.has_read(ScoringSetup(trial.model, long))


@pytest.mark.django_db
def test_a_rubric_and_a_model_are_in_shadow_one_at_a_time(root, stern):
    model, rubric = make_judge()
    candidate = make_candidate()
    assert rubrics.set_shadow(stern, root, on=True)
    assert rubrics.shadow_setup() == ScoringSetup(model, stern)
    shadow_model(candidate, root, on=True)
    assert rubrics.shadow_setup() == ScoringSetup(candidate, rubric)
    assert rubrics.set_shadow(stern, root, on=True)
    assert rubrics.shadow_setup() == ScoringSetup(model, stern)
    assert not rubrics.set_shadow(rubric, root, on=True)


@pytest.mark.django_db
def test_it_comes_into_force_with_a_calibrator_of_its_own_and_the_other_comes_back(sign_in, root, alice, stern):
    client, before = sign_in(root), active_setup()
    labels = make_labels(200, alice)
    candidate = ScoringSetup(before.model, stern)
    shadow_scores(candidate, labels)
    page = client.get(f"/rubrics/{stern.pk}/").content.decode()
    assert page.count('data-chart="/rubrics/') == 2 and "What would change" in page
    charts = client.get(f"/rubrics/{stern.pk}/charts/").json()
    assert set(charts) == {"active", "candidate"}
    client.post(f"/rubrics/{stern.pk}/force/")
    assert active_setup() == candidate
    own = active_calibrator(before.model, stern)
    assert own.labels > 100
    client.post(f"/rubrics/{before.rubric.pk}/force/")
    assert active_setup() == before
    assert CalibratorVersion.objects.filter(rubric=before.rubric).count() == 1
    assert AuditEntry.objects.filter(verb="activated rubric").count() == 2


@pytest.mark.django_db
def test_without_labels_it_comes_into_force_only_where_somebody_says_so(sign_in, root, stern):
    client, before = sign_in(root), active_setup()
    answer = client.post(f"/rubrics/{stern.pk}/force/", {"uncalibrated": "on"}, follow=True).content.decode()
    assert "Try it first" in answer and active_setup() == before
    read_under(stern)
    answer = client.post(f"/rubrics/{stern.pk}/force/", follow=True).content.decode()
    assert "labels of the random cohort" in answer and active_setup() == before
    answer = client.post(f"/rubrics/{stern.pk}/force/", {"uncalibrated": "on"}, follow=True).content.decode()
    assert "everything goes to people for now" in answer
    assert active_setup().rubric == stern
    shipped = {"kind": "platt", "slopes": [1.0], "intercept": 0.0, "n": 100}
    assert seed_shipped_calibrator(before.model, stern, shipped) is None  # it was fitted on margins under the other
    assert active_calibrator(before.model, stern) is None


@pytest.mark.django_db
def test_the_database_keeps_the_words_of_a_rubric(stern):
    with pytest.raises(IntegrityError), transaction.atomic():
        Rubric.objects.filter(pk=stern.pk).update(text="Be lax.")
    with pytest.raises(IntegrityError), transaction.atomic():
        Rubric.objects.filter(is_active=True).update(in_shadow=True)


def test_what_differs_is_told_by_words():
    assert list(changes("Flag all threats.", "Flag clear threats now.")) == [
        ("same", "Flag "),
        ("gone", "all threats."),
        ("new", "clear threats now."),
    ]
    assert list(changes("Be fair.", "Be fair.")) == [("same", "Be fair.")]


@pytest.mark.django_db(transaction=True)
def test_a_worker_tries_a_rubric_and_then_judges_under_it(worker, root):
    message = make_pending(make_source(), "judged under the first")
    app.send_task("review.judging.tasks.classify_pending", queue="inference")
    wait_until(message.verdicts.exists, 60)
    stern = rubrics.write(STERN, "", root)
    rubrics.ask_trial(stern, root)
    for _ in range(2):
        app.send_task("review.judging.tasks.score_in_shadow", queue="inference")
    wait_until(lambda: RubricTrial.objects.get().has_passed, 60)
    first, second = (message.scores.get(rubric__version=version).margin for version in (1, 2))
    assert first != second
    rubrics.activate(stern, root, calibrator=None)
    later = make_pending(make_source(), "judged under the second")
    app.send_task("review.judging.tasks.classify_pending", queue="inference")
    wait_until(later.verdicts.exists, 60)
    verdict = later.verdicts.get()
    assert (verdict.score.rubric, verdict.calibrator, verdict.why) == (stern, None, "uncalibrated")
