"""Debian's Chromium for Playwright, which brings none of its own here, and what a moderator sees and presses in it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.test.testcases import _StaticFilesHandler
from playwright.sync_api import Locator, Page, expect

NAMES = ("chromium", "chromium-browser", "google-chrome")
QUIET = ("background-networking", "component-update", "sync", "gpu", "quic")
expect.set_options(timeout=15_000)  # a busy machine takes longer than Playwright's five seconds


def chromium() -> str | None:
    """The path of the first browser on PATH that will do."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """How to start the browser. Skips without one, but never where CI is set."""
    path = chromium()
    if not path:
        reason = f"no browser on PATH: install one of {', '.join(NAMES)}"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    arguments = ["--no-sandbox", "--no-first-run", *(f"--disable-{name}" for name in QUIET)]
    return {"executable_path": path, "args": arguments, "headless": True}


@pytest.fixture(scope="session", autouse=True)
def collected_files() -> Iterator[None]:
    """The live server serves what collectstatic gathered, under the hashed names that pages use."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.contrib.staticfiles.handlers.StaticFilesHandler", _StaticFilesHandler)
        yield


@pytest.fixture
def browse(answered: None, page: Any, live_server: Any) -> Iterator[Callable[..., Any]]:
    """`browse(alice, "/queue/")`: a page of the live server, signed in as that person, or as nobody."""

    def visit(person: Any = None, path: str = "/") -> Any:
        if person:
            client = Client()
            client.force_login(person)
            cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
            page.context.add_cookies(
                [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url, "httpOnly": True}]
            )
        page.goto(f"{live_server.url}{path}")
        return page

    yield visit
    page.goto("about:blank")  # and asks for nothing more


def shown(page: Page) -> Locator:
    """The words of the message that is judged."""
    return page.locator("#message .said-text")


def take(page: Page) -> None:
    """The first case, by key."""
    expect(page.get_by_role("button", name="Take the next case")).to_be_focused()
    page.keyboard.press("Enter")
    expect(shown(page)).to_have_text("first words")


def write_note(page: Page, words: str) -> None:
    """A note on the case, by key."""
    press(page, "n")
    page.keyboard.type(words)
    page.keyboard.press("Escape")


def press(page: Page, key: str) -> None:
    """A key of somebody who has read the case: the desk ignores the first quarter of a second."""
    page.wait_for_timeout(300)
    page.keyboard.press(key)
