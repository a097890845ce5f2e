"""A cascade in the judging loop: callers wait no longer for the second model than a pass may take."""

from dataclasses import replace
from time import sleep
from uuid import uuid4

import pytest

from inference.scoring.cascade import CascadeScorer, Deferral
from review.judging.drain import drain
from review.models import Case, Message, Pending, Score, ScratchText
from tests.judging.conftest import KeywordScorer
from tests.rows import make_pending, make_source

pytestmark = pytest.mark.django_db
EACH = 0.2  # seconds that the second takes for a text


class SlowScorer(KeywordScorer):
    """The second: sure of the opposite, and slow."""

    name = "slow"

    def score(self, texts):
        sleep(EACH * len(texts))
        return [replace(score, margin=-score.margin) for score in super().score(texts)]


@pytest.fixture
def cascade():
    """What says "awful" has the margin 3, within the band, and is read again."""
    return CascadeScorer(KeywordScorer(), SlowScorer(), Deferral(2.0, 4.0))


def test_what_is_not_deferred_is_not_held_up_and_everything_is_judged_in_the_end(cascade, setup):
    source = make_source()
    for number in range(12):
        make_pending(source, f"awful {number}")
    for number in range(4):
        make_pending(source, f"fine {number}")
    turns = drain(cascade, setup)
    next(turns)
    assert Score.objects.filter(deferred=False).count() == 4
    waiting = Pending.objects.all()
    assert waiting.exists()
    assert not waiting.exclude(attempts=0, token=None, lease_until=None).exists(), "back in the queue, untouched"
    list(turns)
    assert Score.objects.filter(deferred=True, margin=-3.0).count() == 12
    assert not Pending.objects.exists()
    assert not Case.objects.filter(reason="failure").exists()


def test_texts_that_are_kept_nowhere_are_answered_a_few_at_a_time(cascade, setup):
    source = make_source()
    texts = [f"awful {number}" for number in range(8)] + ["fine"]
    rows = [_scratch(source, text) for text in texts]
    turns = drain(cascade, setup)
    while ScratchText.objects.filter(verdict__isnull=True).exists():
        next(turns)
    rows = list(ScratchText.objects.filter(pk__in=[row.pk for row in rows]))
    assert all("failed" not in row.verdict for row in rows)
    assert Message.objects.count() == 0


def test_a_text_that_the_second_cannot_read_goes_to_people_and_holds_up_none(setup, caplog):
    cascade = CascadeScorer(KeywordScorer(), KeywordScorer(broken=lambda text: "broken" in text), Deferral(2.0, 4.0))
    source = make_source()
    make_pending(source, "awful and broken")
    make_pending(source, "awful")
    list(drain(cascade, setup))
    assert Score.objects.get().deferred
    assert Case.objects.filter(reason="failure", members__message__text="awful and broken").exists()


def _scratch(source, text):
    return ScratchText.objects.create(source=source, text=text, request=uuid4(), position=0, door="analyze")
