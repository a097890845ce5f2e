"""GET stats: how busy a source is, without counting big tables."""

from datetime import timedelta

import pytest
from django.utils import timezone

from review.intake import stats
from review.models import Case, Message, Pending, Verdict
from tests.rows import make_case, make_message, make_pending, make_source, make_verdict

pytestmark = pytest.mark.django_db


def ago(**since):
    return timezone.now() - timedelta(**since)


def test_an_idle_source_has_nothing_to_tell(call):
    answer = call("get", "/stats").json()
    assert answer["pending"] == answer["in_review"] == answer["judged"] == 0
    assert answer["oldest_pending_seconds"] is None
    assert answer["rates"] == {"received_per_minute": 0.0, "judged_per_minute": 0.0}
    assert answer["at_least"] == []


def test_it_counts_what_waits_and_its_age(call, source):
    Pending.objects.filter(message=make_pending(source)).update(enqueued_at=ago(minutes=3))
    make_pending(source)
    make_case(source, opened_at=ago(minutes=7))
    make_case(source, state=Case.State.DECIDED)
    answer = call("get", "/stats").json()
    assert (answer["pending"], answer["in_review"]) == (2, 1)
    assert answer["oldest_pending_seconds"] == pytest.approx(180, abs=5)
    assert answer["oldest_in_review_seconds"] == pytest.approx(420, abs=5)


def test_it_counts_the_last_day_and_the_rate_of_the_last_minutes(call, source):
    for received, judged in [
        (ago(days=2), ago(days=2)),
        (ago(hours=3), ago(hours=3)),
        (ago(minutes=1), ago(minutes=1)),
    ]:
        message = make_message(source, received_at=received)
        make_verdict(message, created_at=judged)
    answer = call("get", "/stats").json()
    assert answer["judged"] == 2
    assert answer["rates"] == {"received_per_minute": 0.1, "judged_per_minute": 0.1}


def test_other_sources_do_not_count(call):
    other = make_source("harbour")
    make_verdict(make_pending(other))
    make_case(other)
    answer = call("get", "/stats").json()
    assert (answer["pending"], answer["in_review"], answer["judged"]) == (0, 0, 0)
    assert answer["rates"]["received_per_minute"] == 0


def test_beyond_the_ceiling_it_says_at_least(call, source, monkeypatch):
    monkeypatch.setattr(stats, "CEILING", 2)
    for _ in range(4):
        make_verdict(make_pending(source))
        make_case(source)
    answer = call("get", "/stats").json()
    assert (answer["pending"], answer["in_review"], answer["judged"]) == (2, 2, 2)
    assert answer["at_least"] == ["pending", "in_review", "judged"]
    assert Message.objects.count() == 8
    assert Verdict.objects.count() == 4
