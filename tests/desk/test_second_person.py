"""Heavy decisions: nothing comes of them before a second person has confirmed them, never who made them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from review.desk import bulk, claims, proposals
from review.models import AuditEntry, Case, Decision, Label, Outcome, PendingAuthor, Proposal
from review.registry.policy_versions import Terms, new_version
from tests.rows import make_case, make_message, make_source

pytestmark = pytest.mark.django_db
SOON = timedelta(seconds=10)


@pytest.fixture
def heavy(db):
    """A community in which a ban, and more than two cases at a stroke, need two."""
    source = make_source()
    strikes = {"half_life": 30, "weights": {"remove": 1.0}, "factors": {}, "steps": {"ban": 5.0}}
    rules = {"author_actions": ["ban"], "bulk": 2}
    new_version(source, None, lambda old: Terms(old.ladders, old.audit_rate, strikes=strikes, heavy=rules))
    return source


@pytest.fixture
def proposed(heavy, alice, post):
    """Alice's ban."""
    make_case(heavy, make_message(heavy, "spam, spam"))
    case = claims.take_next(alice)
    post("decide", case, by=alice, category="spam", author_action="ban", note="the fifth time")
    return Proposal.objects.get()


def test_nothing_comes_of_it_before_it_is_confirmed(alice, bob, proposed, sign_in):
    assert not (Decision.objects.exists() or Outcome.objects.exists() or PendingAuthor.objects.exists())
    assert not Label.objects.exists()
    assert proposed.case.state == "open" and proposed.case.claimed_by is None
    assert claims.take_next(bob) is None and claims.open_case(bob, proposed.case_id) is None
    page = sign_in(bob).post(f"/cases/{proposed.case_id}/open/")
    assert "waits for a second person" in page.content.decode()


def test_the_list_and_its_preview_say_what_it_waits_for(bob, proposed, sign_in):
    client = sign_in(bob)
    page = client.get("/queue/").content.decode()
    assert "second person</a>" in page and 'aria-label="Choose case' not in page
    beside = client.get(f"/cases/{proposed.case_id}/preview/", headers={"HX-Request": "true"}).content.decode()
    assert "waits for a second person" in beside and "Take it in hand" not in beside


def test_the_desk_says_that_it_waits(heavy, alice, post):
    make_case(heavy)
    page = post(
        "decide", claims.take_next(alice), by=alice, htmx=True, category="spam", author_action="ban"
    ).content.decode()
    assert "Waits for a second person" in page


def test_a_colleague_confirms_it(alice, bob, proposed, sign_in):
    page = sign_in(bob).get("/held/").content.decode()
    assert "the fifth time" in page and "Confirm" in page
    sign_in(bob).post(f"/proposals/{proposed.pk}/confirm/")
    made = Decision.objects.get()
    assert (made.by, made.category, made.author_action, made.note) == (alice, "spam", "ban", "the fifth time")
    assert made.effective_at > timezone.now() + SOON
    assert Outcome.objects.get().decision == made and PendingAuthor.objects.filter(decision=made).exists()
    proposed.refresh_from_db()
    assert (proposed.end, proposed.ended_by, proposed.decision) == ("confirmed", bob, made)
    assert set(AuditEntry.objects.values_list("verb", "actor")) >= {("proposed", alice.pk), ("confirmed", bob.pk)}
    sign_in(bob).post(f"/proposals/{proposed.pk}/confirm/")
    assert Decision.objects.count() == 1


def test_nobody_confirms_their_own(alice, proposed, sign_in):
    assert "Confirm" not in sign_in(alice).get("/held/").content.decode()
    assert sign_in(alice).post(f"/proposals/{proposed.pk}/confirm/").status_code == 403
    assert proposals.confirm(alice, proposed, timezone.now()) == 0
    assert not Decision.objects.exists()


def test_people_of_another_community_do_not_see_it(proposed, make_person, sign_in):
    erin = make_person("erin", "moderator", make_source("forum"))
    assert sign_in(erin).post(f"/proposals/{proposed.pk}/confirm/").status_code == 404
    assert sign_in(erin).post(f"/proposals/{proposed.pk}/refuse/").status_code == 404
    assert "the fifth time" not in sign_in(erin).get("/held/").content.decode()


@pytest.mark.parametrize(("is_own", "end"), [(True, "withdrawn"), (False, "refused")])
def test_refused_or_taken_back_it_waits_in_the_queue_again(bob, proposed, sign_in, is_own, end):
    sign_in(proposed.by if is_own else bob).post(f"/proposals/{proposed.pk}/refuse/")
    proposed.refresh_from_db()
    assert proposed.end == end
    assert claims.take_next(bob) == proposed.case
    assert not Decision.objects.exists()


def test_after_a_day_it_is_over(bob, heavy, alice):
    case = make_case(heavy)
    long_ago = timezone.now() - proposals.EXPIRES - timedelta(minutes=1)
    old = Proposal.objects.create(case=case, by=alice, category="spam", action="remove", created_at=long_ago)
    assert proposals.confirm(bob, old, timezone.now()) == 0
    assert claims.take_next(bob) is None
    assert proposals.expire_due() == 1
    assert claims.take_next(bob) == case
    assert AuditEntry.objects.filter(verb="proposal expired").count() == 1


def test_what_is_not_heavy_is_decided_at_once(heavy, alice, post):
    make_case(heavy)
    post("decide", claims.take_next(alice), by=alice, category="spam")
    assert Decision.objects.get().action == "remove"
    assert not Proposal.objects.exists()


def test_many_at_a_stroke_are_confirmed_at_a_stroke(heavy, alice, bob, sign_in):
    cases = [make_case(heavy, make_message(heavy, f"raid {number}")) for number in range(3)]
    few = [make_case(heavy, make_message(heavy, f"calm {number}")) for number in range(2)]
    bulk.decide_all(alice, [case.pk for case in few], "category", "spam")
    assert Decision.objects.count() == 2
    bulk.decide_all(alice, [case.pk for case in cases], "category", "spam")
    assert Decision.objects.count() == 2 and Proposal.objects.count() == 3
    page = sign_in(bob).get("/held/").content.decode()
    assert "Confirm all 3" in page
    sign_in(bob).post(f"/proposals/{Proposal.objects.order_by('pk').last().pk}/confirm/")
    made = Decision.objects.filter(case__in=cases)
    assert len(made) == 3 and len({each.effective_at for each in made}) == 1
    assert Case.objects.filter(pk__in=[case.pk for case in cases], state="decided").count() == 3


def test_a_reversal_cannot_go_past_the_second_person(heavy, alice, post, client):
    make_case(heavy)
    post("decide", claims.take_next(alice), by=alice, category="benign")
    made = Decision.objects.get()
    Decision.objects.update(effective_at=timezone.now() - SOON)
    client.post(f"/decisions/{made.pk}/reverse/", {"category": "spam", "author_action": "ban"})
    assert Decision.objects.count() == 1


def test_one_undo_of_many_leaves_what_is_in_hand(heavy, alice):
    cases = [make_case(heavy, priority=-number) for number in range(2)]
    held = claims.open_case(alice, make_case(heavy).pk)
    stroke, _ = bulk.decide_all(alice, [case.pk for case in cases], "category", "spam")
    assert bulk.undo_all(alice, stroke) == 2
    assert claims.held_by(alice) == held
    assert Case.objects.filter(pk__in=[case.pk for case in cases], state="open", claimed_by=None).count() == 2
