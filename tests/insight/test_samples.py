"""Operations over time: beat counts a row a minute, the page reads rows."""

import re
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from moddog_site.addresses import RedisAddress
from review import broker
from review.insight import samples
from review.models import OperationsSample
from review.records.heartbeats import beat
from tests.rows import make_case, make_message, make_pending, make_source, make_verdict

pytestmark = pytest.mark.django_db
CHARTS = "/operations/charts/"


def sample(minutes_ago, **fields):
    defaults = {"judged": 0, "pending": 0, "oldest_seconds": 0, "open_cases": 0, "workers": 1, "newest_score": 0}
    moment = timezone.now().replace(second=0, microsecond=0) - timedelta(minutes=minutes_ago)
    return OperationsSample.objects.create(at=moment, **{**defaults, **fields})


def test_a_sample_says_how_it_is_and_what_was_judged_since_the_one_before():
    source = make_source()
    make_verdict(make_message(source))
    newest = samples.take().newest_score
    OperationsSample.objects.all().delete()
    sample(1, newest_score=newest)
    for _ in range(2):
        make_verdict(make_message(source))
    make_pending(source)
    make_case(source)
    beat("inference", ms_a_message=2.0)
    beat("default")
    found = samples.take()
    assert (found.judged, found.pending, found.open_cases, found.workers, found.ms_a_message) == (2, 1, 1, 1, 2.0)
    assert found.oldest_seconds > 0 and found.undelivered == 0
    assert min(found.redis_bytes, found.database_bytes, found.free_bytes) > 100_000


def test_a_minute_has_one_sample_and_old_ones_are_forgotten():
    sample(31 * 24 * 60)
    samples.take()
    samples.take()
    assert OperationsSample.objects.count() == 1


def test_a_point_is_the_worst_of_its_time_and_there_are_few(sign_in, root):
    for minutes in range(0, 600, 2):
        sample(minutes, judged=4, pending=minutes)
    points = samples.points("week")
    assert 10 <= len(points) <= 12
    assert {round(point["judged"], 6) for point in points} == {4.0}
    assert max(point["pending"] for point in points) == 598


def test_the_page_has_the_charts_and_they_answer_304(sign_in, root):
    sample(3, judged=7, ms_a_message=2.5)
    client = sign_in(root)
    assert 'data-chart="/operations/charts/?span=day#judged"' in client.get("/operations/").content.decode()
    answer = client.get(CHARTS)
    assert sorted(answer.json()) == [
        *("cases", "disk", "judged", "oldest", "pending", "redis", "speed", "webhooks", "workers"),
    ]
    assert answer.json()["judged"]["data"][0]["customdata"] == ["7.0 messages a minute"]
    assert client.get(CHARTS, headers={"If-None-Match": answer["ETag"]}).status_code == 304
    assert "hx-preserve" in client.get("/operations/history/?span=week").content.decode()


def test_a_redis_that_is_away_is_said(sign_in, root, settings):
    broker.client.cache_clear()
    settings.REDIS = RedisAddress("redis://127.0.0.1:9")
    try:
        assert samples.take().redis_bytes is None
    finally:
        broker.client.cache_clear()
    page = sign_in(root).get("/operations/").content.decode()
    assert "Free on the disk" in page and "does not answer: nothing is lost" in page


def test_without_samples_it_says_when_they_come(sign_in, root):
    assert "within minutes" in sign_in(root).get(CHARTS).content.decode()


def test_the_admin_of_one_source_does_not_see_the_whole(sign_in, make_person):
    client = sign_in(make_person("erin", "admin", make_source()))
    assert [client.get(f"/operations/{each}/").status_code for each in ("charts", "history")] == [403, 403]
    assert "data-chart" not in client.get("/operations/").content.decode()


def test_before_the_first_sample_the_page_says_by_when_it_is_there(sign_in, root):
    client = sign_in(root)
    assert "no default worker has been heard from" in client.get("/operations/").content.decode()
    beat("default")
    earliest = timezone.now() + timedelta(minutes=1)
    shown = client.get("/operations/").content.decode()
    said = datetime.fromisoformat(re.search(r'next figures are here by <time datetime="([^"]+)"', shown)[1])
    assert earliest < said <= timezone.now() + timedelta(minutes=2)
    sample(0)
    assert "next figures are here by" not in client.get("/operations/").content.decode()
