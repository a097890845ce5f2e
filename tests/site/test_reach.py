"""Every page by role and source: who gets through, and who does not. An address without a row here fails.

The API and the doors of other APIs take tokens and no sessions; what they refuse is tested with them.
"""

import re
from collections.abc import Iterator
from uuid import uuid4

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from review.enforcement import author_appeals
from review.models import (
    ApiToken,
    AuthorOutcome,
    Case,
    Endpoint,
    IntakeFile,
    Membership,
    OneTimeLink,
    Queue,
    Reporter,
    RiskTarget,
    Simulator,
    Trigger,
    TriggerSet,
)
from review.people import links
from review.registry.policy_versions import policy_of
from tests.rows import make_calibrator, make_case, make_judge, make_rule, make_source

pytestmark = pytest.mark.django_db

ELSEWHERE = ("accounts/", "admin/", "api/", "v1/", "^v1", "v1alpha1/", "^batch", "^\\$discovery", "^api/", "metrics")
"""allauth's own, Django's back office (a test below), and what takes tokens."""
ROLES = ("signed out", "no role", "moderator", "senior", "admin", "other admin", "admin of all", "instance admin")
"""Moderator, senior and admin are those of the arcade; the other admin is the library's."""

EVERYBODY = set(ROLES)
WITH_A_ROLE = EVERYBODY - {"signed out", "no role"}
SIGNED_IN = EVERYBODY - {"signed out"}
SENIORS = WITH_A_ROLE - {"moderator"}
ADMINS = SENIORS - {"senior"}
HERE = WITH_A_ROLE - {"other admin"}
SENIORS_HERE, ADMINS_HERE = SENIORS - {"other admin"}, ADMINS - {"other admin"}
WHOLE = {"admin of all", "instance admin"}
INSTANCE = {"instance admin"}

TABLE: list[tuple[set[str], str]] = [
    (EVERYBODY, "healthz readyz appeal one-time-link words"),
    (SIGNED_IN, "one-time-link-join"),
    (
        WITH_A_ROLE,
        "desk take figures queue messages calibration calibration-live calibration-charts mine save-care milder",
    ),
    (WITH_A_ROLE, "language decide skip release renew"),  # whose claim it is not gets their own desk, with the reason
    (WITH_A_ROLE, "settings ahead release-ahead held seen bulk bulk-decide bulk-result bulk-undo save-view drop-view"),
    (HERE, "case similar open preview confirm refuse undo reverse author message colleagues note offer refer"),
    (SENIORS, "appeals triggers authors reporters transparency transparency-csv team queues"),
    (
        SENIORS_HERE,
        "triggers-try triggers-add trigger trigger-remove triggers-start triggers-go-back reporter-mute author-lift "
        "appeal-of-author team-load team-load-charts team-gold team-gold-write team-gold-from team-gold-retire "
        "queues-live queue-make queue-change queue-end",
    ),
    (ADMINS, "policy intake sources people invite audit audit-export operations"),
    (
        ADMINS_HERE,
        "team-rates team-gold-mix source-language source-languages source-translator "
        "policy-charts policy-preview policy-save policy-strikes policy-desk policy-bring-back policy-targets "
        "policy-target-add "
        "policy-target-change policy-target-attempt policy-target-rate policy-target-withdraw policy-target-end "
        "policy-attempt-apply policy-alarm-answer intake-file intake-start intake-discard intake-rejected source "
        "source-token source-token-revoke source-token-limits source-backlog source-retention source-erase "
        "source-clients source-clients-preview source-rules source-rules-write source-rules-start source-rule "
        "source-rule-move source-rule-retire source-coral source-coral-remove source-webhooks source-webhook-make "
        "source-webhook-change source-webhook-rotate source-webhook-pause source-webhook-test source-webhook-redeliver "
        "simulator invitation-take-back person person-role person-role-take person-active person-sessions-end "
        "person-second-factor-forget person-password-link",
    ),
    (WHOLE, "operations-charts operations-history"),
    (
        INSTANCE,
        "calibration-refit calibration-prior calibration-kind calibration-compare calibration-flips "
        "calibration-activate models models-side-by-side model model-charts model-shadow model-promote model-back "
        "sign-in-rules rubrics rubric rubric-write rubric-charts rubric-try rubric-shadow rubric-force "
        "explain_everything start start-community start-token start-arrived",
    ),
]
BARE = {
    *("undo", "author-lift", "triggers-go-back", "triggers-start", "source-rule-move", "source-coral-remove"),
    *("source-webhook-redeliver", "policy-bring-back", "policy-attempt-apply", "policy-alarm-answer"),
    *("confirm", "refuse", "reverse", "seen", "offer", "bulk-result", "bulk-undo", "drop-view"),
    *("policy-target-withdraw", "intake-rejected", "team-gold-from", "team-gold-retire"),
}
"""Of these there is no such thing to act on here, so who may is told that there is none (404)."""


def pages() -> Iterator[tuple[str, str]]:
    """The name and the route of each address, in order."""

    def walk(patterns: list[URLPattern | URLResolver], prefix: str) -> Iterator[tuple[str, str]]:
        for each in patterns:
            route = prefix + str(each.pattern)
            if isinstance(each, URLResolver):
                yield from walk(each.url_patterns, route)
            elif not route.startswith(ELSEWHERE):
                yield each.name or route, route

    yield from walk(get_resolver().url_patterns, "")


PAGES = dict(pages())
MAY = {name: who for who, names in TABLE for name in names.split()}


@pytest.fixture
def people(make_person, root, dana, charlie):
    arcade, library = make_source(), make_source("library")
    return {
        "signed out": None,
        "no role": charlie,
        "moderator": make_person("mia", "moderator", arcade),
        "senior": make_person("sam", "senior", arcade),
        "admin": make_person("erin", "admin", arcade),
        "other admin": make_person("gus", "admin", library),
        "admin of all": dana,
        "instance admin": root,
    }


@pytest.fixture
def values(people):
    """What the parts of addresses are filled with: things of the arcade, by the name of the page or of the part."""
    arcade = make_source()
    policy_of(arcade)
    case, calibrator = make_case(arcade), make_calibrator()
    ApiToken.issue(arcade, "a token", ["read"])
    Simulator.objects.get_or_create(source=arcade)
    endpoint = Endpoint.objects.create(source=arcade, url="http://127.0.0.1:9/", events=[])
    triggers = TriggerSet.objects.create(source=arcade, version=1)
    trigger = Trigger.objects.create(
        source=arcade, kind="phrase", text="free nitro", category="spam", effect="review", added_in=triggers
    )
    target = RiskTarget.objects.create(source=arcade, kind="wrong_removals", action="hide", risk=0.1)
    held = IntakeFile.objects.create(source=arcade, by=people["admin"], name="a.csv")
    reporter = Reporter.objects.create(source=arcade, name="owl")
    policy = policy_of(arcade)
    step = AuthorOutcome.objects.create(
        source=arcade, author="kestrel", seq=1, action="warn", strikes=1, policy=policy, why="1 strike"
    )
    appeal, _ = author_appeals.take(step, "why")
    invitation, _ = links.invite(people["admin"], arcade, links.Role.MODERATOR)
    _, token = links.invite(people["admin"], arcade, links.Role.MODERATOR)
    by_start = {
        "queue-": Queue.objects.create(source=arcade, name="first").pk,
        "policy-target": target.pk,
        "source-webhook": endpoint.pk,
        "source-token": ApiToken.objects.get().pk,
        "trigger": trigger.pk,
        "intake": held.pk,
        "reporter": reporter.pk,
        "appeal-of-author": appeal.pk,
        "invitation": invitation.pk,
        "calibration": calibrator.pk,
        "model": make_judge()[0].pk,
        "rubric": make_judge()[1].pk,
        "person": people["moderator"].pk,
        "message": case.members.get().message_id,
    }
    parts = {
        "slug": "arcade",
        "case_id": case.pk,
        "token": token,
        "membership": Membership.objects.get(user=people["moderator"]).pk,
        "rule_id": make_rule(arcade).rule_id,
        "author": "kestrel",
        "bulk_id": uuid4(),
        "language": "de",
        "name": "spam",
    }
    return by_start, parts


def address(name: str, values) -> str:
    by_start, parts = values
    pk = next((value for start, value in by_start.items() if name.startswith(start)), 1)
    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda part: str(parts.get(part[1], pk)), PAGES[name])


def asked(client: Client, path: str) -> int:
    """How it is answered, by GET or else by POST; nothing of it stays."""
    with transaction.atomic():
        answer = client.get(path)
        if answer.status_code == 405:
            answer = client.post(path)
        transaction.set_rollback(True)
    to_sign_in = answer.status_code == 302 and answer.headers["Location"].startswith("/accounts/login/")
    return 401 if to_sign_in else answer.status_code


def test_every_address_has_a_row_and_every_row_an_address() -> None:
    assert sorted(MAY) == sorted(PAGES)


@pytest.mark.parametrize("role", ROLES)
def test_who_may_gets_through_and_nobody_else(role, people, values) -> None:
    client = Client(raise_request_exception=True)
    if people[role]:
        client.force_login(people[role])
    for name, who in MAY.items():
        status = asked(client, address(name, values))
        if role not in who:
            expected = (401,) if role == "signed out" else (403, 404)
            assert status in expected, f"{role} at {name}: {status}"
        elif name not in BARE and name != "appeal":
            assert status not in (401, 403, 404), f"{role} at {name}: {status}"


def test_the_back_office_is_the_instance_admins(people) -> None:
    for role, person in people.items():
        client = Client()
        if person:
            client.force_login(person)
        assert (client.get("/admin/").status_code == 200) == (role in INSTANCE), role


def test_what_was_asked_left_nothing_behind(people, values) -> None:
    client = Client()
    client.force_login(people["instance admin"])
    assert asked(client, address("invitation-take-back", values)) == 302
    assert OneTimeLink.objects.filter(ended_at=None).count() == 2
    assert Case.objects.get().state == Case.State.OPEN
