"""The public page behind the signed link: reasons, the form, the answer; and who does not get to see it."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.core.signing import Signer
from django.test import Client, override_settings
from django.utils import timezone

from review.desk import claims, decisions
from review.enforcement import appeals
from review.enforcement.appeal_links import token_of
from review.insight import public_appeals
from review.models import Appeal, Case, Outcome
from tests.enforcement.test_statements import automatic, decided, make_rule
from tests.rows import make_case, make_message, make_source

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nobody_called_before():
    cache.clear()


@pytest.fixture
def outcome():
    return automatic(make_message(make_source(), "the text itself", author="kestrel"))


def address(outcome):
    return f"/appeals/{token_of(outcome)}/"


def test_it_shows_the_reasons_to_whoever_has_the_link(client, outcome):
    answer = client.get(address(outcome))
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "Your message was hidden" in page and "toxicity" in page and "an automated system" in page
    assert "the text itself" not in page and "kestrel" not in page
    assert answer["X-Robots-Tag"] == "noindex, nofollow" and 'name="robots"' in page
    assert "no-store" in answer["Cache-Control"]


def test_the_form_opens_a_case_once(client, outcome):
    for reason in ("it was a\r\nquotation", "and again"):
        assert client.post(address(outcome), {"reason": reason, "contact": "k@example.org"}).status_code in (200, 302)
    appeal = Appeal.objects.get()
    assert (appeal.reason, appeal.contact) == ("it was a\nquotation", "k@example.org")
    assert Case.objects.get().reason == "appeal"
    page = client.get(address(outcome)).content.decode()
    assert "Your objection was received" in page and "<form class" not in page
    assert "quotation" not in page and "k@example.org" not in page


@pytest.mark.parametrize("form", [{"reason": ""}, {"reason": "x" * 2001}, {"reason": "a\0b"}, {"reason": " "}])
def test_a_form_that_cannot_be_taken_says_why(client, outcome, form):
    answer = client.post(address(outcome), form)
    assert answer.status_code == 200 and 'role="alert"' in answer.content.decode()
    assert not Appeal.objects.exists()


def test_it_wants_the_csrf_token(outcome):
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(address(outcome), {"reason": "why"}).status_code == 403
    assert not Appeal.objects.exists()


def test_the_answer_stands_there_escaped(client, outcome, dana):
    appeal, _ = appeals.take(outcome, "why")
    held = claims.open_case(dana, appeal.case_id)
    with override_settings(MODDOG_UNDO_SECONDS=0):
        decisions.decide(dana, held.pk, held.claim_token, "benign", answer="Sorry <script>alert(1)</script>")
    assert "Sorry" not in client.get(address(outcome)).content.decode()
    appeals.resolve_due()
    page = client.get(address(outcome)).content.decode()
    assert "Sorry &lt;script&gt;" in page and "the decision was taken back" in page
    assert "dana" not in page


def test_the_communitys_words_are_escaped_in_it(client, alice):
    case = make_case(make_source())
    rule = make_rule(case.source, alice, wording={"en": {"name": "<b>1</b>", "text": "\u202etxet"}}, ground="law")
    first = decided(alice, case)
    outcome = Outcome.objects.create(
        message=first.message, seq=2, action="hide", why="again", by=alice, decision=first.decision, rule=rule
    )
    page = client.get(address(outcome)).content.decode()
    assert "&lt;b&gt;1&lt;/b&gt;" in page and "\u202e" not in page
    assert "alice" not in page


@pytest.mark.parametrize(
    "token", ["", "x", "{pk}", "{pk}.x", "{pk}.{other}", "{pk}:x", "\u0663.x", "..", "%00", "9" * 400]
)
def test_a_forged_link_leads_nowhere(client, outcome, token):
    other = token_of(automatic(make_message(outcome.message.source))).partition(".")[2]
    answer = client.get(f"/appeals/{token.format(pk=outcome.pk, other=other)}/")
    assert answer.status_code == 404
    assert "the text itself" not in answer.content.decode()


def test_a_link_of_another_instance_leads_nowhere(client, outcome):
    with override_settings(SECRET_KEY="another instance's key, which is long enough"):
        foreign = address(outcome)
    assert foreign != address(outcome)
    assert client.get(foreign).status_code == 404
    assert client.post(foreign, {"reason": "why"}).status_code == 404


def test_a_signature_for_something_else_is_none_for_this(client, outcome):
    assert client.get(f"/appeals/{Signer(sep='.').sign(str(outcome.pk))}/").status_code == 404
    huge = Signer(sep=".", salt="review.appeal").sign("9" * 30)
    assert client.get(f"/appeals/{huge}/").status_code == 404


def test_after_six_months_it_is_gone_but_for_what_was_answered(client, outcome, monkeypatch):
    answered = automatic(make_message(outcome.message.source))
    appeals.take(answered, "why")
    monkeypatch.setattr(public_appeals, "appeal_until", lambda outcome: timezone.now() - timedelta(seconds=1))
    gone = client.get(address(outcome))
    assert gone.status_code == 410 and "The time to object is over" in gone.content.decode()
    assert client.post(address(outcome), {"reason": "why"}).status_code == 410
    assert client.get(address(answered)).status_code == 200


def test_what_is_not_in_effect_yet_or_restricts_nobody_has_no_page(client, alice):
    case = make_case(make_source())
    held = claims.open_case(alice, case.pk)
    decision = decisions.decide(alice, case.pk, held.claim_token, "harassment")
    assert client.get(address(Outcome.objects.get(decision=decision))).status_code == 404
    allowed = automatic(make_message(case.source), "allow")
    assert client.get(address(allowed)).status_code == 404


def test_a_later_decision_is_linked(client, outcome):
    later = Outcome.objects.create(message=outcome.message, seq=2, action="remove", why="policy 2")
    page = client.get(address(outcome)).content.decode()
    assert token_of(later) in page and "<form class" not in page
    Outcome.objects.create(message=outcome.message, seq=3, action="allow", why="policy 3")
    assert "not restricted any more" in client.get(address(outcome)).content.decode()
    client.post(address(outcome), {"reason": "why"})
    assert not Appeal.objects.exists()


def test_who_calls_too_often_waits(client, outcome, monkeypatch):
    monkeypatch.setattr(public_appeals, "CALLS_A_MINUTE", 3)
    monkeypatch.setattr(public_appeals.time, "time", lambda: 1_800_000_010.0)  # no minute ends on the way
    answers = [client.get(address(outcome)) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[-1]["Retry-After"] == "50"
    assert client.get(address(outcome), REMOTE_ADDR="192.0.2.9").status_code == 200
