"""`export --format dsa-v2`: every statement is as the EU's database takes it, and says nothing of anybody."""

import json
from datetime import timedelta
from pathlib import Path

import jsonschema_rs
import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings
from django.utils import timezone

from review.desk import claims, decisions
from review.enforcement import author_outcomes
from review.models import (
    Action,
    AuthorOutcome,
    Category,
    Outcome,
    Policy,
    Reason,
    Report,
    Reporter,
)
from review.registry.first_policy import first_policy
from review.registry.policy_versions import policy_of
from tests.rows import make_case, make_message, make_rule, make_source, make_verdict

pytestmark = pytest.mark.django_db
SCHEMA = jsonschema_rs.validator_for(json.loads((Path(__file__).parent / "dsa-v2.schema.json").read_text()))


@pytest.fixture
def exported(capsysbinary):
    """The statements, each of which the schema allows."""

    def export(*arguments):
        call_command("export", "--format", "dsa-v2", *arguments)
        rows = [json.loads(line) for line in capsysbinary.readouterr().out.decode().splitlines()]
        for row in rows:
            SCHEMA.validate(row)
        return rows

    return export


def decided(person, case, category="harassment", **fields):
    held = claims.open_case(person, case.pk)
    with override_settings(MODDOG_UNDO_SECONDS=0):
        decisions.decide(person, case.pk, held.claim_token, category, **fields)


def automatic(message, action=Action.HIDE, **fields):
    verdict = make_verdict(message, 0.99, 5.0, route=action)
    return Outcome.objects.create(message=message, seq=1, action=action, why="policy 1", verdict=verdict, **fields)


def test_what_the_policy_did(exported):
    outcome = automatic(make_message(make_source(), "what she said", author="robin"))
    automatic(make_message(make_source()), Action.ALLOW)
    (row,) = exported()
    assert row["decision_visibility"] == ["DECISION_VISIBILITY_CONTENT_DISABLED"]
    assert (row["source_type"], row["automated_detection"]) == ("SOURCE_VOLUNTARY", "Yes")
    assert row["automated_decision"] == "AUTOMATED_DECISION_FULLY"
    assert row["puid"] == f"arcade-{outcome.pk}"
    assert row["content_date"] == outcome.message.sent_at.date().isoformat()
    assert not any(word in json.dumps(row) for word in ("robin", "what she said"))


@pytest.mark.parametrize("category", [category for category in Category if category != Category.BENIGN])
def test_each_category_has_a_place(exported, alice, category):
    source = make_source()
    decided(alice, make_case(source), category.value, action="remove", note_to_author="Robin, stop.")
    (row,) = exported()
    assert row["automated_decision"] == "AUTOMATED_DECISION_NOT_AUTOMATED"
    assert "Robin" not in json.dumps(row), "a moderator's words may name somebody"


def test_what_is_against_the_law_names_it(exported, alice):
    source = make_source()
    rule = make_rule(source, ground="law", legal_ground="§ 130 StGB" * 100, category="hate_speech")
    decided(alice, make_case(source), "hate_speech", rule=rule)
    (row,) = exported()
    assert row["decision_ground"] == "DECISION_GROUND_ILLEGAL_CONTENT"
    assert row["illegal_content_legal_ground"].startswith("§ 130 StGB")
    assert "incompatible_content_ground" not in row


@pytest.mark.parametrize(
    ("illegal", "source_type"), [(True, "SOURCE_ARTICLE_16"), (False, "SOURCE_TYPE_OTHER_NOTIFICATION")]
)
def test_a_notice_of_something_illegal_is_told_from_other_reports(exported, alice, illegal, source_type):
    source = make_source()
    case = make_case(source, reason=Reason.REPORT)
    reporter = Reporter.objects.create(source=source, name="kim")
    Report.objects.create(reporter=reporter, message=case.members.get().message, illegal=illegal)
    decided(alice, case)
    (row,) = exported()
    assert (row["source_type"], row["automated_detection"]) == (source_type, "No")


@pytest.mark.parametrize(("action", "told"), [("mute", "SUSPENDED"), ("ban", "TERMINATED")])
def test_what_was_done_about_an_author(exported, action, told):
    source = make_source()
    policy = Policy.objects.filter(source=source).first() or first_policy(source)
    values = {"source": source, "author": "robin", "strikes": 3.25, "policy": policy, "why": "strikes"}
    AuthorOutcome.objects.create(seq=1, action="warn", **values)
    AuthorOutcome.objects.create(seq=2, action=action, **values)
    (row,) = exported()
    assert row["decision_account"] == f"DECISION_ACCOUNT_{told}"
    assert "robin" not in json.dumps(row)


def test_a_milder_step_in_place_of_a_harsher_one_has_one_too(exported):
    """A ban whose strikes were partly reversed becomes a mute, which restricts under a statement of its own."""
    source = make_source()
    values = {"source": source, "author": "robin", "strikes": 3.25, "policy": policy_of(source), "why": "strikes"}
    ban = AuthorOutcome.objects.create(seq=1, action="ban", **values)
    mute = AuthorOutcome.objects.create(seq=2, action="mute", reverses=ban, **values)
    AuthorOutcome.objects.create(seq=3, action="none", reverses=mute, **values)
    rows = exported()
    assert [row["decision_account"] for row in rows] == ["DECISION_ACCOUNT_TERMINATED", "DECISION_ACCOUNT_SUSPENDED"]
    assert len({row["puid"] for row in rows}) == 2


def test_a_ban_that_a_person_asked_for_says_what_they_decided(exported, alice):
    source = make_source()
    message = make_message(source, author="robin")
    rule = make_rule(source, category="harassment")
    decided(alice, make_case(source, message, reason=Reason.REPORT), rule=rule, author_action="ban")
    assert author_outcomes.settle_due()
    row = exported()[-1]
    assert row["decision_account"] == "DECISION_ACCOUNT_TERMINATED"
    assert (row["automated_detection"], row["automated_decision"]) == ("No", "AUTOMATED_DECISION_NOT_AUTOMATED")
    assert (row["source_type"], row["incompatible_content_ground"]) == ("SOURCE_TYPE_OTHER_NOTIFICATION", rule.name)
    assert row["decision_facts"].startswith("The message was reported, and a person judged it to be harassment.")
    assert "strikes" not in json.dumps(row)


def test_what_was_taken_back_in_time_or_is_not_yet_in_effect_has_none(exported):
    source, now = make_source(), timezone.now()
    automatic(make_message(source), withdrawn_at=now)
    automatic(make_message(source), effective_at=now + timedelta(minutes=1))
    assert exported() == []


def test_only_one_source_and_only_since(exported):
    old = automatic(make_message(make_source()), effective_at=timezone.now() - timedelta(days=9))
    new = automatic(make_message(make_source("forum")))
    assert [row["puid"] for row in exported("--source", "arcade")] == [f"arcade-{old.pk}"]
    since = (timezone.now() - timedelta(days=1)).date().isoformat()
    assert [row["puid"] for row in exported("--since", since)] == [f"forum-{new.pk}"]


def test_it_takes_no_other_rows(exported):
    with pytest.raises(CommandError, match="nothing with --format dsa-v2"):
        exported("messages")
    with pytest.raises(CommandError, match="name messages, decisions, verdicts"):
        call_command("export")
