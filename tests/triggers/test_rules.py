"""A trigger may stand for a rule: what it does is by that rule, as the book reads then."""

import pytest

from review.judging.drain import drain
from review.models import Action, Outcome, Rule, RuleVersion, Trigger
from review.triggers.in_force import newest
from tests.rows import make_pending, make_source

pytestmark = pytest.mark.django_db


def write(rule, version, **fields):
    wording = {"en": {"name": f"No advertising, as of {version}", "text": "Sell elsewhere."}}
    return RuleVersion.objects.create(
        rule=rule, version=version, wording=wording, category="spam", action="remove", **fields
    )


@pytest.fixture
def rule(source):
    rule = Rule.objects.create(source=source, position=3)
    write(rule, 1)
    return rule


def judged(source, scorer, setup):
    message = make_pending(source, "get free nitro")
    list(drain(scorer, setup))
    return Outcome.objects.get(message=message)


def test_an_outcome_names_the_rule_as_it_reads_now(source, add, scorer, setup, rule):
    add(source, "free nitro", effect=Action.REMOVE, rule=rule)
    assert judged(source, scorer, setup).rule.version == 1
    write(rule, 2)
    assert judged(source, scorer, setup).rule.version == 2
    write(rule, 3, retired=True)
    assert judged(source, scorer, setup).rule is None


def test_a_trigger_without_a_rule_has_an_outcome_without(source, add, scorer, setup, rule):
    add(source, "free nitro", effect=Action.REMOVE)
    assert judged(source, scorer, setup).rule is None


def test_the_form_offers_the_rules_of_the_source_and_no_others(source, sign_in, make_person, rule):
    client = sign_in(make_person("sam", "senior"))
    other = Rule.objects.create(source=make_source("forum"), position=1)
    write(other, 1)
    assert "3. No advertising, as of 1" in client.get("/triggers/?source=arcade").content.decode()
    form = {"kind": "phrase", "texts": "free nitro", "effect": "hide", "category": "spam", "mode": "on"}
    form["version"] = newest(source)
    refused = client.post("/triggers/arcade/add/", {**form, "rule": other.pk})
    assert "Select a valid choice" in refused.content.decode()
    client.post("/triggers/arcade/add/", {**form, "rule": rule.pk})
    trigger = Trigger.objects.get()
    assert trigger.rule == rule
    assert "No advertising, as of 1" in client.get("/triggers/?source=arcade").content.decode()
    edit = client.get(f"/triggers/arcade/{trigger.pk}/").content.decode()
    assert f'<option value="{rule.pk}" selected>' in edit
