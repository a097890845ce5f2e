"""Appeals: by seniors other than whoever decided, answered in words, resolved once that is in effect."""

from datetime import timedelta

import pytest
from django.test import override_settings
from django.utils import timezone

from review.desk import claims, decisions, undoing
from review.desk.lost_claims import claim_lost
from review.enforcement import appeals
from review.enforcement.outcomes import in_force
from review.enforcement.statements import statement_of
from review.enforcement.webhooks.bodies import bodies
from review.models import Appeal, Case, Decision, Delivery, Endpoint, Label, Outcome, Reason
from tests.enforcement.test_statements import automatic, decided
from tests.rows import make_case, make_message, make_source, make_verdict

pytestmark = pytest.mark.django_db


@pytest.fixture
def erin(make_person):
    return make_person("erin", "senior")


@pytest.fixture
def appeal():
    """Against what the policy did by itself."""
    outcome = automatic(make_message(make_source()))
    return appeals.take(outcome, "it was a quotation", "kestrel@example.org")[0]


def answered(person, appeal, category="benign", words="You were right.", *, effective=True, **fields):
    held = claims.open_case(person, appeal.case_id)
    with override_settings(MODDOG_UNDO_SECONDS=0 if effective else 20):
        return decisions.decide(person, appeal.case_id, held.claim_token, category, answer=words, **fields)


def test_it_opens_a_case_of_its_own(appeal):
    case = Case.objects.get()
    assert (case.reason, case.blind, case.state) == (Reason.APPEAL, False, Case.State.OPEN)
    assert list(case.messages.all()) == [appeal.message]
    assert appeal.due - appeal.created_at == timedelta(days=7)


def test_a_case_that_waits_for_the_same_text_is_not_joined():
    source = make_source()
    message, other = make_message(source, "same words"), make_message(source, "same words")
    make_case(source, other)
    appeals.take(automatic(message), "why")
    assert Case.objects.count() == 2


def test_the_second_one_changes_nothing(appeal):
    again, is_new = appeals.take(appeal.outcome, "and once more")
    assert (again, is_new) == (appeal, False)
    assert Appeal.objects.get().reason == "it was a quotation"


def test_what_cannot_be_appealed_against(alice):
    message = make_message(make_source())
    with pytest.raises(appeals.NoAppeal, match="Nothing is in force"):
        appeals.appealable(message)
    first = automatic(message)
    Outcome.objects.create(message=message, seq=2, action="allow", why="policy 2")
    with pytest.raises(appeals.NoAppeal, match="later decision"):
        appeals.take(first, "why")
    long_ago = automatic(make_message(message.source))
    long_ago.effective_at = timezone.now() - timedelta(days=184)
    with pytest.raises(appeals.NoAppeal, match="is over"):
        appeals.take(long_ago, "why")


def test_only_seniors_are_given_one(alice, erin, appeal):
    assert claims.take_next(alice) is None
    assert claims.open_case(alice, appeal.case_id) is None
    assert "for a senior moderator" in claim_lost(alice, appeal.case_id).words
    assert claims.take_next(erin).pk == appeal.case_id


def test_never_whoever_decided(erin, make_person):
    outcome = decided(erin, make_case(make_source()))
    appeal, _ = appeals.take(outcome, "why")
    assert claims.take_next(erin) is None
    assert claims.open_case(erin, appeal.case_id) is None
    finn = make_person("finn", "senior")
    assert claims.take_next(finn).pk == appeal.case_id


def test_nor_whose_decision_a_copy_followed(erin, dana):
    first = decided(erin, make_case(make_source()))
    copy = make_message(first.message.source)
    outcome = Outcome.objects.create(
        message=copy, seq=1, action="remove", why="follows", decision=first.decision, verdict=make_verdict(copy)
    )
    appeal, _ = appeals.take(outcome, "why")
    assert claims.open_case(erin, appeal.case_id) is None
    assert claims.open_case(dana, appeal.case_id)


def test_a_senior_of_another_source_is_not_given_it(make_person, appeal):
    assert claims.take_next(make_person("gil", "senior", make_source("elsewhere"))) is None
    both = make_person("hal", "senior", make_source("elsewhere"))
    both.memberships.create(source=appeal.source, role="moderator")
    assert claims.open_case(both, appeal.case_id) is None


def test_a_role_that_was_taken_away_decides_nothing(erin, appeal):
    held = claims.open_case(erin, appeal.case_id)
    erin.memberships.update(role="moderator")
    again = type(erin).objects.get(pk=erin.pk)
    assert decisions.decide(again, appeal.case_id, held.claim_token, "benign", answer="words") is None


def test_it_needs_an_answer(erin, appeal):
    held = claims.open_case(erin, appeal.case_id)
    with pytest.raises(decisions.AnswerNeeded):
        decisions.decide(erin, appeal.case_id, held.claim_token, "benign")
    assert not Decision.objects.exists()
    assert claims.held_by(erin).pk == appeal.case_id


def test_an_overturned_one_reverses_the_outcome_and_is_a_label_without_a_rate(erin, appeal):
    decision = answered(erin, appeal, effective=False)
    assert appeals.resolve_due() == 0
    Decision.objects.filter(pk=decision.pk).update(effective_at=timezone.now())
    assert appeals.resolve_due() == 1
    assert appeals.resolve_due() == 0
    appeal.refresh_from_db()
    assert (appeal.state, appeal.answer, appeal.decision) == (Appeal.State.OVERTURNED, "You were right.", decision)
    outcome = Outcome.objects.get(decision=decision)
    assert (outcome.action, outcome.seq) == ("allow", 2)
    label = Label.objects.get()
    assert (label.violation, label.blind, label.cohort_rate) == (False, False, None)


@pytest.mark.parametrize(("action", "state"), [("hide", "upheld"), ("remove", "upheld"), ("allow", "overturned")])
def test_it_is_overturned_where_less_is_done_than_before(erin, appeal, action, state):
    answered(erin, appeal, "toxicity", action=action)
    appeals.resolve_due()
    appeal.refresh_from_db()
    assert appeal.state == state


def test_an_undone_answer_does_not_count(erin, appeal):
    decision = answered(erin, appeal, effective=False)
    assert undoing.undo(erin, decision.pk)
    Decision.objects.filter(pk=decision.pk).update(effective_at=timezone.now() - timedelta(seconds=1))
    assert appeals.resolve_due() == 0
    assert claims.held_by(erin).pk == appeal.case_id
    answered(erin, appeal, "toxicity", "Once more: no.", action="hide")
    assert appeals.resolve_due() == 1
    appeal.refresh_from_db()
    assert (appeal.state, appeal.answer) == ("upheld", "Once more: no.")


def test_what_an_appeal_ended_in_is_final(erin, appeal):
    decision = answered(erin, appeal, "toxicity", action="hide")
    appeals.resolve_due()
    outcome = Outcome.objects.select_related("decision__case").get(decision=decision)
    statement = statement_of(outcome)
    assert statement["appeal_until"] is None
    assert statement["appeal_url"] == statement_of(appeal.outcome)["appeal_url"]
    assert statement["found_by"] == "automation"
    assert "final" in appeals.why_no_appeal(outcome, outcome.message)


def test_the_author_of_a_copy_that_followed_the_answer_may_object_to_it(erin, appeal):
    decision = answered(erin, appeal, "toxicity", action="hide")
    appeals.resolve_due()
    copy = make_message(appeal.source)
    outcome = Outcome.objects.create(
        message=copy, seq=1, action="hide", why="follows", decision=decision, verdict=make_verdict(copy)
    )
    statement = statement_of(outcome)
    assert statement["appeal_url"] != statement_of(appeal.outcome)["appeal_url"]
    assert statement["appeal_until"] == appeals.appeal_until(outcome)
    assert appeals.take(outcome, "mine is a joke")[1]


def test_the_platform_is_told(erin, appeal):
    Endpoint.objects.create(source=appeal.source, url="https://platform.example/", events=["appeal.resolved"])
    answered(erin, appeal)
    appeals.resolve_due()
    delivery = Delivery.objects.get()
    assert "You were right" not in str(delivery.ids)
    (body,) = bodies([delivery])
    assert body["event"] == "appeal.resolved"
    assert body["message"]["id"] == appeal.message.external_id
    assert body["outcome"]["action"] == "allow"
    assert (body["appeal"]["state"], body["appeal"]["answer"]) == ("overturned", "You were right.")


def test_the_desk_shows_the_appeal_and_asks_for_an_answer(erin, appeal, sign_in):
    Appeal.objects.update(reason="it was a <b>quotation</b>")
    claims.take_next(erin)
    browser = sign_in(erin)
    page = browser.get("/").content.decode()
    assert "it was a &lt;b&gt;quotation&lt;/b&gt;" in page and 'name="answer"' in page
    held = claims.held_by(erin)
    form = {"token": held.claim_token, "category": "benign", "note": "kept note"}
    page = browser.post(f"/cases/{held.pk}/decide/", form).content.decode()
    assert "An appeal needs an answer" in page and "kept note" in page
    assert browser.post(f"/cases/{held.pk}/decide/", form | {"answer": "Sorry."}).status_code == 302
    assert Appeal.objects.get().answer == "Sorry."


def test_other_cases_ask_for_none(alice, sign_in):
    make_case(make_source())
    claims.take_next(alice)
    assert 'name="answer"' not in sign_in(alice).get("/").content.decode()


def test_an_answer_that_is_too_long_is_kept(erin, appeal, sign_in):
    held = claims.take_next(erin)
    form = {"token": held.claim_token, "category": "benign", "answer": "x" * 2001}
    page = sign_in(erin).post(f"/cases/{held.pk}/decide/", form).content.decode()
    assert "2,000 characters at most" in page and "x" * 2001 in page


def test_the_list_shows_what_is_late_first(erin, sign_in, appeal):
    late, _ = appeals.take(automatic(make_message(appeal.source)), "why")
    Appeal.objects.filter(pk=late.pk).update(due=timezone.now() - timedelta(hours=3))
    page = sign_in(erin).get("/appeals/")
    assert [each.pk for each in page.context["appeals"]] == [late.pk, appeal.pk]
    assert "late by 3 h" in page.content.decode()
    assert appeal.message.text in page.content.decode()
    answered(erin, late)
    appeals.resolve_due()
    assert [each.pk for each in sign_in(erin).get("/appeals/").context["appeals"]] == [appeal.pk]
    shown = sign_in(erin).get("/appeals/?answered=on")
    assert [each.pk for each in shown.context["appeals"]] == [late.pk]
    assert "The outcome was reversed" in shown.content.decode()


@pytest.mark.parametrize("answered_ones", [False, True])
def test_the_list_goes_by_key(erin, sign_in, monkeypatch, answered_ones):
    monkeypatch.setattr("review.insight.appeal_views.PAGE", 2)
    source = make_source()
    made = [appeals.take(automatic(make_message(source)), "why")[0] for _ in range(5)]
    if answered_ones:
        Appeal.objects.update(state="upheld", resolved_at=timezone.now())
        made.reverse()
    else:
        Appeal.objects.update(due=timezone.now())
    seen, cursor = [], ""
    asked = {"answered": "on"} if answered_ones else {}
    while True:
        page = sign_in(erin).get("/appeals/", asked | {"cursor": cursor})
        seen += [each.pk for each in page.context["appeals"]]
        cursor = page.context["next_cursor"]
        if not cursor:
            break
    assert seen == [each.pk for each in made]
    assert sign_in(erin).get("/appeals/?cursor=nonsense").status_code == 200
    assert sign_in(erin).get("/appeals/?cursor=2026-13-45T99:00:00Z_1").status_code == 200


def test_the_list_is_for_seniors_and_by_source(make_person, alice, sign_in, appeal, client):
    assert sign_in(alice).get("/appeals/").status_code == 403
    elsewhere = make_person("gil", "senior", make_source("elsewhere"))
    assert "Nobody waits" in sign_in(elsewhere).get("/appeals/").content.decode()
    client.logout()
    assert client.get("/appeals/").status_code == 302


def test_the_new_outcome_is_in_force_once_it_cannot_be_undone(erin, appeal):
    decision = answered(erin, appeal, effective=False)
    assert in_force(appeal.message).action == "hide"
    assert undoing.undo(erin, decision.pk)
    answered(erin, appeal)
    assert in_force(appeal.message).action == "allow"
