"""Statements of reasons: made of what is on record, for every outcome that restricts."""

from datetime import timedelta

import pytest
from django.test import override_settings

from review.desk import claims, decisions
from review.enforcement.as_json import outcome_json, outcomes_to_tell
from review.enforcement.statements import statement_of
from review.models import (
    CaseMember,
    Decision,
    Outcome,
    Reason,
    Rule,
    RuleVersion,
    Trigger,
    TriggerSet,
)
from tests.rows import make_case, make_message, make_source, make_verdict

pytestmark = pytest.mark.django_db
KEYS = [
    *("rule", "facts", "ground", "found_by", "decided_by", "automated_detection", "automated_decision", "scope"),
    *("starts_at", "ends_at", "appeal_url", "appeal_until"),
]


def automatic(message, action="hide", **fields):
    verdict = make_verdict(message, 0.99, 5.0, route=action, **fields)
    return Outcome.objects.create(message=message, seq=1, action=action, why="policy 1", verdict=verdict)


def decided(person, case, category="harassment", **fields):
    """The outcome of a decision that is in effect."""
    held = claims.open_case(person, case.pk)
    with override_settings(MODDOG_UNDO_SECONDS=0):
        decision = decisions.decide(person, case.pk, held.claim_token, category, **fields)
    return Outcome.objects.get(decision=decision)


def make_rule(source, person, **fields):
    values = {
        "wording": {"en": {"name": "3. No personal attacks", "text": "Argue about things."}, "de": {"name": "3."}},
        "category": "harassment",
        "action": "hide",
        "created_by": person,
    }
    rule = Rule.objects.create(source=source, position=3)
    return RuleVersion.objects.create(rule=rule, version=2, **(values | fields))


def test_what_restricts_nobody_has_none():
    assert statement_of(automatic(make_message(make_source()), "allow")) is None


def test_what_the_policy_did_by_itself():
    outcome = automatic(make_message(make_source()))
    statement = statement_of(outcome)
    assert list(statement) == KEYS
    assert statement["rule"] == {"id": None, "version": None, "text": "Toxicity"}
    assert (statement["found_by"], statement["decided_by"]) == ("automation", "automation")
    assert (statement["automated_detection"], statement["automated_decision"]) == (True, "fully")
    assert "toxicity" in statement["facts"] and "nobody looked at it" in statement["facts"]
    assert statement["ground"] == "terms"
    assert (statement["starts_at"], statement["ends_at"]) == (outcome.effective_at, None)
    assert statement["appeal_url"].startswith("http://localhost:8000/appeals/")
    assert statement["appeal_until"] - outcome.effective_at == timedelta(days=183)


def test_what_a_trigger_did_names_its_category(dana):
    source = make_source()
    version = TriggerSet.objects.create(source=source, version=1, created_by=dana)
    trigger = Trigger.objects.create(
        source=source, kind="phrase", text="cheap pills", category="spam", effect="remove", added_in=version
    )
    statement = statement_of(automatic(make_message(source), "remove", trigger=trigger, why="trigger"))
    assert statement["rule"]["text"] == "Spam"
    assert "removed" in statement["scope"]


@pytest.mark.parametrize(
    ("reason", "blind", "found_by"),
    [
        (Reason.BORDERLINE, False, "automation"),
        (Reason.TRIGGER, False, "automation"),
        (Reason.REPORT, False, "report"),
        (Reason.AUDIT, True, "person"),
        (Reason.BORDERLINE, True, "person"),
        (Reason.FAILURE, False, "person"),
    ],
)
def test_what_a_person_decided_says_what_brought_it_to_them(alice, reason, blind, found_by):
    outcome = decided(alice, make_case(make_source(), reason=reason, blind=blind))
    statement = statement_of(outcome)
    assert (statement["found_by"], statement["automated_detection"]) == (found_by, found_by == "automation")
    assert (statement["decided_by"], statement["automated_decision"]) == ("person", "not")
    assert "a person judged it to be harassment" in statement["facts"]
    assert "alice" not in str(statement)


def test_a_copy_that_followed_is_partially_automated(alice):
    case = make_case(make_source(), reason=Reason.REPORT)
    first = decided(alice, case)
    copy = make_message(case.source)
    CaseMember.objects.create(case=case, message=copy)
    outcome = Outcome.objects.create(
        message=copy, seq=1, action="remove", why="follows", decision=first.decision, verdict=make_verdict(copy)
    )
    statement = statement_of(outcome)
    assert (statement["decided_by"], statement["automated_decision"]) == ("automation", "partially")
    assert "same words" in statement["facts"]
    assert (statement["found_by"], statement["automated_detection"]) == ("automation", True), "nobody reported the copy"


def test_the_rule_and_the_note_are_the_communitys_own_words(alice):
    case = make_case(make_source())
    outcome = decided(alice, case)
    rule = make_rule(case.source, alice, ground="law", legal_ground="§ 185 StGB")
    Decision.objects.filter(pk=outcome.decision_id).update(note_to_author="You called kestrel names.")
    statement = statement_of(with_rule(outcome, rule))
    assert statement["rule"] == {
        "id": rule.rule_id,
        "version": 2,
        "text": "3. No personal attacks: Argue about things.",
    }
    assert statement["ground"] == "law"
    assert statement["facts"] == "You called kestrel names."


def with_rule(outcome, rule):
    """As the outcome would be written with that rule: it cannot be changed afterwards."""
    return Outcome.objects.create(
        message=outcome.message,
        seq=outcome.seq + 1,
        action=outcome.action,
        by=outcome.by,
        why=outcome.why,
        decision=Decision.objects.select_related("case").get(pk=outcome.decision_id),
        rule=rule,
    )


def test_many_are_read_at_once_and_nothing_for_each(alice, django_assert_num_queries):
    """By the policy, by a trigger and by a person under a rule; as one that was read with all its columns says it."""
    source = make_source()
    version = TriggerSet.objects.create(source=source, version=1, created_by=alice)
    trigger = Trigger.objects.create(
        source=source, kind="phrase", text="cheap pills", category="spam", effect="remove", added_in=version
    )
    automatic(make_message(source))
    automatic(make_message(source), "remove", trigger=trigger, why="trigger")
    decided(alice, make_case(source), rule=make_rule(source, alice), note_to_author="Please stop.")
    ids = list(Outcome.objects.values_list("pk", flat=True))
    with django_assert_num_queries(1):
        told = {pk: outcome_json(outcome) for pk, outcome in outcomes_to_tell(ids).items()}
    assert told == {outcome.pk: outcome_json(outcome) for outcome in Outcome.objects.all()}
