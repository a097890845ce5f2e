"""The first hour of an instance without people or sources, in a real browser: from the link to the first case."""

import json
import shlex

import pytest
from playwright.sync_api import expect

from moddog_site.celery import app
from review.models import ApiToken, Message, Source, User
from review.people import links
from tests.stack import wait_until

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "violet anvil 77 parade"


def step(page, title):
    return page.locator(".step", has=page.get_by_role("heading", name=title))


@pytest.mark.parametrize("width", [390, 1280])
def test_an_admin_comes_from_nothing_to_a_first_case(worker, live_server, *, browse, page, console, width):
    page.set_viewport_size({"width": width, "height": 844})
    browse(path=f"/people/link/{links.setup_link()}/")
    page.get_by_label("Name to sign in with").fill("ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Make the account").click()
    expect(page.get_by_role("heading", name="First steps")).to_be_visible()
    assert User.objects.get().is_instance_admin
    expect(page.locator(".step.is-done")).to_have_count(1)
    expect(page.locator("[aria-current=step]")).to_contain_text("Name a community")
    page.get_by_label("Name", exact=True).fill("The Arcade")
    page.get_by_label("Short name, for addresses").fill("arcade")
    page.get_by_role("button", name="Name it").click()
    expect(page.locator(".step.is-done")).to_have_count(2)
    page.get_by_role("button", name="Make a token for The Arcade").click()
    key = page.locator("#new-key").inner_text()
    expect(page.locator("#first-curl")).to_contain_text(f"Bearer {key}")
    expect(page.get_by_text("No message has come yet.")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width

    # The lines on the page, as a shell reads them.
    words = shlex.split(page.locator("#first-curl").inner_text().replace("\\\n", " "))
    address, body = words[2], words[words.index("-d") + 1]
    headers = dict(words[at + 1].split(": ", 1) for at, word in enumerate(words) if word == "-H")
    assert address.startswith(live_server.url)
    sent = page.request.post(address.partition("?")[0], data=body, headers=headers)
    assert (sent.status, sent.json()["accepted"]) == (202, 1)
    expect(page.locator("#arrived")).to_contain_text("The first message is there: hello-1", timeout=15_000)
    page.get_by_role("link", name="Go on").click()
    expect(step(page, "Send a first message")).to_contain_text("hello-1")
    expect(page.locator("main")).not_to_contain_text(key)
    assert ApiToken.objects.get().source == Source.objects.get()

    # Its own words say what became of it; one that is to be looked at is on the desk.
    app.send_task("review.judging.tasks.classify_pending", queue="inference")
    message = Message.objects.get()
    wait_until(message.verdicts.exists, 60)
    told = page.request.get(f"{live_server.url}/api/v1/messages/hello-1", headers=headers).json()
    assert told["state"] in ("judged", "in_review")
    browse(path="/messages/")
    expect(page.get_by_text(json.loads(body)["text"])).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.request.post(
        f"{live_server.url}/api/v1/reports", data={"message_id": "hello-1", "reporter": "wren"}, headers=headers
    )
    browse()
    page.get_by_role("button", name="Take the next case").click()
    expect(page.locator("#message .said-text")).to_have_text(json.loads(body)["text"])
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert console == []
