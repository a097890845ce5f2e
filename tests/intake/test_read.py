"""GET messages/{id}: how a message stands, and what does not show yet."""

from datetime import timedelta
from urllib.parse import quote

import pytest
from django.utils import timezone

from review.enforcement import outcomes
from review.models import Case, Decision, Explanation, Message, Outcome, Pending, Reason
from tests.intake.conftest import assert_error
from tests.rows import make_case, make_message, make_pending, make_verdict

pytestmark = pytest.mark.django_db
SOON = timedelta(minutes=5)


def rule(case, by, *, effective_at=None):
    Case.objects.filter(pk=case.pk).update(state=Case.State.DECIDED)
    now = timezone.now()
    return Decision.objects.create(
        case=case, by=by, category="harassment", action="remove", effective_at=effective_at or now
    )


def give(message, seq, action, **fields):
    Outcome.objects.create(message=message, seq=seq, action=action, **{"effective_at": timezone.now(), **fields})


@pytest.fixture
def message(source):
    return make_message(source, "well, well", external_id="m1", channel="general")


@pytest.fixture
def read(call):
    def get(external_id="m1"):
        response = call("get", f"/messages/{quote(external_id, safe='')}")
        assert response.status_code == 200, response.content
        return response.json()

    return get


@pytest.mark.parametrize(
    "external_id", ["a/b", "a//b/", "/", "..", "a?b#c", "%2F", "naïve 日本", "two\nlines", "messages", " "]
)
def test_it_finds_any_id(read, source, external_id):
    make_message(source, external_id=external_id)
    assert read(external_id)["id"] == external_id


def test_slashes_may_come_as_they_are(call, source):
    make_message(source, external_id="thread/7/post")
    assert call("get", "/messages/thread/7/post").json()["id"] == "thread/7/post"


@pytest.mark.parametrize("path", ["none", "a%00b", "%ff", "x" * 300])
def test_an_unknown_id_is_not_found(call, path):
    assert_error(call("get", f"/messages/{path}"), 404, "not_found")


def test_what_is_not_judged_yet_is_pending(read, source):
    make_pending(source, external_id="m1")
    answer = read()
    assert (answer["state"], answer["verdict"], answer["outcome"], answer["decisions"]) == ("pending", None, None, [])


def test_a_judged_message_shows_its_newest_verdict(read, message):
    verdict = make_verdict(message, probability=0.8, margin=1.5)
    Explanation.objects.create(score=verdict.score, raw="{}", reason="an insult", emitted_confidence=0.99)
    answer = read()
    assert answer["state"] == "judged"
    assert answer["verdict"] == {
        "id": "m1",
        "flag": True,
        "category": "toxicity",
        "probability": 0.8,
        "confidence": 0.8,
        "margin": 1.5,
        "categories": verdict.categories,
        "route": "review",
        "reason": "an insult",
        "emitted_confidence": 0.99,
        "model": "nano@ffffffffffff",
        "rubric": 1,
        "calibrator": 1,
        "policy": 1,
        "why": "rung",
        "windows": 1,
        "worst_window": 0,
        "bounded": False,
        "deferred": False,
    }
    assert (answer["author"], answer["channel"]) == ("kestrel", "general")


def test_an_open_case_is_in_review_and_shows_its_verdict_even_where_blind(read, source, message):
    make_case(source, message, blind=True, verdict=make_verdict(message))
    answer = read()
    assert answer["state"] == "in_review"
    assert answer["verdict"]["probability"] == 0.6


def test_what_the_model_failed_on_is_failed_until_decided(read, source, message, alice):
    case = make_case(source, message, reason=Reason.FAILURE)
    assert read()["state"] == "failed"
    rule(case, alice)
    assert read()["state"] == "decided"


def test_a_decision_shows_once_it_is_effective(read, source, message, alice):
    case = make_case(source, message, verdict=make_verdict(message))
    decision = rule(case, alice, effective_at=timezone.now() + SOON)
    outcomes.append_decided(decision)
    assert (read()["state"], read()["outcome"], read()["decisions"]) == ("in_review", None, [])
    Decision.objects.update(effective_at=timezone.now())
    answer = read()
    assert answer["state"] == "decided"
    assert [(each["category"], each["action"], each["by"]) for each in answer["decisions"]] == [
        ("harassment", "remove", "alice")
    ]


def test_an_undone_decision_does_not_show(read, source, message, alice):
    case = make_case(source, message, verdict=make_verdict(message))
    decision = rule(case, alice)
    Decision.objects.filter(pk=decision.pk).update(undone_at=timezone.now(), undone_by=alice)
    Case.objects.update(state=Case.State.OPEN)
    assert (read()["state"], read()["decisions"]) == ("in_review", [])


def test_the_newest_effective_outcome_shows(read, message, alice):
    give(message, 1, "hide", why="policy 1")
    give(message, 2, "allow", why="ruled benign", by=alice)
    give(message, 3, "remove", why="later", by=alice, effective_at=timezone.now() + SOON)
    outcome = read()["outcome"]
    assert (outcome["seq"], outcome["action"], outcome["by"], outcome["why"]) == (2, "allow", "person", "ruled benign")


def test_a_withdrawn_outcome_does_not_show(read, message):
    give(message, 1, "hide", why="policy 1")
    give(message, 2, "remove", why="a slip", withdrawn_at=timezone.now())
    assert read()["outcome"]["action"] == "hide"


def test_an_erased_message_says_so(read, message):
    Message.objects.filter(pk=message.pk).update(text="", author="")
    assert read()["state"] == "erased"


def test_a_closed_case_leaves_what_the_model_said(read, source, message):
    make_case(source, message, state=Case.State.CLOSED, verdict=make_verdict(message))
    assert read()["state"] == "judged"
    Pending.objects.create(message=message)
    assert read()["state"] == "pending"
