"""Which rule stands on what is done without people, and on copies that follow them."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from review.desk import claims, decisions
from review.enforcement.copies import follow
from review.enforcement.outcomes import append_automatic
from review.intake.message_status import message_status
from review.models import Outcome, Trigger, TriggerSet
from tests.rows import make_case, make_message, make_rule, make_source, make_verdict

pytestmark = pytest.mark.django_db


@pytest.fixture
def source():
    return make_source()


def acted(source, route="remove", **fields):
    """A verdict of which toxicity is the likeliest violation, and the outcome that follows from it."""
    verdict = make_verdict(make_message(source), route=route, **fields)
    append_automatic([verdict])
    return Outcome.objects.get(message=verdict.message)


@pytest.mark.parametrize("probability", [0.9, 0.3])
def test_it_is_the_one_of_the_violation_that_was_acted_on(source, probability):
    """Also under one half, where the verdict's own category is benign and a ladder acted all the same."""
    rule = make_rule(source, "Stay civil", category="toxicity")
    make_rule(source, category="harassment")
    outcome = acted(source, probability=probability)
    assert outcome.rule == rule
    answer = message_status(outcome.message)["outcome"]
    assert (answer["by"], answer["rule"]["name"]) == ("automation", "Stay civil")


def test_of_several_none_is_guessed(source):
    make_rule(source, category="toxicity"), make_rule(source, category="toxicity")
    assert acted(source).rule is None


def test_a_rule_of_another_source_does_not_count(source):
    make_rule(make_source("book-club"), category="toxicity")
    assert acted(source).rule is None


def test_what_a_trigger_did_is_by_the_rule_that_it_stands_for(source):
    rule = make_rule(source, category="harassment")
    make_rule(source, category="spam")
    version = TriggerSet.objects.create(source=source, version=1)
    trigger = Trigger.objects.create(
        source=source,
        kind="phrase",
        text="nitro",
        category="spam",
        effect="hide",
        mode="on",
        added_in=version,
        rule=rule.rule,
    )
    assert acted(source, "hide", trigger=trigger, why="trigger").rule == rule


def test_what_is_allowed_breaks_no_rule_and_asks_for_none(source):
    make_rule(source, category="toxicity")
    verdict = make_verdict(make_message(source), route="allow")
    with CaptureQueriesContext(connection) as asked:
        append_automatic([verdict])
    assert not any("ruleversion" in query["sql"] and query["sql"].startswith("SELECT") for query in asked)
    assert Outcome.objects.get().rule is None


def test_a_batch_takes_one_query_for_its_rules(source):
    make_rule(source, category="toxicity")
    other = make_source("book-club")
    verdicts = [make_verdict(make_message(each), route="hide") for each in (source, other, source)]
    with CaptureQueriesContext(connection) as asked:
        append_automatic(verdicts)
    assert sum("review_ruleversion" in query["sql"] and query["sql"].startswith("SELECT") for query in asked) == 1


def test_a_copy_follows_with_the_rule_of_the_decision(source, alice):
    rule = make_rule(source)
    first = make_message(source, "the same words")
    make_case(source, first, verdict=make_verdict(first))
    case = claims.take_next(alice)
    decisions.decide(alice, case.pk, case.claim_token, "", rule=rule)
    copy = make_message(source, "the same words")
    follow([make_verdict(copy)])
    assert Outcome.objects.get(message=copy).rule == rule
