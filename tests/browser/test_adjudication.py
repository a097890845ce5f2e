"""Two people see it differently, in their browsers: a senior reads both views side by side, and what they say holds."""

import pytest
from playwright.sync_api import expect

from review.enforcement.outcomes import in_force
from review.models import Case, Message, QualityRates, Reason, Role
from tests.browser import press, shown
from tests.quality.conftest import come_round
from tests.rows import make_case, make_message, make_source, make_verdict

pytestmark = pytest.mark.django_db(transaction=True)
WORDS = "uninstall, do us all a favour"


@pytest.fixture
def sam(make_person):
    return make_person("sam", Role.SENIOR)


@pytest.fixture
def drawn(settings):
    """A blind case that is judged again by somebody else; what is decided is in effect at once."""
    settings.MODDOG_UNDO_SECONDS = 0
    source = make_source()
    QualityRates.objects.create(source=source, second_opinions=1.0)
    message = make_message(source, WORDS)
    verdict = make_verdict(message, 0.58, cohort_rate=0.25)
    return make_case(source, message, blind=True, reason=Reason.AUDIT, verdict=verdict)


def take_it(browse, person):
    """The one case that waits for `person`."""
    page = browse(person)
    page.get_by_role("button", name="Take the next case").click()
    expect(shown(page)).to_have_text(WORDS)
    return page


def decide(browse, person, key, note):
    page = take_it(browse, person)
    expect(page.get_by_role("heading", name="This case is blind")).to_be_visible()
    expect(page.get_by_label("What two people decided")).to_have_count(0)
    press(page, "n")
    page.locator("#note-text").fill(note)
    page.keyboard.press("Escape")
    press(page, key)
    expect(page.get_by_role("heading", name="Nothing is waiting")).to_be_visible()
    come_round()


@pytest.mark.parametrize("width", [390, 1280])
def test_a_senior_decides_between_two_views(alice, bob, sam, drawn, *, browse, page, console, width):
    decide(browse, alice, "t", "aimed at one person")
    decide(browse, bob, "a", "banter among friends")
    page.set_viewport_size({"width": width, "height": 844})
    browse(bob)
    expect(page.get_by_text("or for somebody else")).to_be_visible()
    take_it(browse, sam)
    views = page.get_by_label("What two people decided").locator(".view")
    expect(views).to_have_count(2)
    expect(views.nth(0)).to_contain_text("alice")
    expect(views.nth(0)).to_contain_text("aimed at one person")
    expect(views.nth(1)).to_contain_text("bob")
    expect(views.nth(1)).to_contain_text("banter among friends")
    first, second = (view.bounding_box() for view in views.all())
    assert first["y"] == second["y"]
    assert first["x"] + first["width"] <= second["x"]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    press(page, "a")
    expect(page.get_by_role("heading", name="Nothing is waiting")).to_be_visible()
    come_round()
    message = Message.objects.get()
    assert in_force(message).by == sam
    assert in_force(message).action == "allow"
    browse(path=f"/cases/{drawn.pk}/")
    outcomes = page.locator("section", has=page.get_by_role("heading", name="Outcomes")).locator(".event")
    expect(outcomes).to_have_count(2)
    expect(outcomes.nth(1)).to_contain_text("by sam")
    page.goto(page.url.replace(f"/{drawn.pk}/", f"/{Case.objects.get(reason=Reason.ADJUDICATION).pk}/"))
    expect(page.locator("h1 ~ .chip").filter(has_text="decided")).to_be_visible()
    expect(page.get_by_label("What two people decided").locator(".view")).to_have_count(2)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert console == []
