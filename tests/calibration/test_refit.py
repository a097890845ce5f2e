"""Refits: what counts, what is promoted, what is kept and refused, and that every attempt is on record."""

import re
from datetime import timedelta

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from review.calibration import refit, tasks
from review.models import AuditEntry, Category, Refit, Rubric, Simulator
from review.registry.calibrators import read
from review.registry.scoring_setup import ScoringSetup
from tests.calibration.labelled import make_labels, now_active, the_judge
from tests.rows import make_calibrator, make_judge, make_source

pytestmark = pytest.mark.django_db

FAR_OFF = {"kind": "platt", "slopes": [0.3], "intercept": 2.0, "n": 1_000_000}


def test_a_better_map_is_promoted_and_says_why(alice):
    old = make_calibrator(FAR_OFF)
    make_labels(300, alice)
    row = refit.refit(the_judge())
    assert (row.result, row.labels) == (Refit.Result.PROMOTED, 300)
    assert row.reason.startswith("The platt calibrator fitted on 300 labels predicts better than calibrator 1: log-")
    active = now_active()
    assert (active.version, active.kind, active.labels, active.provisional) == (old.version + 1, "platt", 300, False)
    assert active == row.calibrator
    assert active.activations.get().why == "passed the gate"
    assert AuditEntry.objects.filter(verb="activated calibrator", target_id=active.pk).exists()


def test_a_map_that_is_true_already_is_kept(alice):
    make_calibrator()
    make_labels(300, alice)
    row = refit.refit(the_judge())
    assert row.result == Refit.Result.KEPT
    assert row.reason.startswith("Kept calibrator 1: the platt calibrator fitted on 300 labels")
    assert now_active().version == 1
    assert row.calibrator.version == 2
    assert not row.calibrator.activations.exists()


def test_too_few_labels_are_refused_with_the_number(alice):
    make_calibrator(FAR_OFF)
    make_labels(12, alice)
    row = refit.refit(the_judge())
    assert row.result == Refit.Result.REFUSED
    assert "platt needs 10 labels of either class" in row.reason
    assert now_active().version == 1


def test_no_labels_at_all_are_refused():
    make_judge()
    assert refit.refit(the_judge()).reason == "Nothing could be fitted: there are no labels yet."


def test_labels_without_a_rate_fit_but_never_promote(alice):
    make_calibrator(FAR_OFF)
    make_labels(300, alice, rate=None)
    row = refit.refit(the_judge())
    assert row.result == Refit.Result.KEPT
    assert "30 labels of the random cohort, and there are 0. At least 30 more are missing." in row.reason


def test_only_the_cohort_judges(alice):
    """Many chosen labels say one thing, the cohort another: the calibrator in force is right on the cohort."""
    make_calibrator()
    make_labels(60, alice, seed=1)
    make_labels(800, alice, seed=2, rate=None, shift=3.0)
    assert refit.refit(the_judge()).result == Refit.Result.KEPT


def test_a_fitted_map_is_judged_on_newer_labels_only(alice):
    make_calibrator(FAR_OFF)
    make_labels(300, alice)
    refit.refit(the_judge())
    make_labels(10, alice, seed=1, at=timezone.now())
    row = refit.refit(the_judge())
    assert row.result == Refit.Result.KEPT
    assert "cohort since it was fitted, and there are 10" in row.reason


def test_a_first_map_is_held_against_the_plain_share(alice):
    make_judge()
    make_labels(300, alice)
    row = refit.refit(the_judge())
    assert row.result == Refit.Result.PROMOTED
    assert "better than the plain share of violations" in row.reason
    assert now_active().version == 1


def test_rulings_of_spam_and_self_harm_are_counted_and_left_out(alice):
    make_calibrator(FAR_OFF)
    make_labels(200, alice)
    spam = make_labels(60, alice, seed=1, category="spam")
    row = refit.refit(the_judge())
    assert row.figures["outside"] == sum(label.violation for label in spam)
    assert row.labels == 260 - row.figures["outside"]


@pytest.mark.parametrize("change", ["undone", "not effective yet"])
def test_what_does_not_count_is_not_there(alice, change):
    make_calibrator(FAR_OFF)
    label = make_labels(200, alice)[0]
    if change == "undone":
        type(label.decision).objects.filter(pk=label.decision_id).update(undone_at=timezone.now())
    else:
        later = timezone.now() + timedelta(minutes=1)
        type(label.decision).objects.filter(pk=label.decision_id).update(effective_at=later)
    assert refit.refit(the_judge()).labels == 199


def test_margins_of_another_rubric_are_never_mixed_in(alice):
    make_labels(200, alice)
    stern = ScoringSetup(the_judge().model, Rubric.objects.create(version=2, text="Be stern."))
    assert refit.refit(stern).labels == 0


def test_two_refits_never_run_at_once(alice):
    make_calibrator(FAR_OFF)
    make_labels(200, alice)
    settings = connection.get_connection_params() | {"autocommit": True}
    kept = {key: settings[key] for key in ("host", "port", "user", "password", "dbname") if settings.get(key)}
    with psycopg.connect(**kept) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [refit.LOCK])
        with pytest.raises(refit.AnotherRefit):
            refit.refit(the_judge())
        with pytest.raises(CommandError, match="another refit"):
            call_command("refit")
        tasks.refit_if_due()
        assert not Refit.objects.exists()
        other.execute("SELECT pg_advisory_unlock(%s)", [refit.LOCK])
    assert refit.refit(the_judge()).result == Refit.Result.PROMOTED


def test_a_sweep_refits_once_fifty_labels_are_new(alice):
    make_calibrator(FAR_OFF)
    make_labels(200, alice)
    tasks.refit_if_due()
    tasks.refit_if_due()
    assert Refit.objects.count() == 1
    make_labels(49, alice, seed=1, at=timezone.now())
    tasks.refit_if_due()
    assert Refit.objects.count() == 1
    make_labels(1, alice, seed=2, at=timezone.now())
    tasks.refit_if_due()
    assert Refit.objects.count() == 2


def test_a_sweep_refits_after_an_hour_with_any_new_label(alice):
    make_calibrator(FAR_OFF)
    make_labels(200, alice)
    refit.refit(the_judge())
    make_labels(1, alice, seed=1, at=timezone.now())
    assert not refit.is_due(the_judge())
    Refit.objects.update(created_at=timezone.now() - timedelta(hours=1, seconds=1))
    assert refit.is_due(the_judge())


def test_an_hour_without_new_labels_is_no_reason(alice):
    make_calibrator(FAR_OFF)
    make_labels(200, alice)
    refit.refit(the_judge())
    Refit.objects.update(created_at=timezone.now() - timedelta(hours=2))
    assert not refit.is_due(the_judge())


def test_a_request_is_answered_once_and_by_name(alice, root):
    make_calibrator(FAR_OFF)
    make_labels(200, alice)
    refit.refit(the_judge())
    refit.ask(the_judge(), root)
    tasks.refit_now()
    tasks.refit_now()
    assert [row.requested_by for row in Refit.objects.order_by("pk")] == [None, root]


def test_nothing_is_swept_before_a_model_judged():
    tasks.refit_if_due()
    assert not Refit.objects.exists()


def test_a_dry_run_prints_the_comparison_and_changes_nothing(alice, capsys):
    make_calibrator(FAR_OFF)
    make_labels(300, alice)
    call_command("refit", "--dry-run")
    printed = capsys.readouterr().out
    assert "300 labels" in printed
    assert "platt      cross-fitted log-loss" in printed
    assert "paired standard error" in printed
    assert "the simplest within one standard error of the best" in printed
    assert "offsets of category and source: not used" in printed
    assert "the one in force is outside its band" in printed
    assert "flips: 0 of the last 0 automatic outcomes, 0 of 0 waiting cases" in printed
    assert "would be promoted: The platt calibrator" in printed
    assert not Refit.objects.exists()
    assert now_active().version == 1


def test_a_dry_run_for_a_source_counts_what_is_its_own_in_whole_numbers(alice, capsys):
    make_calibrator()
    make_labels(60, alice, source=make_source("forum"))
    make_labels(14, alice, seed=1, source=make_source("forum"), category=Category.SPAM)
    make_labels(3, alice, seed=2, source=make_source("arcade"), rate=0.02)
    call_command("refit", "--source", "arcade", "--dry-run")
    printed = capsys.readouterr().out
    assert "3 labels; 0 of spam or self-harm" in printed
    assert not re.search(r"\d\.\d+ (violations|benign)", printed)
    call_command("refit", "--dry-run")
    assert re.search(r"labels; [1-9]\d* of spam or self-harm", capsys.readouterr().out)


def test_the_command_promotes_and_says_so(alice, capsys):
    make_calibrator(FAR_OFF)
    make_labels(300, alice)
    call_command("refit")
    assert "promoted: The platt calibrator fitted on 300 labels" in capsys.readouterr().out
    assert now_active().version == 2


def test_a_source_gets_one_of_its_own_where_its_labels_say_so(alice, capsys):
    make_calibrator()
    forum, arcade = make_source("forum"), make_source("arcade")
    make_labels(300, alice, seed=1, source=forum)
    make_labels(150, alice, seed=2, source=arcade, shift=2.5)
    call_command("refit", "--source", "arcade")
    row = Refit.objects.get()
    assert (row.result, row.labels) == (Refit.Result.PROMOTED, 150)
    assert "arcade: the platt calibrator fitted on 150 labels predicts better than calibrator 1" in row.reason.lower()
    assert now_active().parameters["own"][str(arcade.pk)]["labels"] == 150
    assert now_active().labels == 0, "of the common part, which is as it was"
    active, before = read(now_active()), read(make_calibrator())
    assert active.predict([0.0], None, [str(arcade.pk)])[0] > 0.85
    for source in (str(forum.pk), "a newcomer"):
        assert active.predict([0.0], None, [source]) == before.predict([0.0])


def test_the_page_shows_a_source_its_own_and_nobody_elses(alice, make_person, sign_in):
    make_calibrator()
    forum, arcade = make_source("forum"), make_source("arcade")
    make_labels(60, alice, seed=1, source=forum)
    make_labels(150, alice, seed=2, source=arcade, shift=2.5)
    refit.refit(the_judge())
    page = sign_in(make_person("erin", "senior", arcade)).get("/calibration/").content.decode()
    assert "<bdi>Arcade</bdi></b> has its own: platt, fitted on 150 of its decisions." in page
    assert "has its own" not in sign_in(make_person("ben", "senior", forum)).get("/calibration/").content.decode()


def test_every_source_is_judged_on_its_own_labels(alice):
    make_calibrator()
    forum, arcade = make_source("forum"), make_source("arcade")
    make_labels(200, alice, seed=1, source=forum)
    make_labels(200, alice, seed=2, source=arcade, shift=2.5)
    row = refit.refit(the_judge())
    own = row.figures["own"]
    assert (own[str(arcade.pk)]["promoted"], own[str(forum.pk)]["promoted"]) == (True, False)
    assert set(now_active().parameters["own"]) == {str(arcade.pk)}


def test_what_is_a_sources_own_stays_for_a_day_and_through_a_new_common_one(alice):
    make_calibrator()
    forum, arcade = make_source("forum"), make_source("arcade")
    make_labels(60, alice, seed=1, source=forum)
    make_labels(200, alice, seed=2, source=arcade, shift=2.5)
    refit.refit(the_judge())
    own = now_active().parameters["own"]
    make_labels(400, alice, seed=3, source=forum, shift=-2.5)
    make_labels(200, alice, seed=4, source=arcade, shift=-1.0, at=timezone.now())
    row = refit.refit(the_judge())
    assert row.result == Refit.Result.PROMOTED
    assert now_active().parameters["own"][str(arcade.pk)] == own[str(arcade.pk)]
    assert row.figures["own"][str(arcade.pk)]["reason"].startswith("Passed the gate, and waits")


def test_the_demos_labels_leave_no_trace_in_other_probabilities(alice):
    before = make_calibrator()
    demo, forum = make_source("arcade"), make_source("forum")
    Simulator.objects.create(source=demo)
    make_labels(300, alice, seed=1, source=demo, shift=2.5)
    row = refit.refit(the_judge())
    assert row.result == Refit.Result.PROMOTED
    active = read(now_active())
    margins = [-3.0, 0.0, 3.0]
    assert active.predict(margins, None, [str(forum.pk)] * 3).tolist() == read(before).predict(margins).tolist()
    assert active.predict([0.0], None, [str(demo.pk)])[0] > 0.85
    make_labels(200, alice, seed=2, source=forum, shift=-1.0)
    refit.refit(the_judge())
    found = refit.attempted(the_judge(), timezone.now())
    assert found.common.labels == 200, "the common one never sees the demo's"


def test_the_command_names_an_unknown_source():
    make_judge()
    with pytest.raises(CommandError, match="'nowhere'"):
        call_command("refit", "--source", "nowhere")


def test_the_command_needs_a_model():
    with pytest.raises(CommandError, match="no model"):
        call_command("refit")
