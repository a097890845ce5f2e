"""Deciding a selection together: what it is, what it says, what it leaves out, and the way back."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from review.desk import bulk, claims
from review.models import AuditEntry, Case, Decision, Label, Outcome
from tests.rows import make_case, make_message, make_rule, make_source

pytestmark = pytest.mark.django_db


@pytest.fixture
def raid():
    """Three cases of two authors; the first has two copies more."""
    source = make_source()
    cases = [make_case(source, make_message(source, f"raid {n}", author=("wren", "finch")[n % 2])) for n in range(3)]
    for _ in range(2):
        cases[0].members.create(message=make_message(source, "raid 0", author="wren"))
    return cases


def ids(*cases):
    return [case.pk for case in cases]


def read(page):
    """Its words, one line, without the elements around them."""
    return " ".join(re.sub("<[^>]*>", "", page.content.decode()).split())


def words_on(page):
    return re.search(r'id="bulk-words">([^<]*)<', page.content.decode())[1]


def test_it_says_what_it_does_and_does_that(alice, sign_in, raid):
    client = sign_in(alice)
    page = client.get("/queue/bulk/", {"case": ids(*raid)})
    assert "raid 0" in page.content.decode() and "bulk-words" not in page.content.decode()
    page = client.get("/queue/bulk/", {"case": ids(*raid), "decision": "category:harassment"})
    assert words_on(page) == "Removes 5 messages of 2 authors: Harassment"
    assert not Decision.objects.exists()
    asked = {"case": ids(*raid), "decision": "category:harassment", "words": words_on(page)}
    done = client.post("/queue/bulk/decide/", asked)
    assert "5 messages in 3 cases" in client.get(done.headers["Location"]).content.decode()
    made = Decision.objects.all()
    assert {(each.case_id, each.category, each.action) for each in made} == {
        (case.pk, "harassment", "remove") for case in raid
    }
    assert len({(each.bulk, each.effective_at) for each in made}) == 1
    assert Outcome.objects.filter(effective_at__gt=timezone.now()).count() == 5
    assert set(Label.objects.values_list("blind", "cohort_rate")) == {(False, None)}
    assert AuditEntry.objects.filter(verb="decided").count() == 3


def test_by_a_rule_of_the_book(alice, raid):
    version = make_rule(raid[0].source)
    selection = bulk.select(alice, ids(*raid))
    button = selection.buttons[1]
    assert selection.words(button) == f"Removes 5 messages of 2 authors: {button.label}"
    assert bulk.decide_all(alice, ids(*raid), button.field, button.value)[1] == 3
    assert set(Decision.objects.values_list("rule", flat=True)) == {version.pk}


def test_one_undo_takes_all_of_it_back(alice, bob, sign_in, raid):
    stroke, decided = bulk.decide_all(alice, ids(*raid), "category", "spam")
    assert decided == 3
    assert sign_in(bob).get(f"/queue/bulk/{stroke}/").status_code == 404
    sign_in(bob).post(f"/queue/bulk/{stroke}/undo/")
    assert Decision.objects.filter(undone_at=None).count() == 3
    sign_in(alice).post(f"/queue/bulk/{stroke}/undo/")
    assert not Decision.objects.filter(undone_at=None).exists()
    assert Case.objects.filter(state="open", claim_token=None).count() == 3
    assert not Outcome.objects.filter(withdrawn_at=None).exists()


def test_what_is_in_effect_cannot_be_taken_back(alice, sign_in, raid):
    stroke, _ = bulk.decide_all(alice, ids(*raid), "category", "spam")
    Decision.objects.filter(case=raid[0]).update(effective_at=timezone.now() - timedelta(seconds=1))
    assert bulk.undo_all(alice, stroke) == 2
    assert bulk.undo_all(alice, stroke) == 0
    page = sign_in(alice).post(f"/queue/bulk/{stroke}/undo/", follow=True).content.decode()
    assert 'class="notice is-error"' in page
    assert "Too late to undo" in page


def test_it_says_what_it_leaves_out(alice, bob, raid):
    source = raid[0].source
    blind = make_case(source, blind=True, reason="audit")
    appeal = make_case(source, reason="appeal")
    elsewhere = make_case(make_source("forum"), priority=-9.0)
    claims.open_case(bob, raid[1].pk)
    Case.objects.filter(pk=raid[2].pk).update(state="decided", decided_at=timezone.now())
    selection = bulk.select(alice, ids(*raid, blind, appeal, elsewhere))
    assert [row.case.pk for row in selection.rows] == [raid[0].pk]
    assert {words.split(":")[0] for words in selection.left_out} == {
        "1 case blind",
        "1 case an appeal",
        "1 case with somebody else",
        "1 case decided or closed meanwhile",
        "1 case of another community",
    }
    everything = ids(*raid, blind, appeal)
    assert bulk.decide_all(alice, everything, "category", "spam")[1] == 1
    assert not Decision.objects.filter(case__in=[blind, appeal, raid[1]]).exists()


def test_a_selection_that_changed_is_looked_at_again(alice, bob, sign_in, raid):
    client = sign_in(alice)
    page = client.get("/queue/bulk/", {"case": ids(*raid), "decision": "category:spam"})
    claims.open_case(bob, raid[1].pk)
    asked = {"case": ids(*raid), "decision": "category:spam", "words": words_on(page)}
    again = client.post("/queue/bulk/decide/", asked)
    assert again.status_code == 409
    assert "The selection changed" in again.content.decode() and "with somebody else" in again.content.decode()
    assert not Decision.objects.exists()
    assert words_on(again) == "Removes 4 messages of 1 author: Spam"


def test_what_one_holds_stays_in_ones_hands(alice, raid):
    mine = claims.open_case(alice, raid[0].pk)
    bulk.decide_all(alice, ids(raid[1], raid[2]), "category", "spam")
    assert claims.held_by(alice) == mine


def test_other_peoples_communities_are_out_of_reach(make_person, sign_in, raid):
    eve = make_person("eve", "moderator", make_source("forum"))
    assert bulk.select(eve, ids(*raid)).rows == []
    assert bulk.decide_all(eve, ids(*raid), "category", "spam")[1] == 0
    page = sign_in(eve).get("/queue/bulk/", {"case": [*ids(*raid), "x", "9" * 40]})
    assert "There is nothing to decide together" in page.content.decode()


def test_no_more_than_the_limit_at_once(alice, raid, monkeypatch):
    monkeypatch.setattr(bulk, "MOST", 2)
    selection = bulk.select(alice, ids(*raid))
    assert (len(selection.rows), selection.left_out) == (2, ["1 case more than 2"])
    assert bulk.decide_all(alice, ids(*raid), "category", "spam")[1] == 2


def test_only_by_post_and_only_for_moderators(alice, charlie, client, sign_in):
    assert sign_in(alice).get("/queue/bulk/decide/").status_code == 405
    assert sign_in(charlie).get("/queue/bulk/").status_code == 403


def test_its_head_and_its_result_are_sentences_of_the_readers_language(alice, sign_in, raid):
    alice.language = "de"
    alice.save()
    client = sign_in(alice)
    assert "3 Fälle aus Arcade: 5 Nachrichten von 2 Verfassern" in read(
        client.get("/queue/bulk/", {"case": ids(*raid)})
    )
    stroke, _ = bulk.decide_all(alice, ids(*raid), "category", "spam")
    assert "Entfernt: 5 Nachrichten in 3 Fällen" in read(client.get(f"/queue/bulk/{stroke}/"))
