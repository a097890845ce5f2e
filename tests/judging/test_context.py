"""Messages in their context: where a policy says so, under a version and a calibrator of their own."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from inference.scoring.fingerprint import as_asked_now
from inference.scoring.local_scorer import LocalScorer
from inference.scoring.text_score import InContext
from review.judging.drain import drain
from review.judging.explain import explain_batch
from review.judging.rerouting import step
from review.judging.score_cache import ScoreCache
from review.judging.scoring_inputs import texts_for
from review.models import (
    CalibratorActivation,
    CalibratorVersion,
    Case,
    Explanation,
    Lane,
    Message,
    Pending,
    Score,
    Verdict,
)
from review.registry import rerouting
from review.registry.in_context import in_context, setup_of, setups_in_force
from review.registry.model_versions import activate, register, seed_rubric
from review.registry.policy_versions import new_version, policy_of, replaced_by
from review.registry.scoring_setup import active_setup
from tests.rows import make_message, make_pending, make_source

pytestmark = pytest.mark.django_db
LADDER = [{"at": 0, "action": "allow"}, {"at": 0.3, "action": "review"}, {"at": 0.9, "action": "remove"}]


@pytest.fixture
def source(setup):
    return reads(3)


def reads(earlier_messages, slug="arcade"):
    """A source whose policy puts so many earlier messages before each."""
    source = make_source(slug)
    new_version(source, None, replaced_by({"default": LADDER}, 0.0, earlier_messages))
    return source


def say(source, *texts, thread="t-1"):
    """A thread in which one text follows the other; all but the last are judged already."""
    now = timezone.now()
    for number, text in enumerate(texts[:-1]):
        make_message(source, text, thread=thread, sent_at=now - timedelta(minutes=len(texts) - number))
    return make_pending(source, texts[-1], thread=thread, sent_at=now)


def calibrated(setup):
    """A calibrator in force for the setup: the probability is the margin's sigmoid."""
    fitted = {"kind": "platt", "slopes": [1.0], "intercept": 0.0, "n": 1_000_000}
    calibrator = CalibratorVersion.objects.create(
        model=setup.model, rubric=setup.rubric, version=1, kind="platt", parameters=fitted
    )
    CalibratorActivation.objects.create(calibrator=calibrator, why="for a test")
    return calibrator


def test_a_thread_stands_before_its_message_and_moves_the_margin(source, scorer, setup):
    message = say(source, "zero", "one", "you are awful", "two", "indeed")
    list(drain(scorer, setup))
    assert scorer.batches == [[InContext("indeed", ("one", "you are awful", "two"))]]
    assert Score.objects.get(message=message).margin == 3.0


def test_a_policy_without_it_asks_of_the_text_alone(scorer, setup):
    say(reads(0), "you are awful", "indeed")
    list(drain(scorer, setup))
    assert scorer.batches == [["indeed"]]
    assert Score.objects.get().model == setup.model


def test_what_the_platform_sent_along_comes_before_what_is_in_the_thread(source, scorer, setup):
    message = say(source, "in the thread", "indeed")
    given = [{"author": "wren", "text": text} for text in ("a", "b", "", "c", "d")]
    Message.objects.filter(pk=message.pk).update(context=given)
    list(drain(scorer, setup))
    assert scorer.batches == [[InContext("indeed", ("b", "c", "d"))]]


def test_disguises_are_undone_in_what_was_said_before_too(source, scorer, setup):
    say(source, "you are aw\u200bful", "indeed")
    list(drain(scorer, setup))
    assert scorer.batches == [[InContext("indeed", ("you are awful",))]]


def test_only_earlier_messages_of_the_same_thread_and_source_count_and_none_that_was_erased(source, scorer, setup):
    now = timezone.now()
    make_message(source, "elsewhere", thread="t-2", sent_at=now - timedelta(hours=1))
    make_message(make_source("forum"), "another source's", thread="t-1", sent_at=now - timedelta(hours=1))
    make_message(source, "later", thread="t-1", sent_at=now + timedelta(hours=1))
    erased = make_message(source, "erased", thread="t-1", sent_at=now - timedelta(hours=1))
    Message.objects.filter(pk=erased.pk).update(text="")
    say(source, "indeed")
    make_pending(source, "in no thread")
    list(drain(scorer, setup))
    assert scorer.batches == [[InContext("indeed"), InContext("in no thread")]]


def test_the_version_in_context_has_scores_and_a_calibrator_of_its_own(source, scorer, setup):
    """The active version's calibrator reads no margin of this form: everything goes to people until one is fitted."""
    first = say(source, "you are awful", "indeed")
    list(drain(scorer, setup))
    verdict = Verdict.objects.select_related("score__model").get(message=first)
    ours = setup_of(source)
    assert verdict.score.model == ours.model != setup.model
    assert (verdict.route, verdict.why, verdict.calibrator) == ("review", "uncalibrated", None)
    assert Case.objects.get().messages.get() == first
    own = calibrated(ours)
    second = say(source, "you are awful", "indeed so", thread="t-2")
    list(drain(scorer, setup))
    verdict = Verdict.objects.get(message=second)
    assert (verdict.route, verdict.calibrator) == ("remove", own)


def test_one_lease_holds_messages_of_both_forms(scorer, setup, source):
    plain = reads(0, "forum")
    alone, inside = make_pending(plain, "well played"), say(source, "you are awful", "indeed")
    assert sum(drain(scorer, setup)) == 2
    models = dict(Score.objects.values_list("message", "model"))
    assert models == {alone.pk: setup.model.pk, inside.pk: setup_of(source).model.pk}
    assert setups_in_force() == [setup, setup_of(source)]


def test_a_copy_is_scored_anew_where_something_else_was_said_before_it(source, scorer, setup):
    cache = ScoreCache()
    for thread, before in (("t-1", "hello"), ("t-2", "you are awful"), ("t-3", "hello")):
        say(source, before, "indeed", thread=thread)
        list(drain(scorer, setup, score_cache=cache))
    assert [batch[0].earlier for batch in scorer.batches] == [("hello",), ("you are awful",)]
    assert list(Score.objects.order_by("pk").values_list("margin", flat=True)) == [-3.0, 3.0, -3.0]


def test_a_long_message_begins_anew_where_its_context_changed_between_slices(source, scorer, setup):
    message = say(source, "hello", "one two three four five six")
    Pending.objects.update(priority=Lane.LONG)
    judging = drain(scorer, setup)
    assert next(judging) == 0
    assert Pending.objects.get().progress["read"] == 2
    assert next(judging) == 0
    assert Pending.objects.get().progress["read"] == 4
    Message.objects.filter(thread="t-1").exclude(pk=message.pk).update(text="good morning")
    assert next(judging) == 0
    assert Pending.objects.get().progress["read"] == 2
    list(judging)
    assert Score.objects.get(message=message).model == setup_of(source).model


def test_a_reason_is_written_of_the_message_alone_and_quotes_nobody_else(source, scorer, setup):
    """So what somebody said is erased with their own message, and stands in no other's reason."""
    say(source, "this is broken", "indeed")
    list(drain(scorer, setup))
    assert explain_batch(scorer, setup) == 1
    assert not Explanation.objects.get().malformed, "the scorer saw only the message"


def test_waiting_cases_follow_the_calibrator_of_their_own_form(source, scorer, setup):
    say(source, "you are awful", "indeed")
    list(drain(scorer, setup))
    calibrated(setup_of(source))
    rerouting.start(None, "a calibrator", None)
    while step():
        pass
    assert Case.objects.get().state == "closed"
    assert Verdict.objects.latest("pk").route == "remove"


def test_cases_that_were_judged_in_another_form_stay_with_people(source, scorer, setup):
    """What the plain form's calibrator would say of a margin in context is nothing."""
    say(source, "hello", "indeed")
    list(drain(scorer, setup))
    reads(0)
    while step():
        pass
    assert Case.objects.get().state == "open"
    assert Verdict.objects.get().score.model == in_context(setup, 3).model


def test_another_number_is_another_version_and_neither_ever_becomes_the_active_one(setup):
    first, second = in_context(setup, 1), in_context(setup, 2)
    assert len({setup.key, first.key, second.key}) == 3
    assert in_context(setup, 1) == first
    assert in_context(setup, 0) == setup
    with pytest.raises(IntegrityError), transaction.atomic():
        activate(first.model, None)
    assert active_setup() == setup


def test_a_policy_that_says_nothing_of_it_keeps_the_number(source):
    new_version(source, None, replaced_by({"default": LADDER}, 0.5))
    assert policy_of(source).earlier_messages == 3


def test_with_real_weights_the_margin_is_that_of_the_text_in_its_context(shipped_scorer: LocalScorer):
    identity = as_asked_now(shipped_scorer.model_hash, "float32")
    setup = register("nano", "nano", identity, seed_rubric(shipped_scorer.rubric), None)
    message = say(reads(2), "nobody wants you here", "she should just leave", "yes please")
    list(drain(shipped_scorer, setup))
    score = Score.objects.select_related("model").get(message=message)
    asked = InContext("yes please", ("nobody wants you here", "she should just leave"))
    assert texts_for(score.model, [message]) == [asked]
    assert score.margin == pytest.approx(shipped_scorer.score([asked])[0].margin, abs=1e-4)
    assert score.margin != pytest.approx(shipped_scorer.score(["yes please"])[0].margin, abs=1e-3)
    assert score.model.fingerprint == as_asked_now(shipped_scorer.model_hash, "float32", 2).fingerprint
