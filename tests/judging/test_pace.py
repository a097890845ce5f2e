"""A pass takes as many messages as its time allows, and fewer while anybody waits."""

import pytest

from review.judging.pace import CHARACTERS, FIRST, HEAVIEST, LEAST, LONG, MOST, SHORT, Pace, fitting, weight


def test_before_anything_was_measured_a_pass_is_small():
    assert Pace().limit() == FIRST


@pytest.mark.parametrize(
    ("fixed", "each", "most"),
    [(0.0, 0.01, LONG * 100), (0.1, 0.01, LONG * 100 - 10), (0.0, 1e-6, MOST), (0.0, 1.0, LEAST), (9.0, 0.01, LEAST)],
)
def test_a_backlog_that_nobody_waits_for_is_bounded_by_time(fixed, each, most):
    assert Pace(fixed, each).limit() == most


def test_a_long_text_weighs_as_much_as_the_short_ones_in_its_place():
    assert [weight("x" * length) for length in (0, 1, CHARACTERS, CHARACTERS + 1, 8_192)] == [1, 1, 1, 2, 41]
    texts = ["x" * 8_192, "short", "x" * 1_000]
    assert [fitting(texts, room) for room in (1, 41, 42, 46, 47)] == [1, 1, 2, 2, 3]


def test_long_texts_fill_a_pass_beyond_the_count_of_messages():
    assert Pace(0.0, LONG / 500).room() == 500
    assert Pace(0.0, 1e-6).room() == HEAVIEST


def test_it_is_short_while_somebody_waits_and_long_again_afterwards(monkeypatch):
    now = [100.0]
    monkeypatch.setattr("review.judging.pace.monotonic", lambda: now[0])
    pace = Pace(0.01, 0.001)
    pace.somebody_waited()
    assert pace.limit() == round((SHORT - 0.01) * 1000)
    now[0] += 3.0
    assert pace.limit() == MOST


def test_it_follows_what_it_measures():
    pace = Pace()
    pace.note(50, 0.5)
    assert (pace.fixed, pace.each) == (0.0, 0.01)
    for _ in range(60):
        pace.note(50, 0.1)
    assert pace.fixed + 50 * pace.each == pytest.approx(0.1, rel=0.01)
    before = (pace.fixed, pace.each)
    pace.note(0, 1.0)
    assert (pace.fixed, pace.each) == before, "what was given up or put back says nothing"


@pytest.mark.parametrize("callers", [1, 8])
def test_tiny_passes_for_callers_do_not_make_those_of_the_backlog_tiny(callers):
    fixed, each = 0.012, 0.0008
    pace = Pace()
    pace.note(MOST, fixed + MOST * each)
    pace.somebody_waited()
    for _ in range(200):
        pace.note(callers, fixed + callers * each)
        taken = pace.limit()
        pace.note(taken, fixed + taken * each)
    assert pace.limit() == pytest.approx((SHORT - fixed) / each, rel=0.1)
