"""Pictures of every page that links lead to, from a running demo: `MODDOG_DEMO_PASSWORD=... python -m tests.pictures`.

Each is taken at 1280 pixels, light and dark, and at 390 pixels, of what shows without scrolling. The folder's README
shows them all. Needs `manage.py up` with the same password beside it, and a browser on PATH.
"""

import argparse
import io
import os
from collections.abc import Iterator
from pathlib import Path

import django
from django.urls import Resolver404, resolve
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from moddog_site.variables import PROJECT
from tests.browser import chromium

FOLDER = PROJECT / "docs" / "pictures"
WIDE, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
SHOWN = "you only host races"
"""Of the message that is before dana at the desk."""
NOT_OURS = ("admin/", "api/", "accounts/logout")
LINKS = """html => [...new DOMParser().parseFromString(html, "text/html").querySelectorAll("a[href^='/']")]
  .map(link => link.getAttribute("href").split("#")[0])"""


def take_all(address: str, password: str) -> None:
    """Write the pictures and their README. Raises SystemExit where signing in fails."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        page = _signed_in(browser, address, password)
        FOLDER.mkdir(exist_ok=True)
        for old in FOLDER.glob("*.webp"):
            old.unlink()
        titles = dict(_pictures(page, address))
    shown = [
        f"## {title}\n\n![]({name}.webp)\n\n[dark]({name}-dark.webp), [on a phone]({name}-phone.webp)\n"
        for name, title in titles.items()
    ]
    head = "# Every page, with the demo community\n\nMade by `python -m tests.pictures` from a running demo.\n"
    (FOLDER / "README.md").write_text("\n".join([head, *shown]), encoding="utf-8")


def _signed_in(browser: Browser, address: str, password: str) -> Page:
    page = browser.new_page(viewport=WIDE, reduced_motion="reduce", color_scheme="light")
    page.goto(f"{address}/accounts/login/")
    page.fill("[name=login]", "dana")
    page.fill("[name=password]", password)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    if "/login/" in page.url:
        raise SystemExit("dana could not sign in: MODDOG_DEMO_PASSWORD is not the one that the demo was made with.")
    return page


def _pictures(page: Page, address: str) -> Iterator[tuple[str, str]]:
    """The name and the title of each page, once its pictures are written."""
    for name, path in _every_page(page, address):
        page.set_viewport_size(WIDE)
        page.emulate_media(color_scheme="light")
        page.goto(f"{address}{path}", wait_until="networkidle")
        if name == "desk":
            _open_at_the_desk(page, address)
        _write(page, FOLDER / f"{name}.webp")
        page.emulate_media(color_scheme="dark")
        _write(page, FOLDER / f"{name}-dark.webp")
        page.emulate_media(color_scheme="light")
        page.set_viewport_size(PHONE)
        _write(page, FOLDER / f"{name}-phone.webp")
        yield name, page.title().removesuffix(" · moddog")


def _open_at_the_desk(page: Page, address: str) -> None:
    """A case with a thread around it, once the demo has one that nobody decided."""
    page.goto(f"{address}/queue/")
    case = page.locator("tr", has_text=SHOWN).get_by_role("button")
    if case.count():
        case.click()
    else:
        page.goto(address)
        page.keyboard.press("Enter")
    page.locator("#message").wait_for()


def _every_page(page: Page, address: str) -> Iterator[tuple[str, str]]:
    """Name and path of one page of each kind, in the order in which links lead there from the desk."""
    waiting, seen, found = ["/"], {"/"}, set()
    while waiting:
        path = waiting.pop(0)
        try:
            match = resolve(path.split("?")[0])
        except Resolver404:
            continue
        name = match.url_name
        if not name or name in found or match.route.startswith(NOT_OURS):
            continue
        answer = page.request.get(f"{address}{path}")
        if not answer.ok or "<main" not in (html := answer.text()):
            continue
        found.add(name)
        links = page.evaluate(LINKS, html)
        waiting += [link for link in dict.fromkeys(links) if link not in seen]
        seen.update(links)
        yield name, path


def _write(page: Page, path: Path) -> None:
    page.wait_for_timeout(250)  # charts are drawn anew in the other scheme
    Image.open(io.BytesIO(page.screenshot())).convert("RGB").save(path, quality=75, method=6)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Take the pictures of docs/pictures from a running demo.")
    parser.add_argument("address", nargs="?", default="http://localhost:8000")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "moddog_site.settings")
    django.setup()
    take_all(parser.parse_args().address, os.environ["MODDOG_DEMO_PASSWORD"])
