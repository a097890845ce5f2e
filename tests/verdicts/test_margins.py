"""Margins are counted while judging, in whatever order deltas are summed up."""

from datetime import timedelta

import pytest

from review.judging.drain import drain
from review.models import MarginCount, MarginDelta
from review.verdicts import margin_counts
from review.verdicts.margin_counts import CENTRES, bin_of, counts, roll_up
from tests.judging.conftest import KeywordScorer
from tests.policy.cohorts import judged
from tests.rows import make_pending, make_source

pytestmark = pytest.mark.django_db


def test_a_margin_lies_in_the_bin_around_its_centre():
    for margin in (-25.0, -3.2, 0.0, 0.031, 7.7, 40.0):
        centre = CENTRES[bin_of(margin) + margin_counts.OUTERMOST]
        assert abs(centre - max(-20.0, min(20.0, margin))) <= 1 / 64 + 1e-9


def test_judging_counts_and_summing_up_changes_no_figure(source, setup):
    for text in ("you are awful", "well played", "всё это ужасно"):
        make_pending(source, text)
    list(drain(KeywordScorer(), setup))
    before = counts(source, setup.model, setup.rubric)
    assert (before.total, before.unrouted, before.days) == (3, 1, 1)
    assert before.by_category["toxicity"][bin_of(3.0) + margin_counts.OUTERMOST] == 1
    assert roll_up() == MarginCount.objects.count() == 3
    assert not MarginDelta.objects.exists()
    assert counts(source, setup.model, setup.rubric).total == 3


def test_deltas_of_a_bin_add_up(source, setup):
    for _ in range(3):
        judged(source, setup, [(1.0, None)] * 2)
        roll_up()
    assert MarginCount.objects.get().count == 6
    assert counts(source, setup.model, setup.rubric).days == 3


def test_a_recount_finds_the_same(source, setup):
    judged(source, setup, [(1.0, None), (1.0, True), (-2.0, False)])
    before = counts(source, setup.model, setup.rubric)
    margin_counts.recount(source)
    after = counts(source, setup.model, setup.rubric)
    assert (after.by_category["toxicity"] == before.by_category["toxicity"]).all()


def test_only_this_source_and_the_last_30_days_count(source, setup):
    judged(make_source("forum"), setup, [(1.0, None)])
    judged(source, setup, [(1.0, None)], ago=timedelta(days=40))
    assert counts(source, setup.model, setup.rubric).total == 0
