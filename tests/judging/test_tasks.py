"""Beside a backlog or callers reasons are written seldom, so that it moves; without one as fast as the model writes."""

import pytest

from review.judging import tasks
from review.judging.drain import drain
from review.judging.worker import Loaded
from review.models import Explanation
from review.registry.scoring_setup import ScoringSetup
from tests.rows import make_judge, make_pending, make_source

pytestmark = pytest.mark.django_db


@pytest.fixture
def source(monkeypatch, scorer):
    """Ten cases of it wait for people, and none has a reason yet."""
    setup, source = ScoringSetup(*make_judge()), make_source()
    for number in range(10):
        make_pending(source, f"meh {number}")
    list(drain(scorer, setup))
    worker = Loaded(scorer, setup)
    monkeypatch.setattr(tasks, "loaded", lambda: worker)
    monkeypatch.setattr(tasks, "_explained_at", float("-inf"))
    return source


def test_without_a_backlog_all_reasons_are_written(source):
    tasks.explain_cases()
    assert Explanation.objects.count() == 10


def test_beside_a_backlog_a_few_are_written_once_in_a_while(source, monkeypatch):
    make_pending(source, "still to be judged")
    tasks.explain_cases()
    assert Explanation.objects.count() == 8
    tasks.explain_cases()
    assert Explanation.objects.count() == 8, "so soon it is the backlog's turn"
    monkeypatch.setattr(tasks, "EXPLAIN_EVERY", 0.0)
    tasks.explain_cases()
    assert Explanation.objects.count() == 10


def test_while_callers_come_a_few_are_written_once_in_a_while(source, monkeypatch):
    monkeypatch.setattr("review.judging.pace.monotonic", lambda: 0.0)  # however long it takes, they came a moment ago
    tasks.loaded().pace.somebody_waited()
    tasks.explain_cases()
    tasks.explain_cases()
    assert Explanation.objects.count() == 8
