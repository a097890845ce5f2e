"""The page of a candidate with the trade-off of a cascade, in a real browser: on a phone as on a desk."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from review.registry.scoring_setup import ScoringSetup
from tests.candidates.conftest import make_candidate
from tests.candidates.test_cascade import labelled, scored
from tests.rows import make_calibrator, make_judge

pytestmark = pytest.mark.django_db(transaction=True)
FOLDER = "/srv/models/" + "a-model-that-somebody-keeps-in-a-folder-of-a-long-name" * 2


def test_the_trade_off_fits_every_screen(alice, root, browse, page, console):
    make_calibrator()
    model, rubric = make_judge()
    labels = labelled(alice)
    scored(ScoringSetup(model, rubric), labels, 1.5)
    second = ScoringSetup(make_candidate(location=FOLDER), rubric)
    scored(second, labels, 6.0, seed=1)
    browse(root, reverse("model", args=[second.model.pk]))
    section = page.locator("section", has=page.get_by_role("heading", name="As the second of a cascade"))
    expect(section.locator("[data-chart] svg.main-svg").first).to_be_visible()
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        table = section.locator(".table-wrap")
        assert table.evaluate("it => it.scrollWidth <= it.clientWidth"), "no column is out of sight"
    assert console == []
