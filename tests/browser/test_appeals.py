"""The public page of an outcome in a real browser: the reasons are read, an objection is sent, and it fits a phone."""

import pytest
from django.core.cache import cache
from playwright.sync_api import expect

from review.enforcement.appeal_links import token_of
from review.models import Appeal, AuthorOutcome
from review.registry.policy_versions import policy_of
from tests.enforcement.test_statements import automatic
from tests.rows import make_message, make_source

pytestmark = pytest.mark.django_db(transaction=True)
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def address(transactional_db):
    cache.clear()
    return f"/appeals/{token_of(automatic(make_message(make_source())))}/"


def test_an_author_objects_without_an_account(address, browse, page, console):
    browse(path=address)
    expect(page.get_by_role("heading", level=1)).to_have_text("Your message was hidden")
    page.get_by_label("Why you object").fill("it was a quotation")
    page.get_by_role("button", name="Send your objection").click()
    expect(page.get_by_role("status").first).to_contain_text("Your objection was received")
    expect(page.get_by_role("button", name="Send your objection")).to_have_count(0)
    assert Appeal.objects.get().reason == "it was a quotation"
    assert console == []


def test_who_was_banned_objects_and_a_senior_takes_it_back(transactional_db, root, browse, page, console):
    cache.clear()
    source = make_source()
    step = AuthorOutcome.objects.create(
        source=source, author="kestrel", seq=1, action="ban", strikes=3, policy=policy_of(source), why="3 strikes"
    )
    browse(path=f"/appeals/{token_of(step)}/")
    expect(page.get_by_role("heading", level=1)).to_have_text("You were banned")
    page.get_by_label("Why you object").fill("it was a quotation")
    page.get_by_role("button", name="Send your objection").click()
    expect(page.get_by_role("status").first).to_contain_text("Your objection was received")
    browse(root, "/appeals/")
    page.get_by_role("link", name="The author’s appeal").click()
    page.set_viewport_size(PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.get_by_label("Your answer to the author").fill("It was.")
    page.get_by_role("button", name="Take it back").click()
    expect(page.get_by_text("The appeal is answered.")).to_be_visible()
    assert AuthorOutcome.objects.order_by("-seq").first().action == "none"
    assert console == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_a_phone(address, browse, page, scheme):
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size(PHONE)
    browse(path=address)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
