"""The webhooks of a source in a real browser: an endpoint is added, tried out, and given again what it had refused."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from review.models import Delivery, Endpoint
from tests.enforcement.receivers import receiving
from tests.rows import make_message, make_source

pytestmark = pytest.mark.django_db(transaction=True)
PHONE = {"width": 390, "height": 844}


def test_an_endpoint_is_added_tried_out_and_a_dead_letter_goes_again(root, browse, page, console):
    source = make_source()
    browse(root, f"/sources/{source.slug}/webhooks/")
    expect(page.get_by_role("heading", name="Nobody is told yet")).to_be_visible()
    with receiving() as receiver:
        page.get_by_label("Address", exact=True).fill(receiver.url)
        page.get_by_label("It may be a private address").check()
        page.get_by_role("button", name="Add it").click()
        expect(page.locator("#new-key")).to_be_visible()
        endpoint = Endpoint.objects.get()
        expect(page.locator("#new-key")).to_have_text(endpoint.secret)

        page.get_by_role("button", name="Send a test event").click()
        expect(page.locator(".trial .notice")).to_have_text("It was taken.")
        [(headers, body)] = receiver.came
        asked, answered = page.locator(".trial pre").all()
        expect(asked).to_contain_text(f"Moddog-Signature: {headers['Moddog-Signature']}")
        expect(asked).to_contain_text(body.decode())
        expect(answered).to_contain_text("200")

    page.get_by_role("button", name="Send a test event").click()
    expect(page.locator(".trial .notice")).to_contain_text("It was not taken: the connection failed")

    now = timezone.now()
    Delivery.objects.create(
        endpoint=endpoint,
        event="outcome.created",
        message=make_message(source, external_id="thread-9"),
        state="dead",
        attempts=14,
        expires_at=now,
        ended_at=now,
        error="it answered 503 Service Unavailable",
    )
    page.set_viewport_size(PHONE)
    browse(root, f"/sources/{source.slug}/webhooks/")
    letter = page.get_by_role("listitem").filter(has_text="thread-9")
    expect(letter).to_contain_text("after 14 tries")
    expect(letter).to_contain_text("it answered 503 Service Unavailable")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    letter.get_by_role("button", name="Redeliver").click()
    expect(letter).to_have_count(0)
    assert Delivery.objects.get().state == "waiting"
    assert console == []
