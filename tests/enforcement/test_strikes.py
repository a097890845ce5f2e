"""Strikes: outcomes in effect add up, fade, and are taken back with the outcomes behind them."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from review.desk import claims, decisions, undoing
from review.enforcement import appeals, author_outcomes, strikes
from review.enforcement.outcomes import append_automatic
from review.enforcement.webhooks.bodies import bodies
from review.models import (
    AuditEntry,
    AuthorAction,
    AuthorOutcome,
    Decision,
    Delivery,
    Endpoint,
    Event,
    Outcome,
    PendingAuthor,
    Policy,
    Reason,
    Strike,
)
from review.registry.policy_versions import Terms, new_version, policy_of
from review.registry.strike_ladder import ActiveStrike, InvalidStrikes, StrikeLadder, parse_strikes
from tests.rows import make_case, make_message, make_source, make_verdict

pytestmark = pytest.mark.django_db
STRIKES = {"half_life": 30, "weights": {"hide": 0.5, "remove": 1}, "steps": {"warn": 1, "mute": 2, "ban": 3}}


@pytest.fixture
def source():
    source = make_source()
    new_version(source, None, lambda before: Terms(before.ladders, before.audit_rate, strikes=STRIKES))
    return source


def removed(person, source, category="harassment", action="remove", effective=True, **fields):
    """A message of kestrel's that a person has removed."""
    case = make_case(source, make_message(source, **fields))
    held = claims.open_case(person, case.pk)
    decision = decisions.decide(person, case.pk, held.claim_token, category, action=action)
    if effective:
        take_effect(decision)
    return decision


def take_effect(decision):
    moment = timezone.now()
    Decision.objects.filter(pk=decision.pk).update(effective_at=moment)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL moddog.purge = 'on'")
        Outcome.objects.filter(decision=decision).update(effective_at=moment)
        cursor.execute("SET LOCAL moddog.purge = 'off'")
    PendingAuthor.objects.update(due_at=moment)


def reverse(outcome):
    """What an appeal that is upheld does: the message is allowed again."""
    last = Outcome.objects.filter(message=outcome.message).order_by("-seq").first()
    Outcome.objects.create(
        message=outcome.message, seq=last.seq + 1, action="allow", why="reversed", effective_at=timezone.now()
    )
    PendingAuthor.objects.update(due_at=timezone.now())


def done(source, author="kestrel"):
    author_outcomes.settle_due()
    return list(
        AuthorOutcome.objects.filter(source=source, author=author).order_by("seq").values_list("action", flat=True)
    )


def test_strikes_reach_a_step(alice, source):
    removed(alice, source)
    assert done(source) == ["warn"]
    removed(alice, source, action="hide")
    assert done(source) == ["warn"]
    removed(alice, source, action="hide")
    assert done(source) == ["warn", "mute"]
    assert not PendingAuthor.objects.exists()


def test_the_step_tells_what_it_came_from(alice, source):
    removed(alice, source)
    author_outcomes.settle_due()
    step = AuthorOutcome.objects.get()
    assert step.strikes == pytest.approx(1.0, abs=1e-3)
    assert (step.policy, step.by, step.seq) == (policy_of(source), None, 1)


def test_what_is_not_in_effect_counts_for_nothing(alice, source):
    decision = removed(alice, source, effective=False)
    assert done(source) == []
    assert author_outcomes.record_of(source, policy_of(source), "kestrel").total == 0.0
    assert undoing.undo(alice, decision.pk)
    PendingAuthor.objects.update(due_at=timezone.now())
    assert done(source) == []


def test_a_reversed_outcome_takes_its_step_back(alice, source):
    decision = removed(alice, source)
    assert done(source) == ["warn"]
    reverse(Outcome.objects.get(decision=decision))
    assert done(source) == ["warn", "none"]
    last = AuthorOutcome.objects.order_by("-seq").first()
    assert last.reverses.action == "warn"
    assert author_outcomes.record_of(source, policy_of(source), "kestrel").total == 0.0


def test_an_overturned_appeal_takes_the_strike_and_its_step_back(alice, source, make_person):
    decision = removed(alice, source)
    assert done(source) == ["warn"]
    appeal, _ = appeals.take(Outcome.objects.get(decision=decision), "it was a quotation")
    erin = make_person("erin", "senior")
    held = claims.open_case(erin, appeal.case_id)
    take_effect(decisions.decide(erin, appeal.case_id, held.claim_token, "benign", answer="You were right."))
    assert done(source) == ["warn", "none"]
    assert author_outcomes.record_of(source, policy_of(source), "kestrel").total == 0.0


def test_a_reversal_goes_back_to_what_is_left(alice, source):
    made = [removed(alice, source) for _ in range(3)]
    assert done(source) == ["ban"]
    reverse(Outcome.objects.get(decision=made[0]))
    assert done(source) == ["ban", "mute"]


def test_fading_takes_nothing_back(alice, source):
    removed(alice, source)
    assert done(source) == ["warn"]
    later = timezone.now() + timedelta(days=400)
    ladder = parse_strikes(STRIKES)
    assert ladder.total(strikes.active_strikes(source, "kestrel", ladder, timezone.now()), later) < 0.001
    message = make_message(source)
    Outcome.objects.create(message=message, seq=2, action="allow", why="something else", effective_at=timezone.now())
    assert done(source) == ["warn"]


def test_automatic_outcomes_count(source):
    verdict = make_verdict(make_message(source), 0.99, route="remove")
    with transaction.atomic():
        append_automatic([verdict])
    assert done(source) == ["warn"]


def test_what_is_allowed_is_no_strike(source):
    verdict = make_verdict(make_message(source), 0.01, route="allow")
    with transaction.atomic():
        append_automatic([verdict])
    assert not Strike.objects.exists() and not PendingAuthor.objects.exists()


def test_authors_without_a_name_have_no_record(alice, source):
    removed(alice, source, author="")
    assert not Strike.objects.exists() and not PendingAuthor.objects.exists()


def test_a_policy_without_steps_does_nothing(alice):
    source = make_source("elsewhere")
    for _ in range(5):
        removed(alice, source)
    assert done(source) == []
    assert author_outcomes.record_of(source, policy_of(source), "kestrel").total == pytest.approx(5.0, abs=0.01)


def test_categories_weigh_more_or_less(alice, source):
    heavier = STRIKES | {"factors": {"violence": 3}}
    new_version(source, None, lambda before: Terms(before.ladders, before.audit_rate, strikes=heavier))
    removed(alice, source, category="violence")
    assert done(source) == ["ban"]


def test_a_new_policy_waits_for_the_next_strike(alice, source):
    removed(alice, source)
    assert done(source) == ["warn"]
    milder = STRIKES | {"steps": {"warn": 5}}
    new_version(source, None, lambda before: Terms(before.ladders, before.audit_rate, strikes=milder))
    removed(alice, source, action="hide")
    assert done(source) == ["warn"]  # taken under the policy before, and not reversed


def test_a_person_takes_it_back_and_the_old_strikes_do_not_bring_it_again(alice, source):
    first = removed(alice, source)
    removed(alice, source)
    assert done(source) == ["mute"]
    assert author_outcomes.lift(source, "kestrel", alice)
    assert not author_outcomes.lift(source, "kestrel", alice)
    reverse(Outcome.objects.get(decision=first))
    assert done(source) == ["mute", "none"]
    removed(alice, source)
    assert done(source) == ["mute", "none", "mute"]
    assert AuditEntry.objects.get(verb="lifted author outcome").details == {}


def test_other_authors_and_sources_are_apart(alice, source):
    removed(alice, source, author="wren")
    removed(alice, make_source("elsewhere"))
    assert done(source) == []
    assert done(source, "wren") == ["warn"]


def test_steps_are_on_record(alice, source):
    removed(alice, source)
    author_outcomes.settle_due()
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        AuthorOutcome.objects.update(action="ban")


def test_what_waits_to_be_judged_blind_is_not_shown(source):
    message = make_message(source)
    verdict = make_verdict(message, 0.99, route="remove", cohort_rate=0.5)
    with transaction.atomic():
        append_automatic([verdict])
    make_case(source, message, blind=True, reason=Reason.AUDIT)
    assert author_outcomes.record_of(source, policy_of(source), "kestrel").total == 0.0
    assert done(source) == ["warn"]  # it is done all the same


def test_the_desk_tells_what_one_more_would_do(alice, source, sign_in):
    removed(alice, source)
    author_outcomes.settle_due()
    make_case(source, make_message(source))
    claims.take_next(alice)
    page = " ".join(sign_in(alice).get("/").content.decode().split())
    assert "strikes now" in page and "warned" in page
    assert "2.0: muted" in page  # if this is removed


def test_a_blind_case_shows_nothing_of_it(alice, source, sign_in):
    removed(alice, source)
    author_outcomes.settle_due()
    make_case(source, make_message(source), blind=True, reason=Reason.AUDIT)
    claims.take_next(alice)
    assert "strikes now" not in sign_in(alice).get("/").content.decode()


def test_the_page_of_an_author(make_person, source, alice, sign_in):
    removed(alice, source, author="wren/<b>")
    author_outcomes.settle_due()
    erin = make_person("erin", "senior", source)
    page = sign_in(erin).get("/authors/of/arcade/wren/%3Cb%3E").content.decode()
    assert "wren/&lt;b&gt;" in page and "Take it back" in page and "warned" in page
    assert "wren/&lt;b&gt;" in sign_in(erin).get("/authors/").content.decode()
    assert sign_in(erin).post("/authors/lift/arcade/wren/%3Cb%3E").status_code == 302
    assert AuthorOutcome.objects.order_by("-seq").first().by == erin


def test_moderators_read_and_do_not_take_back(alice, source, sign_in, make_person):
    removed(alice, source)
    author_outcomes.settle_due()
    browser = sign_in(alice)
    assert "Take it back" not in browser.get("/authors/of/arcade/kestrel").content.decode()
    assert browser.post("/authors/lift/arcade/kestrel").status_code == 404
    other = sign_in(make_person("erin", "senior", make_source("elsewhere")))
    assert other.get("/authors/of/arcade/kestrel").status_code == 404


def test_an_admin_sets_the_strikes(dana, sign_in):
    source = make_source()
    browser = sign_in(dana)
    version = policy_of(source).version
    form = {"version": version, "half_life": "14", "weight-hide": "1", "weight-remove": "2", "step-warn": "3"}
    address = "/policy/arcade/strikes/"
    assert browser.post(address, form | {"step-mute": "2"}).status_code == 200
    assert policy_of(source).version == version
    assert browser.post(address, form | {"step-mute": "6", "factor-violence": "1.5"}).status_code == 302
    policy = policy_of(source)
    assert policy.version == version + 1
    assert policy.strikes == {
        "half_life": 14,
        "weights": {"hide": 1, "remove": 2},
        "factors": {"violence": 1.5},
        "steps": {"warn": 3, "mute": 6},
    }
    assert policy.ladders == Policy.objects.get(source=source, version=version).ladders
    assert browser.post(address, form).status_code == 409
    assert 'value="14"' in browser.get("/policy/").content.decode()


def test_another_change_of_the_policy_leaves_the_strikes(source):
    new_version(source, None, lambda before: Terms(before.ladders, 0.5))
    assert policy_of(source).strikes == STRIKES


@pytest.mark.parametrize(
    "strikes",
    [
        {"half_life": 0},
        {"weights": {"remove": -1}},
        {"weights": {"explode": 1}},
        {"steps": {"warn": 2, "mute": 1}},
        {"steps": {"warn": 0}},
        {"steps": {"mute": 2, "ban": 2}},
        {"half_life": "long"},
    ],
)
def test_what_makes_no_sense_is_refused(strikes):
    with pytest.raises(InvalidStrikes):
        parse_strikes(strikes)


@given(
    ages=st.lists(st.floats(0, 1000), max_size=20),
    half_life=st.floats(0.5, 400),
    later=st.floats(0, 400),
)
def test_a_record_only_fades(ages, half_life, later):
    ladder, now = StrikeLadder(timedelta(days=half_life), steps={"warn": 1.0, "ban": 5.0}), timezone.now()
    found = [ActiveStrike("remove", "spam", now - timedelta(days=age)) for age in ages]
    total, then = ladder.total(found, now), ladder.total(found, now + timedelta(days=later))
    assert 0 <= then <= total + 1e-9 <= len(ages) + 1e-6
    assert ladder.step(then).rank <= ladder.step(total).rank
    assert then == pytest.approx(total * 0.5 ** (later / half_life), rel=1e-6, abs=1e-9)
    assert ladder.step(total) in AuthorAction


def test_each_step_goes_out(alice, source):
    Endpoint.objects.create(source=source, url="https://example.org/hook", events=[Event.AUTHOR_OUTCOME])
    decision = removed(alice, source)
    author_outcomes.settle_due()
    reverse(Outcome.objects.get(decision=decision))
    author_outcomes.settle_due()
    told = [body["author"] for body in bodies(Delivery.objects.order_by("pk"))]
    assert [(step["id"], step["seq"], step["action"]) for step in told] == [
        ("kestrel", 1, "warn"),
        ("kestrel", 2, "none"),
    ]
    assert told[0]["strikes"] == 1.0 and told[1]["reverses"] == 1
