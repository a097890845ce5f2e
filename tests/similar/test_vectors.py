"""Vectors of waiting cases: which get one, how they come into the index, and when they go."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from review.judging.drain import drain
from review.models import Case, CaseVector
from review.registry.policy_versions import new_version, replaced_by
from review.registry.scoring_setup import ScoringSetup
from review.similar import vectors
from tests.judging.conftest import KeywordScorer
from tests.rows import (
    make_calibrator,
    make_case,
    make_judge,
    make_message,
    make_pending,
    make_source,
    make_vector,
    vector_of,
)

pytestmark = pytest.mark.django_db
LADDER = [{"at": 0, "action": "allow"}, {"at": 0.5, "action": "review"}]


class Placing(KeywordScorer):
    """Places every text by its length."""

    def score(self, texts):
        return [
            replace(score, vector=vector_of(1.0, len(str(text)) / 100))
            for text, score in zip(texts, super().score(texts), strict=True)
        ]


def judge(texts, rate=0.0, scorer=None):
    source = make_source()
    new_version(source, None, replaced_by({"default": LADDER}, rate))
    make_calibrator()
    for text in texts:
        make_pending(source, text, draw=0.5)
    assert sum(drain(scorer or Placing(), ScoringSetup(*make_judge()))) == len(texts)


def test_only_what_waits_for_people_gets_one_and_copies_share_it():
    judge(["you are awful", "you are awful", "awful player", "well played"])
    assert Case.objects.count() == CaseVector.objects.count() == 2
    assert set(CaseVector.objects.values_list("model", "is_indexed")) == {(make_judge()[0].pk, False)}


def test_the_blind_cohort_gets_none():
    judge(["you are awful", "well played"], rate=1.0)
    assert Case.objects.filter(blind=True).count() == 2
    assert not CaseVector.objects.exists()


def test_a_scorer_that_gives_none_opens_cases_all_the_same():
    judge(["you are awful"], scorer=KeywordScorer())
    assert Case.objects.count() == 1
    assert not CaseVector.objects.exists()


def test_the_second_of_a_text_leaves_the_first_alone():
    source = make_source()
    case = make_case(source)
    make_vector(case, 1.0)
    copy = make_message(source, case.messages.get().text)
    case.members.create(message=copy)
    vectors.keep(make_judge()[0], [(copy, vector_of(0.0, 1.0))])
    assert CaseVector.objects.get(case=case).vector.startswith("[1,0,")


def test_numbers_keep_the_precision_that_a_half_has():
    text = vectors.as_text(vector_of(0.123, -0.0004, 1.0))
    assert text.startswith("[0.12299, -0.0004, 1.0, 0.0,")


def test_all_but_the_newest_come_into_the_index():
    source = make_source()
    cases = [make_case(source) for _ in range(5)]
    for case in cases:
        make_vector(case, 1.0)
    assert vectors.index(tail=2) == CaseVector.objects.filter(is_indexed=True).count()
    left = set(CaseVector.objects.filter(is_indexed=False).values_list("case", flat=True))
    assert left == {case.pk for case in cases[-2:]}
    assert vectors.index(tail=2) == 0


def test_what_waits_no_longer_is_dropped_once_it_cannot_be_undone():
    source, now = make_source(), timezone.now()
    waiting, just, decided, closed, old = (make_case(source) for _ in range(5))
    for case in (waiting, just, decided, closed, old):
        make_vector(case, 1.0)
    Case.objects.filter(pk=just.pk).update(state="decided", decided_at=now)
    Case.objects.filter(pk=decided.pk).update(state="decided", decided_at=now - timedelta(hours=2))
    Case.objects.filter(pk=closed.pk).update(state="closed")
    Case.objects.filter(pk=old.pk).update(opened_at=now - timedelta(days=31))
    assert vectors.drop() == 3
    assert set(CaseVector.objects.values_list("case", flat=True)) == {waiting.pk, just.pk}
