"""Cases that wait follow a new version of the triggers."""

import pytest

from review.judging import rerouting
from review.judging.drain import drain
from review.models import Action, Case, Category, Outcome, TriggerMatch, User, Verdict
from review.triggers.changes import change
from tests.rows import make_pending

pytestmark = pytest.mark.django_db


@pytest.fixture
def waiting(source, scorer, setup):
    """A case that waits: its script is not the model's."""
    make_pending(source, "всё это ужасно, free nitro")
    list(drain(scorer, setup))
    return Case.objects.get()


def follow():
    while rerouting.step():
        pass


def test_a_new_trigger_decides_what_waits(waiting, source, add):
    trigger = add(source, "free nitro", effect=Action.HIDE)
    follow()
    waiting.refresh_from_db()
    outcome = Outcome.objects.get()
    assert (waiting.state, outcome.action, outcome.why) == ("closed", "hide", f"trigger {trigger.pk}")
    assert TriggerMatch.objects.get().trigger == trigger


def test_self_harm_raises_what_waits(waiting, source, add):
    before = waiting.priority
    add(source, "free nitro", category=Category.SELF_HARM)
    follow()
    waiting.refresh_from_db()
    assert (waiting.state, waiting.verdict.why) == ("open", "trigger")
    assert waiting.priority > before + 0.5


def test_what_could_not_be_matched_follows_once_it_can(source, scorer, setup, add, monkeypatch):
    trigger = add(source, "free nitro", effect=Action.HIDE)
    with monkeypatch.context() as broken:
        broken.setattr("review.triggers.in_force.Matcher", None)
        make_pending(source, "well played")
        list(drain(scorer, setup))
    assert Verdict.objects.get().why == "triggers_failed"
    change(source, User.objects.get(username="sam"), made_from=1, remove=[trigger.pk])
    follow()
    assert Case.objects.get().state == "closed"
    assert Outcome.objects.get().action == "allow"
