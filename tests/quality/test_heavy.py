"""Heavy decisions of blind cases: all kinds wait for a second person alike, and what comes of each is what should."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from review.desk import claims, decisions, proposals
from review.models import Case, Decision, GoldItem, Label, Outcome, PendingAuthor, Proposal, SecondOpinion
from review.quality import gold
from review.registry.policy_versions import Terms, new_version
from tests.quality.alike import shape, statements
from tests.quality.conftest import come_round, rule

pytestmark = pytest.mark.django_db
STRIKES = {"half_life": 30, "weights": {"remove": 1.0}, "factors": {}, "steps": {"ban": 5.0}}
HEAVY = {"author_actions": ["ban"]}


@pytest.fixture
def heavy(arcade):
    """A community in which a ban needs two, once its cases are there."""

    def demand():
        new_version(arcade, None, lambda old: Terms(old.ladders, old.audit_rate, strikes=STRIKES, heavy=HEAVY))

    return demand


def propose(person, case):
    """A ban by `person`, which waits."""
    held = claims.open_case(person, case.pk)
    made = decisions.decide(person, held.pk, held.claim_token, "hate_speech", author_action="ban")
    assert isinstance(made, Proposal)
    return made


def alone(case):
    """Of the three only this one waits: where it stands among others is no matter of what it is."""
    Case.objects.exclude(state="decided").update(state="closed")
    Case.objects.filter(pk=case.pk).update(state="open")


def written(response):
    """An answer without what differs between any two: ids, tokens, times and texts."""
    return response.status_code, sorted(response.headers), shape(response.content.decode())


def asked_and_answered(client, address, **sent):
    """The statements of a POST and its answer, then the desk, the list of what waits and the queue as they look."""
    with CaptureQueriesContext(connection) as captured:
        answer = client.post(address, sent, headers={"HX-Request": "true"})
    pages = [written(client.get(page)) for page in ("/", "/held/", "/queue/")]
    return statements(captured), written(answer), answer.headers.get("Location"), pages


def test_all_three_wait_for_a_second_person_alike(three, heavy, client):
    found, erin = three
    heavy()
    client.force_login(erin)
    client.get("/")  # what is looked up once
    seen = {}
    for reason, case in found.items():
        alone(case)
        held = claims.open_case(erin, case.pk)
        sent = {"token": held.claim_token, "category": "hate_speech", "author_action": "ban"}
        decided = asked_and_answered(client, f"/cases/{case.pk}/decide/", **sent)
        assert "Waits for a second person" in decided[1][2]
        renewed = client.post(f"/cases/{case.pk}/renew/", {"token": held.claim_token})
        record = written(client.get(f"/cases/{case.pk}/"))
        taken_back = asked_and_answered(
            client, f"/proposals/{Proposal.objects.get(case=case, ended_at=None).pk}/refuse/"
        )
        seen[reason] = decided, renewed.status_code, shape(renewed.json()["lost"]), record, taken_back
    assert seen["gold"] == seen["audit"]
    assert seen["second_opinion"] == seen["audit"]


def test_whoever_confirms_or_refuses_is_answered_alike(three, heavy, make_person, client):
    found, erin = three
    heavy()
    client.force_login(make_person("fay", "moderator"))
    client.get("/")
    for verb in ("refuse", "confirm"):
        seen = {}
        for reason, case in found.items():
            alone(case)
            made = propose(erin, case)
            listed = written(client.get("/held/"))
            seen[reason] = listed, asked_and_answered(client, f"/proposals/{made.pk}/{verb}/")[:3]
            seen[reason] += (client.get(f"/cases/{case.pk}/").status_code,)
        assert seen["gold"] == seen["audit"], verb
        assert seen["second_opinion"] == seen["audit"], verb


def test_nothing_leaves_of_a_gold_item_or_a_second_opinion_that_is_confirmed(three, heavy, make_person):
    found, erin = three
    heavy()
    fay = make_person("fay", "moderator")
    for reason, labels in (("gold", 0), ("second_opinion", 1)):
        made = propose(erin, found[reason])
        before = Outcome.objects.count(), PendingAuthor.objects.count(), Label.objects.count()
        assert proposals.confirm(fay, made, timezone.now()) == 1
        outcomes, authors, evidence = before
        after = Outcome.objects.count(), PendingAuthor.objects.count(), Label.objects.count()
        assert after == (outcomes, authors, evidence + labels)
        assert Decision.objects.get(case=found[reason]).by == erin


def test_a_confirmed_second_opinion_is_compared_as_any_other(three, heavy, make_person):
    found, erin = three
    heavy()
    fay = make_person("fay", "senior")
    proposals.confirm(fay, propose(erin, found["second_opinion"]), timezone.now())
    come_round()
    second = SecondOpinion.objects.get(case=found["second_opinion"])
    assert second.adjudication.reason == "adjudication"
    assert {erin.pk, fay.pk} < set(second.adjudication.not_for), "who confirmed one of the views is no judge of both"


def test_who_confirmed_the_first_decision_gives_no_second_opinion(alice, bob, make_person, drawn_case, heavy):
    make_person("fay", "moderator")
    case = drawn_case()
    heavy()
    proposals.confirm(bob, propose(alice, case), timezone.now())
    come_round()
    assert set(Case.objects.get(reason="second_opinion").not_for) == {alice.pk, bob.pk}


@pytest.mark.parametrize("verb", ["confirm", "refuse"])
def test_who_met_a_gold_item_as_the_second_person_does_not_get_it(three, item, heavy, make_person, drawn_case, *, verb):
    found, erin = three
    heavy()
    fay = make_person("fay", "moderator")
    made = propose(erin, found["gold"])
    if verb == "confirm":
        proposals.confirm(fay, made, timezone.now())
    else:
        proposals.refuse(fay, made)
        Case.objects.filter(pk=found["gold"].pk).update(state="closed")
    drawn_case("what comes next")
    gold.open_due()
    again = Case.objects.get(gold_showing__item=item, state="open")
    assert fay.pk in again.not_for
    GoldItem.objects.update(known_to=[])
    assert gold._met(item).keys() >= {fay.pk}


def test_what_nobody_could_confirm_is_an_answer_after_a_day(alice, bob, drawn_case, heavy, monkeypatch):
    """Of two people the other one has decided it before; in the queue again it would go round for ever."""
    drawn_case()
    rule(alice, "toxicity")
    come_round()
    heavy()
    case = Case.objects.get(reason="second_opinion")
    made = propose(bob, case)
    assert proposals.confirm(alice, made, timezone.now()) == 0
    assert proposals.expire_due() == 0, "it waits for a day, as all others do"
    monkeypatch.setattr(proposals, "EXPIRES", timedelta())
    assert proposals.expire_due() == 1
    case.refresh_from_db()
    assert case.state == "decided" and Decision.objects.get(case=case).by == bob
    assert Label.objects.filter(decision__case=case).count() == 1
    assert not Outcome.objects.filter(decision__case=case).exists()


def test_what_somebody_could_have_confirmed_waits_in_the_queue_again(
    alice, bob, make_person, drawn_case, heavy, *, monkeypatch
):
    make_person("fay", "moderator")
    drawn_case()
    rule(alice, "toxicity")
    come_round()
    heavy()
    case = Case.objects.get(reason="second_opinion")
    propose(bob, case)
    monkeypatch.setattr(proposals, "EXPIRES", timedelta())
    assert proposals.expire_due() == 1
    assert claims.take_next(bob) == case
    assert not Decision.objects.filter(case=case).exists()
