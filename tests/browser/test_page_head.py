"""The head of a page in a real browser: what is chosen for the whole page stands on the line of its name."""

import pytest

from review.registry.policy_versions import policy_of
from tests.rows import make_source

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("width", [390, 1280])
def test_the_sources_form_is_on_its_line(dana, browse, page, width):
    for slug in ("arcade", "forum"):
        policy_of(make_source(slug))
    page.set_viewport_size({"width": width, "height": 844})
    browse(dana, "/policy/")
    parts = page.locator(".page-head-form > *").all()
    middles = {round(box["y"] + box["height"] / 2) for box in (part.bounding_box() for part in parts)}
    assert len(parts) == 3
    assert max(middles) - min(middles) <= 2
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    if width > 1000:
        heading = page.get_by_role("heading", level=1).bounding_box()
        assert abs(heading["y"] + heading["height"] / 2 - min(middles)) < 14
