"""Draining judges everything once, writes what decided, and hands to people what the model cannot read."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from inference.scoring.normalise import normalised
from review.desk import model_opinion
from review.enforcement import reports
from review.judging import leases, results
from review.judging.drain import BACKLOG_EVERY, drain
from review.judging.explain import explain_batch
from review.judging.pace import Pace
from review.judging.score_cache import ScoreCache
from review.judging.scoring_inputs import scoring_inputs
from review.models import Case, Lane, Message, ModelVersion, Outcome, Pending, Policy, Reason, Score, Source, Verdict
from review.registry.policy_versions import new_version, replaced_by
from review.registry.scoring_setup import ScoringSetup
from tests.judging.conftest import KeywordScorer
from tests.rows import make_case, make_judge, make_message, make_pending, make_source

pytestmark = pytest.mark.django_db

LADDER = [{"at": 0, "action": "allow"}, {"at": 0.3, "action": "review"}, {"at": 0.9, "action": "remove"}]


@pytest.fixture
def source() -> Source:
    source = make_source()
    new_version(source, None, replaced_by({"default": LADDER}, 0.1))
    return source


def test_it_judges_routes_and_acts(source, scorer, setup):
    good, bad = make_pending(source, "well played"), make_pending(source, "you are awful")
    assert sum(drain(scorer, setup)) == 2
    assert not Pending.objects.exists()
    routes = dict(Verdict.objects.values_list("message", "route"))
    assert routes == {good.pk: "allow", bad.pk: "remove"}
    assert dict(Outcome.objects.values_list("message", "action")) == routes
    verdict = Verdict.objects.select_related("score", "policy").get(message=bad)
    assert verdict.flag
    assert verdict.category == "toxicity"
    assert verdict.probability == pytest.approx(0.9526, abs=1e-3)
    assert sum(verdict.categories.values()) == pytest.approx(1)
    assert verdict.policy == Policy.objects.get(source=source, version=2)
    assert not Case.objects.exists()


@pytest.mark.parametrize("text", ["well played", "you are awful"])
def test_what_was_reported_before_it_was_judged_gets_its_verdict(source, scorer, setup, text):
    message = make_pending(source, text)
    reports.take(message, reports.Said("wren"))
    before = Case.objects.get()
    assert before.verdict is None
    assert sum(drain(scorer, setup)) == 1
    case, verdict = Case.objects.get(), Verdict.objects.get()
    assert (case.verdict, case.state, case.reason) == (verdict, Case.State.OPEN, Reason.REPORT)
    assert case.margin == verdict.score.margin
    assert case.probability == pytest.approx(verdict.probability)
    assert case.priority >= before.priority
    assert explain_batch(scorer, setup) == 1, "its reason is asked for"
    opinion = model_opinion.read(case)
    assert opinion.probability == verdict.probability
    assert opinion.reason == "insult"


def test_a_verdict_does_not_show_in_a_report_of_what_waits_blind(source, scorer, setup):
    message = make_pending(source, "you are awful", draw=0.0)
    reports.take(message, reports.Said("wren"))
    assert sum(drain(scorer, setup)) == 1
    cases = dict(Case.objects.values_list("blind", "verdict"))
    assert cases == {False: None, True: Verdict.objects.get().pk}


@pytest.mark.parametrize("is_waited_for", [True, False])
def test_long_texts_after_short_ones_are_no_pass_of_seconds(scorer, setup, monkeypatch, is_waited_for):
    """Learnt from short messages, as many of 8 KB would take a hundred times as long as a pass may."""
    source, pace = make_source(), Pace(each=0.001)
    monkeypatch.setattr("review.judging.pace.monotonic", lambda: 0.0)  # somebody waited a moment ago, until the end
    pace.somebody_waited()
    messages = [make_pending(source, f"{number} " + "well played " * 680) for number in range(24)]
    if is_waited_for:
        Pending.objects.update(priority=Lane.WAITED_FOR)
    assert sum(drain(scorer, setup, pace=pace)) == len(messages)
    assert max(len(batch) for batch in scorer.batches) <= 128 // 41


def test_what_somebody_waits_for_comes_first_and_shortens_the_passes(scorer, setup):
    source, pace = make_source(), Pace(each=0.005)
    backlog = [make_pending(source, f"well played {number}") for number in range(40)]
    waited = make_pending(source, "gg")
    Pending.objects.filter(message=waited).update(priority=Lane.WAITED_FOR)
    judging = drain(scorer, setup, pace=pace)
    assert next(judging) == 1
    assert not Pending.objects.filter(message=waited).exists()
    assert next(judging) < len(backlog)
    assert scorer.left_a_core == [True, True], "callers wait for the web server and the database, too"


def test_callers_who_never_cease_to_come_leave_the_backlog_a_share(scorer, setup):
    source = make_source()
    queued = make_pending(source, "well played")
    for turn, _ in enumerate(drain(scorer, setup, batch=1), start=1):
        if not Pending.objects.filter(message=queued).exists():
            break
        waited = make_pending(source, f"gg {turn}")
        Pending.objects.filter(message=waited).update(priority=Lane.WAITED_FOR)
    assert 1 <= turn <= BACKLOG_EVERY + 1


def test_a_backlog_that_nobody_waits_for_gets_every_core(source, scorer, setup):
    make_pending(source, "well played")
    list(drain(scorer, setup))
    assert scorer.left_a_core == [False]


def test_a_drawn_message_is_acted_on_and_judged_blind(source, scorer, setup):
    message = make_pending(source, "you are awful", draw=0.05)
    list(drain(scorer, setup))
    assert Outcome.objects.get().action == "remove"
    case = Case.objects.get()
    assert (case.blind, case.reason, case.margin) == (True, Reason.AUDIT, None)
    assert case.messages.get() == message
    assert Verdict.objects.get().cohort_rate == 0.1


def test_under_supervision_people_judge_blind_while_what_is_milder_is_done(source, scorer, setup):
    ladder = [LADDER[0], {"at": 0.6, "action": "hide"}, {"at": 0.9, "action": "remove", "supervised": True}]
    new_version(source, None, replaced_by({"default": ladder}, 0.1))
    make_pending(source, "you are awful", draw=0.98)
    list(drain(scorer, setup))
    verdict = Verdict.objects.get()
    assert (verdict.route, verdict.why, verdict.rate, verdict.cohort_rate) == ("hide", "supervised", 1.0, 1.0)
    assert Outcome.objects.get().action == "hide"
    case = Case.objects.get()
    assert (case.blind, case.reason, case.state) == (True, Reason.AUDIT, "open")


def test_the_rate_that_applied_is_kept_whether_drawn_or_not(source, scorer, setup):
    make_pending(source, "you are awful", draw=0.05)
    make_pending(source, "well played", draw=0.9)
    list(drain(scorer, setup))
    assert set(Verdict.objects.values_list("rate", "cohort_rate")) == {(0.1, 0.1), (0.1, None)}


def test_without_a_calibrator_people_decide(source, scorer):
    make_pending(source, "you are awful")
    list(drain(scorer, ScoringSetup(*make_judge())))
    verdict = Verdict.objects.get()
    assert (verdict.probability, verdict.route, verdict.why, verdict.flag) == (None, "review", "uncalibrated", True)
    assert Case.objects.get().reason == Reason.BORDERLINE
    assert not Outcome.objects.exists()


def test_another_script_goes_to_people(source, scorer, setup):
    make_pending(source, "это awful")
    list(drain(scorer, setup))
    assert Verdict.objects.get().route == "remove"
    make_pending(source, "всё это ужасно")
    list(drain(scorer, setup))
    assert Verdict.objects.latest("pk").why == "language"


def test_a_source_may_have_other_languages_judged(source, scorer, setup):
    Source.objects.filter(pk=source.pk).update(judges_other_languages=True)
    make_pending(source, "всё это awful ужасно")
    list(drain(scorer, setup))
    verdict = Verdict.objects.get()
    assert (verdict.why, verdict.route) == ("rung", "remove")


def test_a_model_of_many_languages_sends_none_away(source, scorer, setup):
    ModelVersion.objects.update(format="qwen3guard")
    setup.model.refresh_from_db()
    make_pending(source, "всё это awful ужасно")
    list(drain(scorer, setup))
    assert Verdict.objects.get().route == "remove"


def test_disguises_are_undone_once_for_each_distinct_text(source, scorer, setup, monkeypatch):
    undone = []

    def counting(text):
        undone.append(text)
        return normalised(text)

    for module in ("review.judging.scoring_inputs", "review.verdicts.language"):
        monkeypatch.setattr(f"{module}.normalised", counting)
    for text in ("you are awful", "you are awful", "hello"):
        make_pending(source, text)
    list(drain(scorer, setup))
    assert sorted(undone) == ["hello", "you are awful"]
    assert Verdict.objects.count() == 3


def test_what_is_no_plain_text_goes_to_people_and_says_so(source, scorer, setup):
    make_pending(source, "lbh ner na njshy jbeguyrff vqvbg")
    list(drain(scorer, setup))
    verdict = Verdict.objects.get()
    assert (verdict.why, verdict.route) == ("disguised", "review")
    assert Case.objects.get().reason == Reason.BORDERLINE


def test_a_raid_is_one_case_with_many_members(source, scorer):
    uncalibrated = ScoringSetup(*make_judge())
    first = make_pending(source, "join my server")
    list(drain(scorer, uncalibrated))
    copies = [make_pending(source, "join my server") for _ in range(3)]
    list(drain(scorer, uncalibrated))
    assert set(Case.objects.get().messages.all()) == {first, *copies}


def test_a_decided_case_takes_no_new_members(source, scorer):
    decided = make_case(source, make_message(source, "join my server"), state="decided")
    make_pending(source, "join my server")
    list(drain(scorer, ScoringSetup(*make_judge())))
    assert Case.objects.count() == 2
    assert decided.messages.count() == 1


def test_a_message_that_came_with_a_decision_is_scored_and_nothing_else(source, scorer, setup):
    make_case(source, make_pending(source, "you are awful", draw=0.01), state="decided", reason=Reason.IMPORT)
    list(drain(scorer, setup))
    assert Verdict.objects.get().flag
    assert not Outcome.objects.exists()
    assert Case.objects.count() == 1


def test_what_the_model_cannot_read_goes_to_people_and_holds_nothing_up(source, setup):
    scorer = KeywordScorer(broken=lambda text: "poison" in text)
    fine = [make_pending(source, f"hello {number}") for number in range(4)]
    poison = make_pending(source, "poison")
    list(drain(scorer, setup))
    assert not Pending.objects.exists()
    assert Verdict.objects.count() == len(fine)
    case = Case.objects.get()
    assert (case.reason, case.messages.get()) == (Reason.FAILURE, poison)
    assert scorer.batches.count(["poison"]) == 1


def test_a_worker_that_comes_late_doubles_nothing(source, scorer, setup):
    make_pending(source, "you are awful")
    lease = leases.take(10)
    Pending.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    list(drain(scorer, setup))
    messages = list(Message.objects.filter(pk__in=lease.messages))
    assert results.finish(lease, *scoring_inputs(setup, messages), scorer.score([m.text for m in messages])) == 0
    assert Score.objects.count() == Verdict.objects.count() == Outcome.objects.count() == 1


@pytest.mark.parametrize("model", [Score, Verdict, Policy])
def test_the_database_refuses_to_change_what_decided(source, scorer, setup, model):
    make_pending(source, "you are awful")
    list(drain(scorer, setup))
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        model.objects.update(created_at=timezone.now())
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        model.objects.all()._raw_delete("default")


def test_copies_of_a_blind_case_share_it(source, scorer, setup):
    for _ in range(3):
        make_pending(source, "you are awful", draw=0.05)
        list(drain(scorer, setup))
    assert Case.objects.get().messages.count() == 3


def test_a_model_that_reads_nothing_any_more_uses_up_no_attempts(source, setup):
    make_pending(source, "hello there")
    broken = KeywordScorer(broken=lambda text: True)
    for _ in range(4):
        with pytest.raises(RuntimeError):
            list(drain(broken, setup))
    assert Pending.objects.get().attempts == 0
    assert not Case.objects.exists()


def test_the_worst_of_several_windows_has_no_probability_and_goes_to_people(source, setup, monkeypatch):
    scorer = KeywordScorer()
    plain = scorer.score
    monkeypatch.setattr(scorer, "score", lambda texts: [replace(score, windows=3) for score in plain(texts)])
    make_pending(source, "you are awful")
    list(drain(scorer, setup))
    verdict = Verdict.objects.get()
    assert (verdict.probability, verdict.route, verdict.why, verdict.flag) == (None, "review", "windows", True)
    assert Case.objects.get().reason == Reason.BORDERLINE


def test_a_long_message_waits_for_the_others_and_is_read_in_slices(source, scorer, setup):
    giant = make_pending(source, "one two three awful five")
    Pending.objects.update(priority=Lane.LONG)
    others = [make_pending(source, f"hello {number}") for number in range(3)]
    turns = drain(scorer, setup, batch=2)
    assert [next(turns) for _ in range(2)] == [2, 1]
    assert set(Verdict.objects.values_list("message", flat=True)) == {other.pk for other in others}
    assert next(turns) == 0
    late = make_pending(source, "hello again")
    assert next(turns) == 1
    assert Verdict.objects.filter(message=late).exists()
    assert Pending.objects.get().progress["read"] == 2
    assert list(turns) == [0, 1]
    score = Score.objects.get(message=giant)
    assert (score.windows, score.worst_window, score.margin) == (5, 3, 3.0)


def test_another_worker_goes_on_where_a_slice_ended(source, setup):
    make_pending(source, "one awful three four")
    Pending.objects.update(priority=Lane.LONG)
    next(drain(KeywordScorer(), setup))
    other = KeywordScorer()
    list(drain(other, setup))
    assert other.batches == [["three"], ["four"]]
    assert Score.objects.get().worst_window == 1


def test_progress_under_another_rubric_counts_for_nothing(source, setup):
    make_pending(source, "one two three")
    Pending.objects.update(priority=Lane.LONG, progress={"model": setup.model.pk, "rubric": 0, "read": 2, "score": {}})
    scorer = KeywordScorer()
    list(drain(scorer, setup))
    assert scorer.batches == [["one"], ["two"], ["three"]]


def test_a_raid_is_scored_once_and_counted_many_times(source, scorer, setup):
    for _ in range(5):
        make_pending(source, "join my server")
    score_cache = ScoreCache()
    list(drain(scorer, setup, score_cache=score_cache))
    for _ in range(3):
        make_pending(source, "join my server")
    list(drain(scorer, setup, score_cache=score_cache))
    assert scorer.batches == [["join my server"]]
    assert Score.objects.count() == Verdict.objects.count() == 8


def test_what_was_scored_long_ago_is_forgotten(source, scorer, setup):
    score_cache = ScoreCache(most=2)
    for text in ("one", "two", "three", "one"):
        make_pending(source, text)
        list(drain(scorer, setup, score_cache=score_cache))
    assert scorer.batches == [["one"], ["two"], ["three"], ["one"]]


def test_bad_messages_are_found_by_halving(source, setup):
    scorer = KeywordScorer(broken=lambda text: "poison" in text)
    for number in range(63):
        make_pending(source, f"hello {number}")
    make_pending(source, "poison")
    list(drain(scorer, setup, pace=Pace(each=1e-6)))
    assert Verdict.objects.count() == 63
    passes = [batch for batch in scorer.batches if batch != ["hello"]]
    assert len(passes) == 1 + 2 * 6


def test_a_model_that_reads_nothing_uses_up_no_attempts(source, setup):
    make_pending(source, "hello you")
    with pytest.raises(RuntimeError):
        list(drain(KeywordScorer(broken=lambda text: True), setup))
    assert (Pending.objects.get().attempts, Pending.objects.get().token) == (0, None)
