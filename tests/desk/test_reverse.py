"""Reversing a decision that is in effect: its own record, its own outcomes, and the way back."""

import pytest
from django.utils import timezone

from review.desk import case_page, claims, decisions, undoing
from review.enforcement import author_outcomes
from review.enforcement.outcomes import in_force
from review.enforcement.statements import found_by_of
from review.models import AuditEntry, AuthorOutcome, Case, CaseMember, Decision, Outcome, PendingAuthor, Reason, Role
from review.registry.policy_versions import Terms, new_version
from tests.enforcement.test_strikes import STRIKES, take_effect
from tests.rows import make_message, make_source

pytestmark = pytest.mark.django_db


@pytest.fixture
def sam(make_person):
    return make_person("sam", Role.SENIOR)


@pytest.fixture
def removed(alice, held, settings):
    """alice removed it, and that is in effect."""
    settings.MODDOG_UNDO_SECONDS = 0
    made = decisions.decide(alice, held.pk, held.claim_token, "harassment")
    settings.MODDOG_UNDO_SECONDS = 30
    return made


def reverse(client, decision, **fields):
    return client.post(f"/decisions/{decision.pk}/reverse/", {"category": "benign", **fields})


def test_a_senior_reverses_what_another_decided(sam, sign_in, removed):
    client = sign_in(sam)
    assert "Reverse this decision" in client.get(f"/cases/{removed.case_id}/").content.decode()
    answer = reverse(client, removed, note="a joke among friends")
    made = Decision.objects.get(case__reverses=removed)
    assert answer.headers["Location"] == f"/cases/{made.case_id}/"
    assert (made.by, made.action, made.note) == (sam, "allow", "a joke among friends")
    assert Decision.objects.get(pk=removed.pk).undone_at is None
    message = removed.case.messages.get()
    assert in_force(message).decision == removed
    take_effect(made)
    assert in_force(message).decision == made
    assert AuditEntry.objects.get(verb="reversed").details == {"decision": removed.pk, "action": "allow"}
    page = client.get(f"/cases/{removed.case_id}/").content.decode()
    assert f'href="/cases/{made.case_id}/"' in page and "Reverse this decision" not in page
    assert f'href="/cases/{removed.case_id}/"' in client.get(f"/cases/{made.case_id}/").content.decode()


def test_one_reverses_ones_own_and_nobody_elses(alice, bob, sign_in, removed):
    assert reverse(sign_in(bob), removed).status_code == 403
    assert "Reverse this decision" not in sign_in(bob).get(f"/cases/{removed.case_id}/").content.decode()
    assert reverse(sign_in(alice), removed).status_code == 302
    assert Case.objects.filter(reverses=removed).exists()


def test_a_decision_that_can_still_be_undone_is_not_reversed(alice, sign_in, held):
    made = decisions.decide(alice, held.pk, held.claim_token, "harassment")
    assert reverse(sign_in(alice), made).status_code == 403


def test_the_second_of_two_is_told_that_it_came_too_late(sam, alice, sign_in, removed):
    reverse(sign_in(sam), removed)
    page = sign_in(alice)
    reverse(page, removed)
    assert "A later decision has taken the place" in page.get(f"/cases/{removed.case_id}/").content.decode()
    assert Case.objects.filter(reverses=removed).count() == 1


def test_a_reversal_is_undone_and_made_again(sam, sign_in, removed):
    client = sign_in(sam)
    reverse(client, removed)
    made = Decision.objects.get(case__reverses=removed)
    client.post(f"/decisions/{made.pk}/undo/")
    made.refresh_from_db()
    assert made.undone_by == sam and made.case.state == Case.State.CLOSED
    assert claims.held_by(sam) is None
    assert Outcome.objects.get(decision=made).withdrawn_at is not None
    reverse(client, removed, category="toxicity", action="hide")
    assert Decision.objects.get(case__reverses=removed, undone_at=None).action == "hide"


def test_its_statement_says_how_the_message_was_found(sam, sign_in, removed):
    reverse(sign_in(sam), removed, category="toxicity", action="hide")
    outcome = Outcome.objects.get(decision__case__reverses=removed)
    before = Outcome.objects.get(decision=removed)
    assert found_by_of(outcome) == found_by_of(before) == "automation"


def test_nobody_reported_the_copy_that_followed_what_was_reported(sam, sign_in, removed):
    Case.objects.filter(pk=removed.case_id).update(reason=Reason.REPORT)
    reported = removed.case.messages.get()
    copy = make_message(reported.source)
    CaseMember.objects.create(case_id=removed.case_id, message=copy)
    Outcome.objects.create(message=copy, seq=1, action=removed.action, why="follows", decision=removed)
    reverse(sign_in(sam), removed, category="toxicity", action="hide")
    later = {each.message: found_by_of(each) for each in Outcome.objects.filter(decision__case__reverses=removed)}
    assert later == {reported: "report", copy: "automation"}


def test_other_sources_answer_404(make_person, sign_in, removed):
    stranger = make_person("olga", Role.SENIOR, make_source("elsewhere"))
    assert reverse(sign_in(stranger), removed).status_code == 404


def test_a_made_up_ruling_reverses_nothing(sam, sign_in, removed):
    reverse(sign_in(sam), removed, category="rudeness")
    assert Case.objects.filter(reverses=removed).count() == 0


class TestBesideTheMessage:
    """What a decision asks to be done to the author."""

    @pytest.fixture(autouse=True)
    def policy(self, held):
        new_version(held.source, None, lambda before: Terms(before.ladders, before.audit_rate, strikes=STRIKES))

    def done(self):
        PendingAuthor.objects.filter(decision__isnull=False).update(due_at=timezone.now())
        author_outcomes.settle_due()
        return list(AuthorOutcome.objects.order_by("seq").values_list("action", "by__username"))

    def test_hide_and_warn(self, alice, sign_in, held, post):
        sign_in(alice)
        post("decide", held, category="toxicity", action="hide", author_action="warn")
        made = Decision.objects.get()
        author_outcomes.settle_due()
        assert not AuthorOutcome.objects.exists()  # it can still be undone
        take_effect(made)
        assert self.done() == [("warn", "alice")]
        assert self.done() == [("warn", "alice")]
        assert AuthorOutcome.objects.get().decision == made

    def test_what_is_undone_is_not_done(self, alice, held):
        made = decisions.decide(alice, held.pk, held.claim_token, "toxicity", action="hide", author_action="mute")
        undoing.undo(alice, made.pk)
        assert self.done() == []

    def test_the_ladder_and_a_person_do_not_do_it_twice(self, alice, held):
        made = decisions.decide(alice, held.pk, held.claim_token, "toxicity", action="remove", author_action="warn")
        take_effect(made)
        assert self.done() == [("warn", None)]

    def test_a_reversal_takes_it_back(self, alice, sam, sign_in, held):
        made = decisions.decide(alice, held.pk, held.claim_token, "toxicity", action="hide", author_action="mute")
        take_effect(made)
        assert self.done() == [("mute", "alice")]
        reverse(sign_in(sam), made)
        take_effect(Decision.objects.get(case__reverses=made))
        assert self.done() == [("mute", "alice"), ("none", "sam")]

    def test_only_what_the_policy_has(self, alice, sign_in, held, post):
        new_version(held.source, None, lambda before: Terms(before.ladders, before.audit_rate, strikes={}))
        assert case_page.build(held, alice).author_actions == []
        sign_in(alice)
        page = post("decide", held, htmx=True, category="toxicity", author_action="ban").content.decode()
        assert "does not do that to authors" in page
        assert not Decision.objects.exists()
