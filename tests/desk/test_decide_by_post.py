"""POST /cases/{id}/decide/: rule, and hold the next case."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from review.desk import claims
from review.models import Case, Decision

pytestmark = pytest.mark.django_db


def lose(case, to=None):
    Case.objects.filter(pk=case.pk).update(claim_expires_at=timezone.now() - timedelta(seconds=1))
    if to:
        claims.open_case(to, case.pk)


def test_it_rules_and_takes_the_next_case(alice, sign_in, held, judged, post):
    following = judged("the next one")
    sign_in(alice)
    assert post("decide", held, category="harassment", note="again").headers["Location"] == "/"
    decision = Decision.objects.get()
    assert (decision.case, decision.category, decision.action, decision.note) == (held, "harassment", "remove", "again")
    assert claims.held_by(alice) == following


def test_htmx_gets_the_next_case_and_the_way_back(alice, sign_in, held, judged, post):
    judged("the next one")
    sign_in(alice)
    response = post("decide", held, htmx=True, category="hate_speech")
    page = " ".join(response.content.decode().split())
    assert response.headers["HX-Trigger"] == "moved"
    assert "the next one" in page
    assert "<b>Removed</b> as hate speech" in page
    assert f"/decisions/{Decision.objects.get().pk}/undo/" in page


def test_what_was_allowed_all_the_same_is_said_in_one_sentence(alice, sign_in, held, judged, post):
    judged("the next one")
    sign_in(alice)
    page = post("decide", held, htmx=True, category="toxicity", action="allow").content.decode()
    assert "<b>Allowed</b>, decided toxicity" in " ".join(page.split())


def test_an_action_may_differ_from_the_policy(alice, sign_in, held, post):
    sign_in(alice)
    post("decide", held, category="toxicity", action="hide")
    assert Decision.objects.get().action == "hide"


@pytest.mark.parametrize("htmx", [True, False])
def test_a_claim_that_someone_took_over_decides_nothing_and_keeps_the_note(alice, bob, held, post, htmx):
    lose(held, to=bob)
    response = post("decide", held, by=alice, htmx=htmx, category="violence", note="typed with care")
    page = response.content.decode()
    assert response.status_code == 409
    assert "kestrel’s case was taken over by bob." in page
    assert "typed with care" in page
    assert not Decision.objects.exists()
    assert claims.held_by(bob) == held


def test_a_case_that_was_decided_meanwhile_says_by_whom(alice, bob, sign_in, held, post):
    lose(held, to=bob)
    sign_in(bob)
    post("decide", Case.objects.get(pk=held.pk), category="benign")
    sign_in(alice)
    assert "was decided by bob" in post("decide", held, category="violence").content.decode()
    assert Decision.objects.count() == 1


def test_a_made_up_ruling_changes_nothing(alice, sign_in, held, post):
    sign_in(alice)
    response = post("decide", held, category="rudeness", note="typed with care")
    assert response.status_code == 200
    assert "That is none of the decisions" in response.content.decode()
    assert "typed with care" in response.content.decode()
    assert claims.held_by(alice) == held


def test_a_note_that_is_too_long_is_kept_and_explained(alice, sign_in, held, post):
    sign_in(alice)
    page = post("decide", held, category="spam", note="x" * 2001).content.decode()
    assert "2,000 characters at most" in page
    assert "x" * 2001 in page
    assert not Decision.objects.exists()


def test_a_note_with_a_nul_is_kept_and_explained(alice, sign_in, held, post):
    sign_in(alice)
    page = post("decide", held, category="spam", note="typed \0 with care").content.decode()
    assert "The note holds a NUL character (U+0000)" in page
    assert "too long" not in page
    assert "with care" in page
    assert not Decision.objects.exists()


def test_the_ends_of_lines_count_once_as_they_do_in_the_browser(alice, sign_in, held, post):
    sign_in(alice)
    post("decide", held, category="spam", note="x\r\n" * 999 + "xx")
    assert len(Decision.objects.get().note) == 2000


def test_a_token_of_somebody_else_decides_nothing(alice, bob, sign_in, held, post):
    sign_in(bob)
    assert post("decide", held, category="benign").status_code == 409
    assert not Decision.objects.exists()


def test_it_rejects_get(alice, sign_in, held):
    assert sign_in(alice).get(f"/cases/{held.pk}/decide/").status_code == 405


def test_it_sends_anonymous_people_to_sign_in(held, post):
    assert post("decide", held, category="benign").headers["Location"] == "/accounts/login/?next=/"


def test_it_refuses_people_without_a_role(charlie, sign_in, held, post):
    sign_in(charlie)
    assert post("decide", held, category="benign").status_code == 403


def test_deciding_and_taking_the_next_case_stays_within_few_queries(alice, client, held, judged, post):
    judged("the next one")
    client.force_login(alice)
    with CaptureQueriesContext(connection) as asked:
        assert post("decide", held, htmx=True, category="harassment").status_code == 200
    assert len(asked) <= 35  # two of them of who signs in, one of those once a minute; one of their own queues
