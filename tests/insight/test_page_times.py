"""How long pages take: kept by the hour, added up over processes, and shown where they were slow."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from review.insight import page_times
from review.insight.page_times import PageTime, keep, slowest
from review.models import PageHour

pytestmark = pytest.mark.django_db


@pytest.fixture
def at_once(monkeypatch):
    """What was seen is kept after every request."""
    monkeypatch.setattr(page_times, "EVERY", 0.0)
    monkeypatch.setattr(page_times, "_seen", {})


@pytest.mark.usefixtures("at_once")
def test_a_request_is_kept_by_method_and_route(sign_in, root):
    client = sign_in(root)
    client.get("/people/99/")
    client.post("/me/milder/", {"on": "off"})
    client.get("/nowhere/")
    client.generic("BREW", "/people/")
    client.get("/readyz?wait=5")
    assert set(PageHour.objects.values_list("page", flat=True)) == {"GET /people/<pk>/", "POST /me/milder/"}
    row = PageHour.objects.get(page="GET /people/<pk>/")
    assert row.requests == 1 and 0 < row.slowest_ms == row.total_ms


def test_processes_add_to_the_same_row_and_only_slow_pages_are_shown(sign_in, root):
    keep([PageTime("GET /queue/", 3, 1, 100.0, 260.0), PageTime("GET /", 9, 0, 10.0, 40.0)])
    keep([PageTime("GET /queue/", 1, 1, 900.0, 900.0)])
    assert slowest() == [PageTime("GET /queue/", 4, 2, 300.0, 900.0)]
    page = sign_in(root).get("/operations/").content.decode()
    assert "GET /queue/" in page and "900 ms" in page
    PageHour.objects.update(hour=Now() - timedelta(hours=25))
    assert slowest() == []
    assert "No page took over 250 ms" in sign_in(root).get("/operations/").content.decode()
    PageHour.objects.update(hour=Now() - page_times.KEPT_FOR - timedelta(hours=1))
    page_times.forget_old()
    assert not PageHour.objects.exists()


def test_what_took_long_counts_as_slow():
    seen = PageTime("GET /")
    for ms in (10.0, 250.0, 251.0):
        seen.add(ms)
    assert (seen.requests, seen.slow, round(seen.mean_ms), seen.slowest_ms) == (3, 1, 170, 251.0)
