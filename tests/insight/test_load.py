"""The load of a source's people: what beat counts, when the queue will be empty, and the page's part."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from django.utils import timezone

from review.insight import load
from review.insight.forecast import Forecast, forecast
from review.models import Case, LoadHour
from review.records.heartbeats import beat
from tests.rows import make_case, make_source

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


def quiet(a_hour: float = 0.0) -> list[list[float]]:
    return [[a_hour]] * Forecast.HOURS


def test_a_hundred_cases_at_fifty_an_hour_take_two_hours_and_the_range_holds_them() -> None:
    found = forecast(NOON, 100, 50.0, quiet())
    assert abs((found.at - NOON) - timedelta(hours=2)) < timedelta(minutes=6)
    assert found.earliest < found.at < found.latest
    wide = forecast(NOON, 10, 5.0, quiet())
    assert wide.latest - wide.earliest > found.latest - found.earliest  # few decisions say little of a pace


def test_more_that_comes_than_is_decided_is_never_done() -> None:
    found = forecast(NOON, 100, 50.0, quiet(80.0))
    assert (found.at, found.latest) == (None, None)


def test_without_a_queue_or_a_pace_nothing_is_foretold() -> None:
    assert forecast(NOON, 0, 50.0, quiet()) is None
    assert forecast(NOON, 10, 0.0, quiet()) is None


def test_the_range_holds_as_often_as_it_says() -> None:
    """Days at a known pace and known arrivals: eight of ten end within the range that was foretold in the morning."""
    random = np.random.default_rng(5)
    held = 0
    for _ in range(300):
        seen = float(random.poisson(60))
        history = [list(random.poisson(20, 12).astype(float)) for _ in range(Forecast.HOURS)]
        found = forecast(NOON, 100, seen, history)
        left, hours = 100.0, 0.0
        while left > 0:
            net = 60.0 - random.poisson(20)
            hours += min(1.0, left / net)
            left -= net
        end = NOON + timedelta(hours=hours)
        held += found.earliest <= end and (found.latest is None or end <= found.latest)
    assert 0.72 < held / 300 < 0.93


@pytest.mark.django_db
def test_beat_counts_an_hour_by_source() -> None:
    arcade, library = make_source(), make_source("library")
    now = timezone.now().replace(minute=40, second=0, microsecond=0)
    for number in range(10):
        opened = now - timedelta(minutes=30)
        decided = opened + timedelta(minutes=number + 1)
        case = make_case(arcade, state="decided", decided_at=decided, claimed_at=decided - timedelta(seconds=20))
        Case.objects.filter(pk=case.pk).update(opened_at=opened)
    make_case(arcade, reason="import", state="decided", decided_at=now)
    late = make_case(library)
    Case.objects.filter(pk=late.pk).update(opened_at=now - timedelta(minutes=70))
    load.roll_up(now)
    load.roll_up(now)  # counting again changes nothing
    hour = now.replace(minute=0)
    row = LoadHour.objects.get(source=arcade, hour=hour)
    assert (row.opened, row.decided, row.backlog, row.work_median) == (10, 10, 0, 20.0)
    assert (row.wait_median, round(row.wait_p90)) == (330.0, 546)
    before = LoadHour.objects.get(source=library, hour=hour - load.HOUR)
    assert (before.opened, before.decided, before.wait_median) == (1, 0, None)
    assert LoadHour.objects.get(source=library, hour=hour).backlog == 1
    assert [point["opened"] for point in load.points(arcade, "day")][-1] == 10


@pytest.mark.django_db
def test_the_last_weeks_say_what_will_come(sign_in, make_person) -> None:
    arcade, now = make_source(), timezone.now()
    hour = now.replace(minute=0, second=0, microsecond=0)
    for week in (1, 2):
        for number in range(-1, 13):
            at = hour - timedelta(weeks=week) + load.HOUR * number
            LoadHour.objects.create(source=arcade, hour=at, opened=7, decided=0, backlog=0, counted_at=at)
    LoadHour.objects.create(source=arcade, hour=hour, opened=50, decided=60, backlog=90, counted_at=now)
    found = load.load_of(arcade)
    assert (found.pace, found.arrivals, found.row.backlog) == (60.0, 7.0, 90)
    assert timedelta(hours=1) < found.forecast.at - now < timedelta(hours=3)
    client = sign_in(make_person("sam", "senior", arcade))
    page = client.get("/team/arcade/load/").content.decode()
    assert "At this pace the queue is empty at" in page and 'data-show="clock"' in page
    assert "At this pace" in client.get("/team/?source=arcade").content.decode()
    answer = client.get("/team/arcade/load/charts/?span=week")
    assert set(answer.json()) == {"flow", "backlog", "wait", "work"}
    assert client.get("/team/arcade/load/charts/?span=week", HTTP_IF_NONE_MATCH=answer["ETag"]).status_code == 304


@pytest.mark.django_db
def test_what_was_counted_long_ago_says_nothing_of_now(sign_in, make_person) -> None:
    arcade, then = make_source(), timezone.now() - timedelta(hours=3)
    LoadHour.objects.create(source=arcade, hour=then, opened=1, decided=1, backlog=5, counted_at=then)
    assert load.load_of(arcade).row is None
    client = sign_in(make_person("sam", "senior", arcade))
    assert "no default worker has been heard from" in client.get("/team/?source=arcade").content.decode()
    beat("default")
    page = client.get("/team/?source=arcade").content.decode()
    assert "counted every minute" in page and "no default worker" not in page
