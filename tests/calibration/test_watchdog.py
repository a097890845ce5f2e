"""The page in a browser: the diagram is drawn, follows labels and theme by itself, and stays still otherwise."""

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect

from review.calibration import figures
from tests.calibration.labelled import make_labels, now_active
from tests.rows import make_calibrator, make_case, make_message, make_source, make_verdict
from tests.stack import wait_until

pytestmark = pytest.mark.django_db(transaction=True)

LINES = "#reliability .scatterlayer .trace"
COUNTS = "document.getElementById('reliability').data.at(-1).y.map((root) => root ** 2)"
FAR_OFF = {"kind": "platt", "slopes": [0.3], "intercept": 2.0, "n": 1_000_000}


@pytest.fixture
def moves_on(page, monkeypatch):
    """`moves_on()`: the page's next look at what changed, at once; new labels are counted for each look."""
    monkeypatch.setattr(figures, "PAUSE", 0)
    page.clock.install()
    return lambda: page.clock.run_for(5_500)


def colour_of_lines(page):
    return page.evaluate(
        "[...document.querySelectorAll('#reliability path.js-line')].map((path) => path.style.stroke).at(-1)"
    )


def test_the_diagram_follows_labels_by_itself(browse, moves_on, alice):
    make_calibrator()
    make_labels(120, alice, emitted=0.95)
    errors = []
    page = browse(None)
    page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    browse(alice, "/calibration/")
    expect(page.locator(LINES)).to_have_count(5)
    assert "on 120 cohort decisions" in page.inner_text("#calibration-side")
    page.click("text=The diagram's points as a table")
    page.evaluate("document.getElementById('reliability').dataset.same = 'yes'")
    top = page.evaluate("document.getElementById('reliability').getBoundingClientRect().top")
    make_labels(30, alice, seed=1, at=timezone.now())
    moves_on()
    expect(page.locator("#calibration-side")).to_contain_text("on 150 cohort decisions")
    assert page.evaluate("document.getElementById('reliability').dataset.same") == "yes"
    assert page.evaluate("document.getElementById('points').open")
    assert page.evaluate("document.getElementById('reliability').getBoundingClientRect().top") == top
    assert errors == []


@pytest.fixture
def second_window(page, live_server, monkeypatch):
    """`second_window(bob)`: a window of another browser, signed in as that person, whose decisions hold at once."""
    monkeypatch.setattr(settings, "MODDOG_UNDO_SECONDS", 0)
    contexts = []

    def window(person, path="/"):
        client = Client()
        client.force_login(person)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
        contexts.append(page.context.browser.new_context())
        contexts[-1].add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])
        other = contexts[-1].new_page()
        other.goto(f"{live_server.url}{path}")
        return other

    yield window
    for context in contexts:
        context.close()


def test_the_diagram_follows_a_decision_made_in_another_window(browse, moves_on, second_window, alice, bob):
    make_calibrator()
    make_labels(60, alice)
    message = make_message(make_source(), "a blind one")
    verdict = make_verdict(message, cohort_rate=0.5, route="allow")
    make_case(message.source, message, verdict=verdict, blind=True, reason="audit")
    page = browse(alice, "/calibration/")
    expect(page.locator("#calibration-side")).to_contain_text("on 60 cohort decisions")
    expect(page.locator(LINES)).to_have_count(4)
    before = page.evaluate("document.getElementById('reliability').data.length")
    desk = second_window(bob)
    desk.keyboard.press("Enter")
    with desk.expect_response("**/decide/"):
        desk.click("button[value=violence]")
    moves_on()
    expect(page.locator("#calibration-side")).to_contain_text("on 61 cohort decisions")
    wait_until(lambda: round(sum(page.evaluate(COUNTS))) == 61)
    assert page.evaluate("document.getElementById('reliability').data.length") == before


def test_every_chart_is_drawn(browse, alice):
    make_calibrator()
    make_labels(120, alice)
    page = browse(alice, "/calibration/")
    for chart in ("reliability", "risk", "rolling"):
        expect(page.locator(f"#{chart} .main-svg").first).to_be_visible()
    page.click("summary:has-text('Log-loss')")
    expect(page.get_by_text("The mean of minus the logarithm")).to_be_visible()


def test_the_diagram_appears_with_the_fiftieth_label(browse, moves_on, alice):
    make_calibrator()
    make_labels(49, alice)
    page = browse(alice, "/calibration/")
    assert "1 more cohort label" in page.inner_text("#calibration-side")
    assert page.is_visible("text=The diagram appears here once 50")
    make_labels(1, alice, seed=1, at=timezone.now())
    moves_on()
    expect(page.locator(LINES)).to_have_count(4)
    expect(page.get_by_text("The diagram appears here once 50")).to_be_hidden()


def test_the_diagram_follows_the_theme(browse, alice):
    make_calibrator()
    make_labels(60, alice)
    page = browse(alice, "/calibration/")
    expect(page.locator(LINES)).to_have_count(4)
    light = colour_of_lines(page)
    page.emulate_media(color_scheme="dark")
    wait_until(lambda: colour_of_lines(page) != light)


def test_nothing_is_replaced_while_nothing_changes(browse, moves_on, alice):
    make_calibrator()
    make_labels(60, alice)
    page = browse(alice, "/calibration/")
    page.evaluate("document.getElementById('calibration-live').dataset.same = 'yes'")
    with page.expect_response("**/calibration/live/") as answer:
        moves_on()
    assert answer.value.status == 304
    assert page.evaluate("document.getElementById('calibration-live').dataset.same") == "yes"


def test_an_admin_rolls_back_in_place(browse, alice, root):
    first, second = make_calibrator(FAR_OFF), make_calibrator()
    make_labels(60, alice)
    page = browse(root, "/calibration/")
    page.hover("text=Roll back to calibrator 1")
    page.wait_for_selector("text=No automatic outcome is there to compare")
    page.click("text=Roll back to calibrator 1")
    page.wait_for_selector("text=put back in force")
    assert "Calibrator 1" in page.inner_text("#calibration-side")
    assert now_active() == first != second


def test_a_worker_answers_the_button(browse, alice, root, worker):
    old = make_calibrator(FAR_OFF)
    make_labels(200, alice)
    page = browse(root, "/calibration/")
    page.click("text=Refit now")
    page.wait_for_selector(f"text=predicts better than calibrator {old.version}", timeout=60_000)
    assert "asked for by root" in page.inner_text("#calibration-live")
    assert now_active().version == old.version + 1
