"""Gold items: shown unseen, never twice to one person in a while, without effect, and told apart by nothing."""

import json
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from review.desk import claims, undoing
from review.desk.thread import around
from review.models import Case, Decision, GoldItem, GoldShowing, Label, Outcome, QualityRates
from review.quality import gold
from review.registry.policy_versions import Terms, new_version
from tests.enforcement.test_strikes import STRIKES
from tests.quality.alike import shape, statements
from tests.quality.conftest import come_round, rule
from tests.rows import make_message, make_source

pytestmark = pytest.mark.django_db


@pytest.fixture
def gold_only(arcade):
    """No second opinions beside the gold items."""
    QualityRates.objects.update(second_opinions=0.0)


def showings():
    return list(Case.objects.filter(reason="gold", state="open"))


def test_one_opens_with_each_blind_case_that_is_drawn(item, alice, bob, drawn_case, gold_only):
    come_round()
    assert not showings()
    drawn_case()
    come_round()
    case = showings()[0]
    assert case.blind and case.margin is None and item.by_id in case.not_for
    come_round()
    assert len(showings()) == 1


def test_it_stands_in_its_channel_and_no_neighbour_sees_it(item, arcade, alice):
    later = make_message(arcade, "what was that?", channel="ranked")
    assert [line.text for line in around(item.message).earlier] == ["who is in?"]
    assert [line.text for line in around(later).earlier] == ["who is in?"]


def test_an_answer_gives_neither_outcome_nor_label(item, alice, bob, drawn_case, gold_only):
    drawn_case()
    come_round()
    before = Outcome.objects.count(), Label.objects.count()
    decision = rule(alice, "hate_speech", showings()[0])
    assert (Outcome.objects.count(), Label.objects.count()) == before
    assert decision.case.gold_showing.item == item


def test_an_answer_can_be_undone_as_any_other(item, alice, drawn_case, gold_only, settings):
    settings.MODDOG_UNDO_SECONDS = 60
    drawn_case()
    come_round()
    decision = rule(alice, "benign", showings()[0])
    assert undoing.undo(alice, decision.pk)
    assert claims.held_by(alice) == decision.case


def test_nobody_gets_it_twice_in_a_while_and_it_retires_once_all_know_it(item, alice, bob, drawn_case):
    QualityRates.objects.update(second_opinions=0.0)
    for person in (alice, bob):
        drawn_case(f"for {person}")
        come_round()
        case = showings()[0]
        assert person.pk not in case.not_for
        rule(person, "hate_speech", case)
        drawn_case(f"after {person}")
        come_round()
        assert all(person.pk in each.not_for for each in showings())
    item.refresh_from_db()
    assert item.retired_at and not showings()


def test_after_a_while_a_person_may_get_it_again(item, alice, bob, drawn_case, gold_only):
    drawn_case("one")
    come_round()
    decision = rule(alice, "hate_speech", showings()[0])
    type(decision).objects.filter(pk=decision.pk).update(created_at=timezone.now() - gold.AGAIN_AFTER - timedelta(1))
    drawn_case("two")
    come_round()
    assert alice.pk not in showings()[0].not_for


def test_classes_take_turns_whatever_the_stock(arcade, senior, alice, drawn_case, gold_only):
    for number in range(6):
        gold.write_item(arcade, f"fine {number}", "benign", senior, author="wren", channel="")
    gold.write_item(arcade, "i will find you", "violence", senior, author="wren", channel="")
    for number in range(2):
        drawn_case(f"case {number}")
        come_round()
    assert sorted(GoldShowing.objects.values_list("item__category", flat=True)) == ["benign", "violence"]


def test_an_adjudicated_text_becomes_an_item_that_those_who_decided_it_never_get(
    alice, bob, senior, make_person, drawn_case
):
    drawn_case()
    rule(alice, "toxicity")
    come_round()
    rule(bob, "benign")
    come_round()
    decision = rule(senior, "benign")
    made = gold.from_adjudication(decision.case, senior)
    assert made.category == "benign"
    assert set(made.known_to) == {alice.pk, bob.pk, senior.pk}
    assert gold.from_adjudication(decision.case, senior) is None
    assert GoldItem.objects.count() == 1


def test_desk_and_case_page_show_the_same_of_all_three(three, client):
    found, erin = three
    client.force_login(erin)
    seen, records, lists = set(), set(), set()
    for case in found.values():
        listed = client.get("/queue/").content.decode()
        row = next(row for row in listed.split("<tr>") if f"/cases/{case.pk}/" in row)
        lists.add(shape(row.split("</tr>")[0]))
        records.add(shape(client.get(f"/cases/{case.pk}/").content.decode()))
        assert claims.open_case(erin, case.pk) == case
        desk = client.get("/")
        seen.add((shape(desk.content.decode()), tuple(sorted(desk.headers))))
    assert len(seen) == len(records) == len(lists) == 1


def test_requests_answer_alike_for_all_three(three, client):
    found, erin = three
    client.force_login(erin)
    for verb in ("renew", "release", "decide"):
        answers = set()
        for case in found.values():
            held = claims.open_case(erin, case.pk)
            sent = {"token": held.claim_token, "category": "benign"}
            got = client.post(f"/cases/{case.pk}/{verb}/", sent)
            answers.add((got.status_code, tuple(sorted(got.headers)), got.content, got.headers.get("Location")))
        assert len(answers) == 1


def test_all_three_take_the_same_work_to_show(three, client):
    """What asks the database as often takes as long: before the decision a stopwatch tells nothing."""
    found, erin = three
    client.force_login(erin)
    client.get("/")  # what is looked up once
    counts = set()
    for case in found.values():
        claims.open_case(erin, case.pk)
        with CaptureQueriesContext(connection) as shown:
            client.get("/")
            client.get(f"/cases/{case.pk}/")
        counts.add(len(shown))
    assert len(counts) == 1


@pytest.mark.parametrize(("category", "rate"), [("benign", 0.0), ("hate_speech", 0.0), ("benign", 1.0)])
def test_deciding_and_undoing_all_three_takes_the_same_statements(
    three, client, settings, drawn_case, *, category, rate
):
    """Nor does a stopwatch tell afterwards what it was: neither which was drawn to be made again."""
    settings.MODDOG_UNDO_SECONDS = 60
    QualityRates.objects.update(second_opinions=rate)
    drawn_case("what comes next")
    new_version(make_source(), None, lambda before: Terms(before.ladders, before.audit_rate, strikes=STRIKES))
    found, erin = three
    client.force_login(erin)
    client.get("/")  # what is looked up once
    asked = {}
    for reason, case in found.items():
        held = claims.open_case(erin, case.pk)
        sent = {"token": held.claim_token, "category": category, "author_action": "warn"}
        with CaptureQueriesContext(connection) as captured:
            client.post(f"/cases/{case.pk}/decide/", sent, headers={"HX-Request": "true"})
            decision = Decision.objects.get(case=case, undone_at=None)
            client.post(f"/decisions/{decision.pk}/undo/", headers={"HX-Request": "true"})
        assert decision.undone_at is None and not Decision.objects.get(pk=decision.pk).case.decided_at
        asked[reason] = statements(captured)
    assert asked["gold"] == asked["audit"]
    assert asked["second_opinion"] == asked["audit"]


def test_they_stand_in_the_queue_by_when_they_opened_alone(three):
    found, _ = three
    by_priority = Case.objects.filter(
        pk__in=[case.pk for case in found.values()], reason__in=("second_opinion", "gold")
    )
    ordered = list(by_priority.order_by("-priority").values_list("pk", flat=True))
    assert ordered == sorted(ordered)


def test_nobody_else_sees_what_was_answered(item, alice, bob, drawn_case, client):
    QualityRates.objects.update(second_opinions=0.0)
    drawn_case()
    come_round()
    case = showings()[0]
    rule(alice, "hate_speech", case)
    client.force_login(bob)
    assert "go back home" not in client.get("/queue/", {"state": "decided"}).content.decode()
    assert client.get(f"/cases/{case.pk}/").status_code == 404
    client.force_login(alice)
    assert client.get(f"/cases/{case.pk}/").status_code == 200


def test_no_platform_sent_it_so_no_export_has_it(item, capsysbinary):
    call_command("export", "messages")
    sent = [json.loads(line)["text"] for line in capsysbinary.readouterr().out.decode().splitlines()]
    assert sent == ["who is in?"]
