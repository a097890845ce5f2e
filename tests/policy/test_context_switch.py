"""Earlier messages in the prompt, on the policy page: what a switch means is said before anybody makes it."""

import pytest
from django.urls import reverse

from review.models import CalibratorActivation, CalibratorVersion, ModelVersion, RiskTarget
from review.policy import tasks
from review.registry.in_context import in_context, setup_of
from review.registry.policy_versions import new_version, policy_of, replaced_by
from tests.policy.test_change import bring_back, form, save
from tests.rows import make_calibrator, make_message, make_source, make_verdict

pytestmark = pytest.mark.django_db


@pytest.fixture
def source():
    return make_source()


def preview(client, source, **changes):
    fields = form(version=policy_of(source).version, **changes)
    return client.post(reverse("policy-preview", args=[source.slug]), fields).content.decode()


def test_before_the_switch_the_page_says_that_all_goes_to_people(sign_in, dana, source, setup):
    client = sign_in(dana)
    make_verdict(make_message(source))
    html = preview(client, source, earlier_messages="3")
    assert "has no calibrator" in html
    assert "Every message of this source would go to people" in html
    assert "register MODEL --context 3 --shadow" in html
    assert ModelVersion.objects.count() == 1, "looking registers nothing"
    assert "has no calibrator" not in preview(client, source, earlier_messages="0")
    assert "has no calibrator" not in preview(client, source)


def test_with_a_calibrator_for_that_form_it_says_which(sign_in, dana, source, setup):
    own = in_context(setup, 3)
    calibrator = CalibratorVersion.objects.create(
        model=own.model, rubric=own.rubric, version=7, kind="platt", parameters={"kind": "platt"}
    )
    CalibratorActivation.objects.create(calibrator=calibrator, why="for a test")
    html = preview(sign_in(dana), source, earlier_messages="3")
    assert "Calibrator 7 is in force for that form" in html
    assert "would go to people" not in html


def test_saving_switches_the_source_and_no_other(sign_in, dana, source, setup):
    client = sign_in(dana)
    assert save(client, source, earlier_messages="2").status_code == 302
    assert policy_of(source).earlier_messages == 2
    assert setup_of(source).model.earlier_messages == 2
    assert setup_of(make_source("forum")) == setup
    assert 'name="earlier_messages"' in client.get(f"/policy/?source={source.slug}").content.decode()
    save(client, source, note="thresholds alone")
    assert policy_of(source).earlier_messages == 2


@pytest.mark.parametrize("number", ["-1", "9", "three"])
def test_what_is_no_number_of_messages_is_refused(sign_in, dana, source, number):
    assert save(sign_in(dana), source, earlier_messages=number).status_code == 200
    assert policy_of(source).earlier_messages == 0


def test_an_old_version_comes_back_with_the_form_that_it_had(sign_in, dana, source, setup):
    policy_of(source)
    client = sign_in(dana)
    save(client, source, earlier_messages="2")
    bring_back(client, source, 1)
    assert policy_of(source).earlier_messages == 0


def test_an_overtaken_form_names_the_switch(sign_in, dana, source, setup):
    client, seen = sign_in(dana), policy_of(source).version
    save(client, source, earlier_messages="2")
    answer = save(client, source, version=seen, note="mine")
    assert answer.status_code == 409
    assert "earlier messages in the prompt 0 → 2" in answer.content.decode()


def test_the_page_of_a_source_in_context_shows_its_own_form(sign_in, dana, source, setup):
    """The active form's calibrator and counts are another scale: here they show nothing."""
    make_calibrator()
    make_verdict(make_message(source))
    new_version(source, None, replaced_by(policy_of(source).ladders, 0.05, 2))
    assert "No message has been judged with a calibrator" in sign_in(dana).get("/policy/").content.decode()


def test_risk_targets_are_attempted_under_the_form_of_their_source(source, setup):
    new_version(source, None, replaced_by(policy_of(source).ladders, 0.05, 2))
    target = RiskTarget.objects.create(source=source, kind="wrong_removals", action="hide", risk=0.1)
    seen = []
    tasks._over_targets("certification", lambda each, under: seen.append((each, under)))
    assert seen == [(target, setup_of(source))]
