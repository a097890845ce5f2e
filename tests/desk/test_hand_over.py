"""A case that waits for a colleague or for the seniors: who is offered it, and who waits for whom."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from review.desk import claims, decisions, referrals
from review.models import AuditEntry, Case, Membership, Note, Reason, Referral, Role
from tests.rows import make_case, make_source

pytestmark = pytest.mark.django_db


@pytest.fixture
def sam(make_person):
    return make_person("sam", Role.SENIOR)


def referred(by, case, to=None, note="is this slang?"):
    return referrals.refer(by, case.pk, case.claim_token, to, note)


def test_it_is_offered_to_whom_it_waits_for_and_to_nobody_else(alice, bob, sam, held):
    assert referred(alice, held, bob)
    assert claims.take_next(alice) is None
    assert claims.take_next(sam) is None
    assert claims.take_next(bob) == held


def test_an_escalated_case_is_offered_to_seniors_alone(alice, bob, sam, held):
    referred(alice, held)
    assert claims.take_next(bob) is None
    assert claims.take_next(sam) == held


def test_a_senior_of_another_source_is_none_here(alice, make_person, held):
    other = make_person("olga", Role.SENIOR, make_source("elsewhere"))
    Membership.objects.create(user=other, source=held.source, role=Role.MODERATOR)
    assert not referrals.has_seniors(held.source, alice)
    referred(alice, held)
    assert claims.take_next(other) is None


def test_after_a_day_it_is_offered_to_all_again(alice, bob, sam, held):
    referred(alice, held, sam)
    Referral.objects.update(created_at=timezone.now() - timedelta(hours=25))
    assert claims.take_next(bob) == held


def test_whoever_sees_it_may_open_it(alice, bob, sam, held):
    referred(alice, held, sam)
    assert claims.open_case(bob, held.pk) == held


def test_a_lost_claim_hands_nothing_over(alice, bob, held):
    Case.objects.filter(pk=held.pk).update(claimed_by=bob)
    assert referred(alice, held, bob) is None
    assert not Note.objects.exists()


def test_the_desk_hands_it_over_and_shows_the_next_case(alice, bob, held, judged, post):
    judged("the next one")
    page = post("refer", held, by=alice, htmx=True, refer_to=bob.pk, refer_note="is this slang?").content.decode()
    assert "the next one" in page
    found = Referral.objects.get()
    assert (found.by, found.to, found.note.text) == (alice, bob, "is this slang?")
    entry = AuditEntry.objects.get(verb="referred")
    assert entry.details == {"to": bob.pk} and "slang" not in str(AuditEntry.objects.values())


def test_it_says_what_is_missing_and_keeps_what_was_typed(alice, charlie, held, post):
    for to, note, why in [
        ("", "", "Say in a note"),
        ("", "look", "no other senior moderator"),
        (charlie.pk, "look", "cannot decide"),
    ]:
        page = post("refer", held, by=alice, htmx=True, refer_to=to, refer_note=note).content.decode()
        assert why in page and note in page
    assert claims.held_by(alice) == held and not Referral.objects.exists()


def test_an_appeal_goes_to_seniors_only(alice, bob, sam, held):
    assert {bob, sam} == set(referrals.candidates(held.source, Reason.BORDERLINE, alice))
    assert {sam} == set(referrals.candidates(held.source, Reason.APPEAL, alice))


def test_the_list_says_who_waits_for_whom(alice, bob, sign_in, held):
    referred(alice, held, bob)
    page = " ".join(sign_in(bob).get("/held/").content.decode().split())
    assert "waits for <b>you</b>" in page and "is this slang?" in page
    assert '<span class="chip is-accent">1</span>' in page
    page = " ".join(sign_in(alice).get("/held/").content.decode().split())
    assert "waits for <bdi>bob</bdi>" in page
    assert '<span class="chip is-accent">' not in page.split("<h1>")[0]


def test_other_sources_are_not_on_the_list(alice, bob, make_person, sign_in, held):
    referred(alice, held, bob)
    stranger = make_person("olga", Role.MODERATOR, make_source("elsewhere"))
    assert "No case waits for anybody" in sign_in(stranger).get("/held/").content.decode()
    assert sign_in(stranger).post(f"/cases/{held.pk}/offer/").status_code == 404


def test_whom_it_concerns_gives_it_back_to_all(alice, bob, make_person, sign_in, held):
    referred(alice, held, bob)
    sign_in(make_person("carol", Role.MODERATOR)).post(f"/cases/{held.pk}/offer/")
    assert Referral.objects.get().ended_at is None
    sign_in(bob).post(f"/cases/{held.pk}/offer/")
    assert Referral.objects.get().ended_at is not None
    assert claims.take_next(alice) == held


def test_the_note_is_there_for_whom_it_waits_also_on_a_blind_case(alice, bob, sign_in, blind):
    referred(alice, claims.take_next(alice), bob)
    assert claims.take_next(bob) == blind
    page = sign_in(bob).get("/").content.decode()
    assert "This waits for you" in page and "is this slang?" in page


def test_a_decided_case_waits_for_nobody(alice, bob, sign_in, held):
    referred(alice, held, bob)
    taken = claims.take_next(bob)
    decisions.decide(bob, held.pk, taken.claim_token, "benign")
    assert referrals.waiting(bob) == []
    assert "This waits for" not in sign_in(bob).get(f"/cases/{held.pk}/").content.decode()


def test_a_skip_says_why(alice, sign_in, held, post):
    sign_in(alice)
    post("skip", held, why="language")
    page = " ".join(sign_in(alice).get(f"/cases/{held.pk}/").content.decode().split())
    assert re.search(r"passed it on \d+ s ago: not in a language of mine\.", page)


@pytest.mark.usefixtures("bob", "charlie", "sam")
def test_the_list_of_colleagues(alice, sign_in, held):
    page = sign_in(alice).get(f"/cases/{held.pk}/colleagues/").content.decode()
    assert "A senior moderator" in page and "bob" in page
    assert "alice" not in page and "charlie" not in page


def test_waiting_is_sorted_by_who_is_asked(alice, bob, sam, held):
    first = referred(alice, held, sam)
    other = make_case(held.source)
    second = referred(alice, claims.open_case(alice, other.pk), bob)
    assert [row.referral for row in referrals.waiting(bob)] == [second, first]
