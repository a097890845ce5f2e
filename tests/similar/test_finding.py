"""The search among waiting cases: nearest first, of one source and model, from the index and beside it."""

import random

import pytest
from django.db import connection

from review.models import Case, CaseVector, ModelVersion
from review.similar import finding, vectors
from tests.rows import make_case, make_source, make_vector, make_verdict

pytestmark = pytest.mark.django_db


@pytest.fixture
def case():
    with connection.cursor() as cursor:  # of what other tests took back, entries stay in the index and are looked at
        cursor.execute("REINDEX TABLE review_casevector")
    case = make_case(make_source())
    make_vector(case, 1.0)
    return case


def near(source, turned):
    case = make_case(source)
    make_vector(case, 1.0, turned)
    return case


def test_nearest_first_and_only_what_is_alike(case):
    further, nearest, _ = (near(case.source, turned) for turned in (0.2, 0.1, 0.5))
    assert finding.like(case) == [nearest.pk, further.pk]


def test_what_is_in_the_index_and_what_is_not_come_in_one_line(case):
    ids = [near(case.source, turned).pk for turned in (0.02, 0.04, 0.06, 0.08)]
    assert vectors.index(tail=2) == 3
    assert finding.like(case) == ids


def test_other_sources_other_models_and_what_does_not_wait_are_left_out(case):
    near(make_source("library"), 0.0)
    blind, decided, other_model, kept = (near(case.source, 0.0) for _ in range(4))
    Case.objects.filter(pk=blind.pk).update(blind=True)
    Case.objects.filter(pk=decided.pk).update(state="decided")
    other = ModelVersion.objects.create(name="other", location="o", weights_hash="e" * 64, fingerprint="e" * 64)
    CaseVector.objects.filter(case=other_model).update(model=other)
    for tail in (10, 0):
        vectors.index(tail=tail)
        assert finding.like(case) == [kept.pk]


def test_nothing_is_like_a_sealed_case(case):
    near(case.source, 0.0)
    Case.objects.filter(pk=case.pk).update(blind=True)
    case.refresh_from_db()
    assert finding.like(case) == []
    assert finding.why_none(case) == ""


def test_a_case_of_another_source_behind_many_is_found_in_the_index(case):
    numbers, library = random.Random(4), make_source("library")
    for _ in range(300):
        near(library, numbers.uniform(0, 0.1))
    kept = near(case.source, 0.15)
    vectors.index(tail=0)
    assert finding.like(case) == [kept.pk]


def test_it_says_why_a_case_cannot_be_compared(case):
    assert finding.why_none(case) == ""
    unread = make_case(case.source)
    assert finding.why_none(unread) == "The model has not read it."
    message = unread.messages.get()
    unread.verdict = make_verdict(message)
    assert finding.why_none(unread).startswith("It was judged before")
    unread.verdict.score.windows = 3
    assert finding.why_none(unread).startswith("It is longer")
    unread.verdict.score.model.precision = "server llama"
    assert finding.why_none(unread).startswith("A server judges here")
