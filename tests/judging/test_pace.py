"""A pass takes as many messages as its time allows, and fewer while anybody waits."""

import pytest

from review.judging.pace import FEWEST, FIRST, LONG, MOST, SHORT, Pace


def test_before_anything_was_measured_a_pass_is_small():
    assert Pace().limit() == FIRST


@pytest.mark.parametrize(("per_second", "longest"), [(100.0, LONG * 100), (1_000_000.0, MOST), (1.0, FEWEST)])
def test_a_backlog_that_nobody_waits_for_is_bounded_by_time(per_second, longest):
    pace = Pace(per_second)
    assert pace.limit() == longest


def test_it_is_short_while_somebody_waits_and_long_again_afterwards(monkeypatch):
    now = [100.0]
    monkeypatch.setattr("review.judging.pace.monotonic", lambda: now[0])
    pace = Pace(200.0)
    pace.somebody_waited()
    assert pace.limit() == SHORT * 200
    now[0] += 3.0
    assert pace.limit() == LONG * 200


def test_it_follows_what_it_measures():
    pace = Pace()
    pace.note(50, 0.5)
    assert pace.per_second == 100.0
    for _ in range(40):
        pace.note(10, 1.0)
    assert pace.per_second == pytest.approx(10.0, rel=0.01)
    pace.note(0, 1.0)
    assert pace.per_second == pytest.approx(10.0, rel=0.01), "what was given up or put back says nothing"
