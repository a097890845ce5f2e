"""What is done to authors, as platforms hear of it: in the feed of outcomes and in webhooks, with its reasons."""

import pytest

from review.desk import claims, decisions
from review.enforcement import author_outcomes
from review.enforcement.author_statements import author_statement, reasons_of
from review.enforcement.authors_as_json import author_outcomes_json
from review.enforcement.publisher import publish
from review.enforcement.webhooks.bodies import bodies
from review.erasure.authors import erase_author
from review.models import ApiToken, AuthorOutcome, Delivery, Endpoint, Event, Outcome, Reason
from tests.enforcement.conftest import give
from tests.enforcement.test_statements import KEYS, make_rule
from tests.enforcement.test_strikes import done, removed, reverse, source, take_effect
from tests.rows import make_case, make_message, make_source

__all__ = ["source"]
pytestmark = pytest.mark.django_db


def stated(step):
    return author_statement(step, reasons_of([step])[step.pk])


def decide(person, case, **fields):
    held = claims.open_case(person, case.pk)
    take_effect(decisions.decide(person, case.pk, held.claim_token, "harassment", **fields))


@pytest.fixture
def ask(client, source):
    """`ask(cursor="", **query)`: a page of the feed of outcomes."""
    token = ApiToken.issue(source, "a reader", ["read"])

    def page(**query):
        return client.get("/api/v1/outcomes", query, headers={"Authorization": f"Bearer {token}"}).json()

    return page


def test_the_feed_of_outcomes_has_them_in_one_order_with_those_on_messages(source, ask):
    give(make_message(source, external_id="m1"), "remove")
    publish()
    assert done(source) == ["warn"]
    publish()
    give(make_message(source, external_id="m2"), "allow")
    publish()
    assert publish() == 0
    rows, cursor = [], ""
    while True:
        page = ask(cursor=cursor, limit=1)
        rows, cursor = rows + page["outcomes"], page["cursor"]
        if not page["more"]:
            break
    assert [(row["id"], row["author"], row["action"]) for row in rows] == [
        ("m1", None, "remove"),
        (None, "kestrel", "warn"),
        ("m2", None, "allow"),
    ]
    assert ask(cursor=cursor)["outcomes"] == []


def test_another_source_hears_nothing_of_it(alice, source, client):
    removed(alice, source)
    assert done(source) == ["warn"]
    publish()
    token = ApiToken.issue(make_source("elsewhere"), "a reader", ["read"])
    assert client.get("/api/v1/outcomes", headers={"Authorization": f"Bearer {token}"}).json()["outcomes"] == []


def test_it_is_reversed_the_same_way(alice, source, ask):
    decision = removed(alice, source)
    assert done(source) == ["warn"]
    reverse(Outcome.objects.get(decision=decision))
    assert done(source) == ["warn", "none"]
    publish()
    warned, let_off = [row for row in ask()["outcomes"] if row["author"]]
    assert (warned["seq"], warned["action"], warned["by"], warned["strikes"]) == (1, "warn", "automation", 1.0)
    assert (let_off["seq"], let_off["action"], let_off["reverses"], let_off["statement"]) == (2, "none", 1, None)


def test_the_reasons_of_what_strikes_led_to_name_the_outcomes_that_counted_then(alice, source):
    for number in range(2):
        removed(alice, source, external_id=f"m{number}")
    assert done(source) == ["mute"]
    step = AuthorOutcome.objects.get()
    statement = stated(step)
    assert list(statement) == [*KEYS, "outcomes"]
    assert [(each["id"], each["seq"], each["action"]) for each in statement["outcomes"]] == [
        ("m1", 1, "remove"),
        ("m0", 1, "remove"),
    ]
    assert statement["facts"] == (
        "What was done about 2 of this author's messages came to 2.0 strikes, and "
        f"{step.policy} of this community says that from 2 on an author is muted."
    )
    assert step.why == f"2 strikes under {step.policy}"
    assert (statement["found_by"], statement["decided_by"]) == ("automation", "automation")
    assert (statement["automated_detection"], statement["automated_decision"]) == (True, "fully")
    assert statement["rule"]["text"] == f"Strikes ({step.policy})"
    assert (statement["starts_at"], statement["ends_at"]) == (step.created_at, None)
    reverse(Outcome.objects.get(message__external_id="m0"))
    assert stated(step) == statement, "what is reversed later counted then"


def test_the_reasons_of_what_a_person_asked_for_are_those_of_their_decision(alice, source):
    case = make_case(source, make_message(source, author="wren", external_id="m7"), reason=Reason.REPORT)
    rule = make_rule(source, alice, ground="law")
    decide(alice, case, rule=rule, author_action="ban", note_to_author="You threatened finch.")
    assert done(source, "wren") == ["ban"]
    step = AuthorOutcome.objects.get()
    told = author_outcomes_json([step.pk])[step.pk]
    assert (told["by"], told["rule"]["id"], told["seq"]) == ("report", rule.rule_id, 1)
    statement = told["statement"]
    assert statement["facts"].startswith("You threatened finch. The same person")
    assert (statement["ground"], statement["found_by"], statement["automated_decision"]) == ("law", "report", "not")
    assert [each["id"] for each in statement["outcomes"]] == ["m7"]
    assert "alice" not in str(told)


def test_of_a_raid_nobody_is_told_another_authors_message(alice, source):
    """One decision bans two; the statement of each names the message that was their own."""
    first, second = (make_message(source, "same words", author=author, external_id=f"of {author}") for author in "ab")
    case = make_case(source, first)
    case.members.create(message=second)
    decide(alice, case, author_action="ban")
    author_outcomes.settle_due()
    for step in AuthorOutcome.objects.all():
        assert [each["id"] for each in stated(step)["outcomes"]] == [f"of {step.author}"]


def test_many_take_as_many_queries_as_one(alice, source, django_assert_num_queries):
    for author in ("wren", "robin", "finch"):
        removed(alice, source, author=author)
    author_outcomes.settle_due()
    steps = list(AuthorOutcome.objects.values_list("pk", flat=True))
    assert len(steps) == 3
    with django_assert_num_queries(2):
        author_outcomes_json(steps)


def test_the_reasons_of_one_who_was_erased_name_no_message(alice, source):
    removed(alice, source)
    assert done(source) == ["warn"]
    erase_author(source, "kestrel")
    step = AuthorOutcome.objects.get()
    statement = stated(step)
    assert (step.author, statement["outcomes"]) == ("", [])
    assert "came to 1.0 strikes" in statement["facts"]


def test_each_step_goes_out_by_webhook_as_the_feed_has_it(alice, source, ask):
    Endpoint.objects.create(source=source, url="https://example.org/hook", events=[Event.AUTHOR_OUTCOME])
    removed(alice, source)
    author_outcomes.settle_due()
    publish()
    (told,) = [body["author"] for body in bodies(Delivery.objects.order_by("pk"))]
    (fed,) = [row for row in ask()["outcomes"] if row["author"]]
    assert fed.pop("id") is None
    told["author"] = told.pop("id")
    same = ("author", "seq", "action", "by", "why", "rule", "strikes", "reverses")
    assert {key: fed[key] for key in same} == {key: told[key] for key in same}
    assert fed["statement"]["appeal_url"] == told["statement"]["appeal_url"]
