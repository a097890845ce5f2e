"""A source with a rule book: buttons, decisions, outcomes and what the author is told are by rule."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from review.desk import claims, decisions
from review.enforcement.as_json import outcome_json
from review.models import AuditEntry, Decision, Label, Outcome
from review.registry import rule_changes
from review.registry.rules import rules_of, state_of
from tests.rows import make_rule, make_source

pytestmark = pytest.mark.django_db


@pytest.fixture
def rule(db):
    return make_rule(make_source())


@pytest.fixture
def desk(alice, sign_in):
    """The browser of alice, who is signed in."""
    return sign_in(alice)


def keys_in(page):
    return re.findall(r'class="decision[^"]*"\s+data-key="(\w)"', page)


def test_the_buttons_stand_for_rules_and_for_benign(desk, held, rule):
    for number in range(2, 12):
        make_rule(held.source, f"Rule {number}", category="spam")
    page = desk.get("/").content.decode()
    assert keys_in(page) == [*"A1234567890B"]
    assert "No personal attacks" in page and "Harassment" not in page.split("keys-title")[0]
    assert 'value="It attacked somebody."' in page


def test_a_source_without_rules_keeps_its_categories(desk, alice, judged):
    make_rule(make_source("book-club"))
    judged()
    claims.take_next(alice)
    assert keys_in(desk.get("/").content.decode()) == [*"ATHXSVPF"]


def test_names_of_rules_are_escaped(desk, held):
    make_rule(held.source, '<b onclick="x">\u202erules', note_template={"en": '"><script>'})
    page = desk.get("/").content.decode()
    assert "<b onclick" not in page and "<script>" not in page.split("</head>")[1].split("<script type")[0]
    assert "\u202e" not in page


def test_a_decision_by_rule_has_its_category_action_and_note(desk, held, rule, post):
    post("decide", held, rule=rule.pk)
    decision, outcome, label = Decision.objects.get(), Outcome.objects.get(), Label.objects.get()
    assert (decision.rule, decision.category, decision.action) == (rule, "harassment", "remove")
    assert decision.note_to_author == "It attacked somebody."
    assert (outcome.rule, outcome.action, label.category) == (rule, "remove", "harassment")
    assert AuditEntry.objects.get(verb="decided").details["rule"] == rule.pk


def test_another_action_and_other_words_may_be_chosen(desk, held, rule, post):
    post("decide", held, rule=rule.pk, action="hide", note="mind the context", note_to_author="Please rephrase it.")
    decision = Decision.objects.get()
    assert (decision.action, decision.note, decision.note_to_author) == (
        "hide",
        "mind the context",
        "Please rephrase it.",
    )


@pytest.mark.parametrize("fields", [{"category": "benign"}, {"rule": True, "action": "allow"}])
def test_who_is_not_restricted_is_told_nothing(desk, held, rule, post, fields):
    fields = fields | ({"rule": rule.pk} if fields.get("rule") else {})
    post("decide", held, note_to_author="typed for another", **fields)
    assert Decision.objects.get().note_to_author == ""


def test_a_note_to_the_author_needs_no_rules(desk, held, post):
    post("decide", held, category="toxicity", note_to_author="Please calm down.")
    assert Decision.objects.get().note_to_author == "Please calm down."


def test_a_rule_that_was_changed_meanwhile_decides_nothing(desk, dana, held, rule, post):
    rule_changes.retire(held.source, dana, rule.rule_id, made_from=state_of(rules_of(held.source)))
    page = post("decide", held, rule=rule.pk, note="kept", note_to_author="kept too").content.decode()
    assert "The rules of this community were changed meanwhile" in page
    assert ">kept</textarea>" in page and ">kept too</textarea>" in page
    assert not Decision.objects.exists()


def test_rules_of_other_sources_decide_nothing(desk, held, rule, post):
    post("decide", held, rule=make_rule(make_source("book-club")).pk)
    post("decide", held, rule="x" * 40)
    post("decide", held, rule=2**80)
    post("decide", held)
    assert not Decision.objects.exists()


def test_a_lost_claim_keeps_both_notes(desk, bob, held, rule, post):
    held.claim_expires_at = timezone.now() - claims.LEASE
    held.save(update_fields=["claim_expires_at"])
    claims.open_case(bob, held.pk)
    page = post("decide", held, rule=rule.pk, note="for us", note_to_author="for them").content.decode()
    assert "for us</textarea>" in page and "for them</textarea>" in page


def test_undo_brings_back_what_was_typed_and_not_what_the_rule_said(desk, held, rule, post):
    for typed in ("", "My own words."):
        held.refresh_from_db()
        post("decide", held, rule=rule.pk, note_to_author=typed)
        path = f"/decisions/{Decision.objects.latest('pk').pk}/undo/"
        page = desk.post(path, headers={"HX-Request": "true"}).content.decode()
        written = page.split('id="note-to-author"')[1].split(">", 1)[1].split("</textarea>")[0]
        assert written == typed


def test_the_toast_and_the_record_name_the_rule(desk, held, rule, post):
    page = post("decide", held, htmx=True, rule=rule.pk).content.decode()
    assert "by <bdi>No personal attacks</bdi>" in " ".join(page.split())
    record = " ".join(desk.get(f"/cases/{held.pk}/").content.decode().split())
    assert record.count("<bdi>No personal attacks</bdi>, version 1") == 2  # of the decision and of its outcome
    assert "It attacked somebody." in record


def test_the_outcome_as_platforms_read_it(alice, held, rule):
    decisions.decide(alice, held.pk, held.claim_token, "", rule=rule)
    found = outcome_json(Outcome.objects.get())
    assert list(found) == ["seq", "action", "by", "why", "rule", "effective_at", "statement"]
    assert (found["by"], found["action"]) == ("person", "remove")
    assert found["rule"] == {"id": rule.rule_id, "version": 1, "name": "No personal attacks"}


def test_what_a_report_brought_says_so(alice, judged, rule):
    judged(reason="report")
    case = claims.take_next(alice)
    decisions.decide(alice, case.pk, case.claim_token, "", rule=rule)
    assert outcome_json(Outcome.objects.get())["by"] == "report"


def test_it_stays_within_few_queries(desk, held, judged, rule, post):
    judged("the next one")
    with CaptureQueriesContext(connection) as asked:
        assert post("decide", held, htmx=True, rule=rule.pk).status_code == 200
    assert len(asked) <= 36  # two of them of who signs in, one of those once a minute
