"""A rubric in a real browser: written, tried by the worker, in shadow, and in force with a calibrator of its own."""

import pytest
from playwright.sync_api import expect

from moddog_site.celery import app
from review.models import Rubric, RubricTrial, Score
from review.registry.calibrators import active_calibrator
from review.registry.scoring_setup import ScoringSetup, active_setup
from tests.calibration.labelled import make_labels
from tests.candidates.test_promote import shadow_scores
from tests.rows import make_calibrator, make_judge, make_pending, make_source
from tests.stack import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


def under(page, name):
    """A part of the page, by its heading."""
    return page.locator("section", has=page.get_by_role("heading", name=name, exact=True))


def judged_by_worker():
    """The worker has loaded the model, so a rubric is in force."""
    message = make_pending(make_source(), "judged under the first")
    app.send_task("review.judging.tasks.classify_pending", queue="inference")
    wait_until(message.verdicts.exists, 60)


def test_a_rubric_is_written_tried_and_shadowed_without_labels(worker, root, browse, page, console):
    judged_by_worker()
    browse(root, "/rubrics/")
    page.get_by_label("Instructions to the model").fill("Flag clear threats.")
    page.get_by_label("What it is to do better").fill("fewer false alarms")
    page.get_by_role("button", name="Keep it, and try it").click()
    expect(page.get_by_role("heading", name="Rubric 2", level=1)).to_be_visible()
    expect(page.get_by_role("status").first).to_contain_text("It judges nothing yet.")
    expect(under(page, "In force")).to_contain_text("Once it was tried, it can come into force.")
    expect(page.get_by_role("button", name="Run it in shadow")).to_be_disabled()
    app.send_task("review.judging.tasks.score_in_shadow", queue="inference")
    expect(under(page, "Trial")).to_contain_text("Tried on 1 message", timeout=60_000)
    assert RubricTrial.objects.get().has_passed
    expect(page.locator(".rubric-words ins")).to_contain_text("clear threats.")
    page.get_by_role("button", name="Run it in shadow").click()
    expect(under(page, "Shadow")).to_contain_text("It gates nothing.")
    assert Rubric.objects.get(version=2).in_shadow
    page.get_by_role("button", name="End its shadow").click()
    expect(under(page, "Shadow")).to_contain_text("In shadow it is read beside rubric 1")
    expect(under(page, "Calibrators under it")).to_contain_text("has none under it yet")
    page.get_by_role("button", name="Put it in force").click()  # nothing is sent before the box is ticked
    assert active_setup().rubric.version == 1
    page.get_by_label("Without a calibrator: everything goes to people").check()
    page.get_by_role("button", name="Put it in force").click()
    expect(page.get_by_role("status").first).to_contain_text("everything goes to people for now")
    expect(page.locator("tr", has_text="Rubric 2")).to_contain_text("in force")
    assert active_setup().rubric.version == 2
    assert console == []


@pytest.mark.parametrize("width", [390, 1280])
def test_with_labels_it_says_what_would_change_and_gets_a_calibrator(alice, root, *, browse, page, console, width):
    make_calibrator()
    model, rubric = make_judge()
    labels = make_labels(200, alice)
    page.set_viewport_size({"width": width, "height": 844})
    browse(root, "/rubrics/")
    page.get_by_label("Instructions to the model").fill("Be stern.")
    page.get_by_role("button", name="Keep it, and try it").click()
    expect(under(page, "Trial")).to_contain_text("0 of 200 messages")
    stern = ScoringSetup(model, Rubric.objects.get(version=2))
    shadow_scores(stern, labels)  # what a worker does of a trial
    page.reload()
    expect(page.locator("[data-chart] svg.main-svg").first).to_be_visible()
    force = under(page, "In force")
    expect(force).to_contain_text("cohort decisions. With 90 % confidence the difference is at most")
    expect(force).to_contain_text("calibrator of its own, fitted on 200 decisions")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("button", name="Run it in shadow").click()
    expect(under(page, "Shadow")).to_contain_text("200 messages scored so far")
    page.get_by_role("button", name="Put it in force").click()
    expect(page.get_by_role("status").first).to_contain_text("Rubric 2 is in force, with calibrator 1.")
    page.get_by_role("link", name="Rubric 2").click()
    expect(under(page, "Calibrators under it")).to_contain_text("fitted for rubric 2")
    assert active_setup() == stern
    assert active_calibrator(model, stern.rubric).labels == 200
    browse(path=f"/rubrics/{rubric.pk}/")
    expect(under(page, "In force")).to_contain_text("It judged before: calibrator 1 is kept for it.")
    page.get_by_role("button", name="Put it in force").click()
    expect(page.get_by_role("status").first).to_contain_text("Rubric 1 is in force, with calibrator 1.")
    assert Score.objects.filter(rubric=stern.rubric).count() == 200
    assert console == []
