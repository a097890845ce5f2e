"""Texts that are kept nowhere: judged before messages, by one worker, and gone when nobody waits for them."""

from datetime import timedelta
from uuid import uuid4

import pytest
import redis
from django.conf import settings
from django.utils import timezone

from review.intake.tasks import sum_up_answered, sweep_scratch
from review.judging import scratch
from review.judging.drain import drain
from review.judging.leases import somebody_waits
from review.judging.scratch import judge_waiting
from review.judging.scratch_results import FAILED, key_of
from review.models import AnsweredCount, Case, Label, Message, Outcome, Policy, Score, ScratchText, Verdict
from tests.judging.conftest import KeywordScorer
from tests.rows import make_pending, make_source


def put(text="you are awful", source=None, request=None, position=0, **fields):
    source = source or make_source()
    return ScratchText.objects.create(
        request=request or uuid4(), position=position, source=source, door="perspective", text=text, **fields
    )


def verdicts():
    return list(ScratchText.objects.order_by("id").values_list("verdict", flat=True))


@pytest.mark.django_db
def test_a_verdict_is_left_with_the_text_and_nothing_else_is_written(scorer, setup):
    put()
    assert judge_waiting(scorer, setup) == 1
    [verdict] = verdicts()
    assert (verdict["route"], verdict["why"], verdict["likeliest"]) == ("review", "supervised", "toxicity")
    assert verdict["probability"] == pytest.approx(0.9525741)
    assert sum(verdict["categories"].values()) == pytest.approx(1)
    assert (verdict["model"], verdict["calibrator"], verdict["policy"]) == (f"nano@{'f' * 12}", 1, 1)
    for model in (Message, Score, Verdict, Case, Outcome, Label):
        assert not model.objects.exists(), model


@pytest.mark.django_db
def test_it_is_told_to_who_waits(scorer, setup):
    row = put()
    judge_waiting(scorer, setup)
    with redis.Redis.from_url(settings.REDIS.redis_py) as client:
        assert client.blpop([key_of(row.request)], timeout=1)


@pytest.mark.django_db
def test_each_source_has_its_own_policy(scorer, setup):
    lenient = {"default": [{"at": 0.0, "action": "allow"}]}
    other = make_source("book-club")
    Policy.objects.create(
        source=other, version=1, ladders=lenient, audit_rate=1.0, default_actions={"default": "remove"}
    )
    put()
    put(source=other)
    judge_waiting(scorer, setup)
    assert [each["route"] for each in verdicts()] == ["review", "allow"]
    assert not Case.objects.exists()


@pytest.mark.django_db
def test_they_come_before_messages_and_between_their_batches(scorer, setup):
    source = make_source()
    for number in range(3):
        make_pending(source, f"message {number}")
    put("first")
    loop = drain(scorer, setup, batch=1)
    next(loop)
    put("second")
    next(loop)
    assert scorer.batches == [["first"], ["message 0"], ["second"], ["message 1"]]


@pytest.mark.django_db
def test_a_flood_of_them_leaves_messages_their_turn(scorer, setup, monkeypatch):
    monkeypatch.setattr(scratch, "MOST_ROWS", 1)
    make_pending(make_source(), "a message")
    for _ in range(10):
        put()
    next(drain(scorer, setup))
    assert ["a message"] in scorer.batches
    assert sum(each is None for each in verdicts()) == 10 - scratch.PASSES
    list(drain(scorer, setup))
    assert all(verdicts())


@pytest.mark.django_db
def test_a_text_that_breaks_the_model_spoils_no_other(setup, caplog):
    scorer = KeywordScorer(broken=lambda text: "poison" in text)
    for text in ("hello", "poison", "bye"):
        put(text)
    judge_waiting(scorer, setup)
    one, broken, other = verdicts()
    assert broken == FAILED
    assert one["route"] == other["route"] == "allow"
    assert "poison" not in caplog.text
    assert "RuntimeError" in caplog.text


@pytest.mark.django_db
def test_a_model_that_reads_nothing_gives_them_back(setup):
    put()
    with pytest.raises(RuntimeError):
        judge_waiting(KeywordScorer(broken=lambda text: True), setup)
    row = ScratchText.objects.get()
    assert (row.verdict, row.token, row.attempts) == (None, None, 0)


@pytest.mark.django_db
def test_what_a_lost_worker_held_is_taken_over_and_given_up_the_third_time(scorer, setup):
    held = {"token": uuid4(), "lease_until": timezone.now() + timedelta(minutes=1)}
    put(**held, attempts=1)
    assert judge_waiting(scorer, setup) == 0
    ScratchText.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert judge_waiting(scorer, setup) == 1
    ScratchText.objects.update(verdict=None, lease_until=timezone.now() - timedelta(seconds=1), attempts=2)
    assert judge_waiting(scorer, setup) == 1
    assert ScratchText.objects.get().verdict == FAILED


@pytest.mark.django_db
def test_who_waits_no_longer_has_taken_the_text_along(scorer, setup, monkeypatch):
    put()
    real = scorer.score

    def score(texts):
        ScratchText.objects.all().delete()
        return real(texts)

    monkeypatch.setattr(scorer, "score", score)
    judge_waiting(scorer, setup)
    assert not ScratchText.objects.exists()


@pytest.mark.django_db
def test_long_ones_share_a_pass_only_as_far_as_it_goes(scorer, setup, monkeypatch):
    monkeypatch.setattr(scratch, "HEAVIEST", 2)
    for text in ("a" * 300, "b" * 300, "c" * 1_000):
        put(text)
    assert judge_waiting(scorer, setup) == 3
    assert [len(batch) for batch in scorer.batches] == [1, 1, 1]


@pytest.mark.django_db
def test_only_whole_texts_are_counted_and_counts_are_summed_up(scorer, setup):
    request = uuid4()
    put(request=request)
    put(request=request, position=1, is_part=True)
    judge_waiting(scorer, setup)
    put()
    judge_waiting(scorer, setup)
    assert AnsweredCount.objects.count() == 2
    sum_up_answered()
    counted = AnsweredCount.objects.get()
    assert (counted.count, counted.category, counted.bin, counted.door) == (2, "toxicity", 96, "perspective")


@pytest.mark.django_db
def test_what_a_dead_web_process_left_is_swept_away():
    old, new = put("old"), put("new")
    ScratchText.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(minutes=2))
    sweep_scratch()
    assert list(ScratchText.objects.all()) == [new]


@pytest.mark.django_db
def test_a_text_that_is_kept_nowhere_counts_as_waited_for_until_it_is_judged(scorer, setup):
    assert not somebody_waits()
    put()
    assert somebody_waits()
    judge_waiting(scorer, setup)
    assert not somebody_waits()
