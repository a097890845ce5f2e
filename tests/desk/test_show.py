"""GET /: the case in hand, or the button that takes the next."""

from datetime import timedelta

import pytest
from django.utils import timezone

from review.desk import claims
from review.models import Case, Message, Outcome
from tests.rows import make_case, make_message, make_source

pytestmark = pytest.mark.django_db


def test_it_shows_the_case_in_hand(alice, sign_in, held):
    page = sign_in(alice).get("/").content.decode()
    assert "uninstall, do us all a favour" in page
    assert "58 % likely to be ruled a violation" in page
    assert "written confidence 0.95 is not used" in page
    assert "Mocks a team-mate." in page
    assert "policy 1" in page and "calibrator 1" in page and "rubric 1" in page
    assert str(held.claim_token) in page


def test_it_never_claims(alice, sign_in, judged):
    judged()
    page = sign_in(alice).get("/").content.decode()
    assert "Take the next case" in page
    assert "1 case is waiting" in page
    assert not Case.objects.exclude(claimed_by=None).exists()


def test_it_says_when_nothing_waits(alice, sign_in):
    assert "Nothing is waiting" in sign_in(alice).get("/").content.decode()


def test_it_tells_when_the_last_case_was_decided(alice, sign_in):
    make_case(make_source(), state="decided", decided_at=timezone.now() - timedelta(minutes=3))
    assert "The last case was decided 3 min ago." in sign_in(alice).get("/").content.decode()


def test_it_shows_what_was_said_around(alice, sign_in, judged):
    case = judged()
    message = case.messages.get()
    for minutes in (-2, 2):
        line = make_message(case.source, f"{minutes} minutes", channel="ranked")
        Message.objects.filter(pk=line.pk).update(sent_at=message.sent_at + timedelta(minutes=minutes))
    make_message(case.source, "elsewhere", channel="lobby")
    claims.take_next(alice)
    page = sign_in(alice).get("/").content.decode()
    assert page.index("-2 minutes") < page.index("uninstall") < page.index(">2 minutes")
    assert "elsewhere" not in page


def test_it_prefers_the_context_that_was_sent_along(alice, sign_in, judged):
    case = judged()
    Message.objects.filter(cases=case).update(context=[{"author": "wren", "text": "i was dead for 40 seconds"}])
    claims.take_next(alice)
    assert "i was dead for 40 seconds" in sign_in(alice).get("/").content.decode()


def test_it_counts_the_copies_of_a_raid(alice, sign_in, judged):
    case = judged()
    for _ in range(3):
        case.messages.add(make_message(case.source, "uninstall, do us all a favour"))
    claims.take_next(alice)
    assert "and 3 more with the same text" in sign_in(alice).get("/").content.decode()


def test_it_shows_the_record_of_the_author(alice, sign_in, judged):
    case = judged()
    for action in ("allow", "remove"):
        Outcome.objects.create(message=make_message(case.source), seq=1, action=action, why="rung")
    claims.take_next(alice)
    page = sign_in(alice).get("/").content.decode()
    assert "1 of 2" in " ".join(page.split())
    assert "Last 2 outcomes, oldest first: allow, remove" in page


def test_it_escapes_what_people_wrote(alice, sign_in, judged):
    judged("<script>alert(1)</script>")
    claims.take_next(alice)
    page = sign_in(alice).get("/").content.decode()
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_a_case_that_the_model_failed_on_shows_no_probability(alice, sign_in):
    make_case(make_source(), reason="failure")
    claims.take_next(alice)
    page = sign_in(alice).get("/").content.decode()
    assert "The model could not judge it" in page
    assert "likely to be ruled" not in page


def test_the_header_says_what_waits(alice, sign_in, judged):
    for number in range(3):
        judged(f"text {number}")
    page = sign_in(alice).get("/figures/").content.decode()
    assert "waiting <b>3</b>" in page
    assert "<html" not in page


def test_it_sends_anonymous_people_to_sign_in(client):
    assert client.get("/").headers["Location"] == "/accounts/login/?next=/"


def test_it_refuses_people_without_a_role_and_says_what_to_do(charlie, sign_in):
    response = sign_in(charlie).get("/")
    assert response.status_code == 403
    assert "Ask an admin to add you" in response.content.decode()


def test_only_admins_are_led_to_policy(alice, dana, sign_in):
    assert 'href="/policy/"' not in sign_in(alice).get("/").content.decode()
    assert 'href="/policy/"' in sign_in(dana).get("/").content.decode()


def test_it_is_never_cached(alice, sign_in):
    assert "no-store" in sign_in(alice).get("/").headers["Cache-Control"]
