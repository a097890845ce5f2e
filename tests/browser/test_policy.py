"""The policy page in a real browser: a risk target from setting it to acting by it, and thresholds that are dragged."""

import json
from pathlib import Path

import pytest
from django.templatetags.static import static
from playwright.sync_api import expect

from review.models import RiskTarget, Rubric
from review.registry.policy_versions import policy_of
from review.registry.scoring_setup import ScoringSetup
from tests.policy.cohorts import judged
from tests.rows import make_calibrator, make_judge, make_message, make_source
from tests.stack import wait_until

PHONE = {"width": 390, "height": 844}


@pytest.fixture
def setup(transactional_db):
    make_calibrator()
    return ScoringSetup(*make_judge())


@pytest.fixture
def source(setup):
    source = make_source()
    policy_of(source)
    judged(source, setup, [(1.0 + number / 50, True) for number in range(120)])
    judged(source, setup, [(-3.0, False)] * 40)
    return source


def handle(page, action):
    return page.get_by_role("slider", name=f"{action} from")


def let_hide_alone(page):
    """Have hiding proposed without people, and wait until the server has said what that would do."""
    with page.expect_response("**/preview/"):
        page.get_by_label("without people, from the threshold on").first.check()
    expect(page.locator("#whatif")).to_contain_text("carries no promise")


def row(page, action):
    return page.locator(f'#whatif tr[data-action="{action}"]')


@pytest.mark.usefixtures("worker")
def test_a_goal_is_set_looked_at_and_put_in_force(dana, source, browse, page, console):
    browse(dana, "/policy/")
    targets = page.locator("#targets")
    targets.get_by_label("at most, percent").fill("10")
    targets.get_by_role("button", name="Set this risk target").click()
    expect(targets.get_by_role("heading", name="At most 10 % benign among what is hidden")).to_be_visible()
    targets.get_by_role("button", name="Put margin").click(timeout=60_000)
    expect(targets.locator(".chip", has_text="certified")).to_be_visible()
    expect(targets).to_contain_text("0 errors in")
    expect(targets).to_contain_text("the true share is at most")
    assert policy_of(source).created_by == dana
    assert (
        policy_of(source).ladders["default"][-1]["certified"]["attempt"] == RiskTarget.objects.get().attempts.get().pk
    )
    expect(row(page, "hide").locator("[data-count]")).not_to_have_text("0")
    targets.get_by_role("button", name="Withdraw").click()
    expect(targets.locator(".chip", has_text="people look first")).to_be_visible()
    assert console == []


@pytest.mark.usefixtures("worker")
def test_a_goal_that_cannot_be_kept_says_what_is_missing(dana, source, browse, page):
    browse(dana, "/policy/")
    targets = page.locator("#targets")
    targets.get_by_label("at most, percent").fill("1")
    targets.get_by_role("button", name="Set this risk target").click()
    expect(targets).to_contain_text("Not certified yet", timeout=60_000)
    expect(targets).to_contain_text("labels a week")
    expect(targets.get_by_role("button", name="Put margin")).to_have_count(0)


def test_dragging_a_threshold_counts_at_once(dana, source, browse, page, console):
    browse(dana, "/policy/")
    let_hide_alone(page)
    expect(row(page, "hide").locator("[data-count]")).to_have_text("60")
    page.route("**/preview/", lambda route: route.abort())
    handle(page, "hide").scroll_into_view_if_needed()
    grip = handle(page, "hide").bounding_box()
    page.mouse.move(grip["x"] + 12, grip["y"] + 60)
    page.mouse.down()
    page.mouse.move(grip["x"] - 40, grip["y"] + 60, steps=4)
    expect(row(page, "hide").locator("[data-count]")).not_to_have_text("60")
    page.mouse.up()
    assert float(page.locator("[name=default-hide]").input_value()) < 90


def test_a_threshold_moves_by_key_and_the_server_says_the_rest(dana, source, browse, page, console):
    browse(dana, "/policy/")
    let_hide_alone(page)
    handle(page, "hide").focus()
    with page.expect_response("**/preview/"):
        page.keyboard.press("PageDown")
    expect(page.locator("[name=default-hide]")).to_have_value("85.0")
    assert handle(page, "hide").get_attribute("aria-valuetext") == "85 %"
    expect(page.locator("#whatif")).to_contain_text("judged blind")
    expect(page.locator("#whatif")).to_contain_text("carries no promise")
    assert console == []


def drawn(page, of):
    """A property of each threshold's label or line in the chart as it is drawn now, by action."""
    return page.evaluate(
        "([of, key]) => Object.fromEntries(document.getElementById('chart').layout[of]"
        ".map((each) => [each.name, each[key]]))",
        of,
    )


def test_lines_and_labels_follow_what_is_dragged_and_survive_the_theme(dana, source, browse, page, console):
    browse(dana, "/policy/")
    expect(handle(page, "hide")).to_be_visible()
    page.locator("[name=default-review]").fill("40")
    page.locator("[name=default-remove]").fill("98")
    before = handle(page, "hide").bounding_box()["x"]
    handle(page, "hide").focus()
    page.keyboard.press("PageDown")
    moved = {"review": 40, "hide": 85, "remove": 98}
    wait_until(lambda: drawn(page, ["shapes", "x0"]) == pytest.approx(moved))
    assert drawn(page, ["annotations", "text"])["hide"] == "hide 85 %, people first"
    assert handle(page, "hide").bounding_box()["x"] < before
    page.emulate_media(color_scheme="dark")
    wait_until(lambda: drawn(page, ["annotations", "x"]) == pytest.approx(moved))
    page.locator("[name=default-remove]").fill("")
    wait_until(lambda: drawn(page, ["annotations", "visible"])["remove"] is False)
    expect(handle(page, "remove")).to_be_hidden()
    assert console == []


@pytest.mark.parametrize("thresholds", [(50, 52, 54), (10, 50, 90), (2, 97, 99)])
def test_labels_of_rungs_never_lie_on_each_other_on_a_phone(dana, source, browse, page, thresholds):
    page.set_viewport_size(PHONE)
    browse(dana, "/policy/")
    expect(handle(page, "hide")).to_be_visible()
    for step, at in zip(("review", "hide", "remove"), thresholds, strict=True):
        page.locator(f"[name=default-{step}]").fill(str(at))
    wait_until(lambda: drawn(page, ["annotations", "x"])["remove"] == pytest.approx(thresholds[2]))
    labels = page.locator("#chart .annotation-text")
    expect(labels).to_have_count(3)
    boxes = [label.bounding_box() for label in labels.all()]
    for box in boxes:
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= PHONE["width"]
    top, middle, bottom = sorted(box["y"] for box in boxes)
    assert middle - top >= 15
    assert bottom - middle >= 15


@pytest.mark.parametrize("value", ["80", "77.3", "93"])
def test_the_browser_counts_what_the_server_counts(dana, source, browse, page, value):
    judged(source, ScoringSetup(*make_judge()), [(number / 25, True) for number in range(120)], category="violence")
    offsets = {"categories": {"violence": 1.5}, "sources": {str(source.pk): -0.5}}
    make_calibrator({"kind": "platt", "slopes": [1.0], "intercept": 0.0, "n": 1_000_000, "offsets": offsets})
    browse(dana, "/policy/")
    let_hide_alone(page)
    page.route("**/preview/", lambda route: route.abort())
    page.locator("[name=default-hide]").fill(value)
    expect(page.locator("#trouble")).to_be_visible()
    counted = row(page, "hide").locator("[data-count]").text_content()
    page.unroute("**/preview/")
    with page.expect_response("**/preview/"):
        page.locator("[name=default-hide]").dispatch_event("input")
    expect(page.locator("#trouble")).to_have_count(0)
    expect(row(page, "hide").locator("[data-count]")).to_have_text(counted)


def test_it_works_without_javascript(dana, source, browser, live_server):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{live_server.url}/policy/")
    page.get_by_label("Username").fill("dana")
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_label("All categories: hide from, percent").fill("95")
    page.get_by_role("button", name="Save as policy 2").click()
    expect(page.get_by_role("status").first).to_contain_text("Policy 2 is in force")
    page.get_by_label("at most, percent").fill("5")
    page.get_by_role("button", name="Set this risk target").click()
    expect(page.locator("#targets")).to_contain_text("At most 5 % benign among what is hidden")
    context.close()


def test_nothing_is_wider_than_a_phone(dana, source, browse, page):
    page.set_viewport_size(PHONE)
    RiskTarget.objects.create(source=source, kind="wrong_removals", action="hide", risk=0.01)
    browse(dana, "/policy/")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_an_empty_source_says_what_will_be_here(dana, transactional_db, browse, page, console):
    make_message(make_source())
    browse(dana, "/policy/")
    expect(page.locator("#whatif")).to_contain_text("No message has been judged")
    expect(page.locator("main")).to_contain_text("their probabilities are drawn here")
    expect(page.locator("#targets")).to_contain_text("No risk target is set")
    assert console == []
    assert not Rubric.objects.exists()


def test_the_pages_ladder_takes_what_the_servers_does(dana, source, browse, page):
    """The same table of cases as tests/verdicts/test_rung_choice.py."""
    cases = json.loads((Path(__file__).parents[1] / "verdicts" / "ladder_cases.json").read_text())
    browse(dana, "/policy/")
    taken = page.evaluate(
        """async ([address, cases]) => {
            const { take } = await import(address);
            return cases.map(({ rungs, messages }) => {
                const harshest = rungs.map((rung) => ({ supervised: false, margin: null, ...rung })).reverse();
                return messages.map(({ p, z }) => take(harshest, p, z));
            });
        }""",
        [static("js/ladder.js"), cases],
    )
    assert taken == [[message["action"] for message in case["messages"]] for case in cases]


def test_what_a_switch_means_is_read_before_it_is_saved(dana, source, browse, page, console):
    page.set_viewport_size(PHONE)
    browse(dana, "/policy/")
    field = page.get_by_label("Earlier messages that the model reads before each")
    expect(field).to_have_value("0")
    with page.expect_response("**/preview/"):
        field.fill("3")
    expect(page.locator("#whatif")).to_contain_text("Every message of this source would go to people")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert policy_of(source).earlier_messages == 0
    with page.expect_response("**/preview/"):
        field.fill("0")
    expect(page.locator("#whatif")).to_contain_text("By itself")
    with page.expect_response("**/preview/"):
        field.fill("3")
    page.get_by_role("button", name="Save as policy 2").click()
    expect(page.locator(".page-head")).to_contain_text("policy 2 is in force")
    expect(field).to_have_value("3")
    assert policy_of(source).earlier_messages == 3
    assert not console
