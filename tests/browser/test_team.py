"""The team's page, its gold items, and a person's own, in one walk: drawn, within their cards, and on a phone too."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from review.models import Care, LoadHour, QualityFigures, QualityRates
from review.quality.people import NAMED_FROM
from tests.rows import make_source

pytestmark = pytest.mark.django_db(transaction=True)
WIDE = "document.documentElement.scrollWidth"


def estimate(value: float, n: int) -> dict[str, float]:
    return {"value": value, "low": value - 0.05, "high": value + 0.05, "n": n}


@pytest.fixture
def measured(root, alice):
    """A source with a day of load, and figures of one person who got worse."""
    source, hour = make_source(), timezone.now().replace(minute=0, second=0, microsecond=0)
    for ago in range(24):
        at = hour - timedelta(hours=ago)
        LoadHour.objects.create(
            source=source,
            hour=at,
            opened=30,
            decided=60,
            backlog=90,
            wait_median=300.0,
            wait_p90=1_500.0,
            work_median=14.0,
            counted_at=timezone.now(),
        )
    drift = {"now": estimate(0.7, 40), "before": estimate(0.9, 90), "is_sure": True}
    drift["change"] = {"value": -0.2, "low": -0.35, "high": -0.06, "n": 130}
    data = {"agreement": estimate(0.85, 120), "gold": estimate(0.8, 130), "missed": [], "n": NAMED_FROM, "drift": drift}
    for person in (root, alice):
        QualityFigures.objects.create(source=source, person=person, data=data, seed=0, computed_at=timezone.now())
    return source


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.usefixtures("measured")
def test_the_team_and_a_person_of_it(root, browse, page, console, width):
    page.set_viewport_size({"width": width, "height": 844})
    browse(root, "/team/")
    expect(page.get_by_text("At this pace the queue is empty at")).to_be_visible()
    expect(page.locator("#load [data-chart] svg.main-svg").first).to_be_visible()
    expect(page.get_by_text("less often right than before").first).to_be_visible()
    assert page.evaluate(WIDE) <= width
    page.get_by_role("link", name="A week").click()
    expect(page.get_by_role("link", name="A week")).to_have_attribute("aria-current", "true")
    page.get_by_role("link", name="gold items", exact=True).click()
    page.get_by_label("Toxicity").fill("3")
    page.get_by_role("button", name="Keep this mix").click()
    expect(page.get_by_text("The mix holds from the next gold item on.")).to_be_visible()
    assert QualityRates.objects.get().gold_mix["toxicity"] == 3
    assert page.evaluate(WIDE) <= width
    browse(path="/me/")
    expect(page.get_by_text("less often right than before")).to_be_visible()
    page.get_by_label("Severe cases an hour").fill("4")
    page.get_by_role("button", name="Keep it so").click()
    expect(page.get_by_text("That holds for you from the next case on.")).to_be_visible()
    assert Care.objects.get(user=root).severe_an_hour == 4
    page.get_by_role("button", name="Give me milder work").click()
    expect(page.get_by_text("You are given milder work until")).to_be_visible()
    assert page.evaluate(WIDE) <= width
    assert max(figure.bounding_box()["height"] for figure in page.locator(".mine dd").all()) < 80  # no letter to a line
    assert console == []
