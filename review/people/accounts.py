"""What is done to an account: roles given and taken, sessions ended, sign-in stopped. Each is on the audit log."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet

from review.access import NOT_ALLOWED
from review.models import Membership, Role, Source, User
from review.people.reach import may_change_role, may_manage
from review.records import audit


@contextmanager
def _both_locked(actor: User, person: User) -> Iterator[tuple[User, User]]:
    """Both as they are now, in a transaction: of two admins who turn on each other the second is too late."""
    with transaction.atomic():
        pair = {
            each.pk: each
            for each in User.objects.select_for_update().filter(pk__in=(actor.pk, person.pk)).order_by("pk")
        }
        if actor.pk not in pair or person.pk not in pair or not pair[actor.pk].is_active:
            raise PermissionDenied(NOT_ALLOWED)
        yield pair[actor.pk], pair[person.pk]


def set_role(actor: User, person: User, source: Source | None, role: Role | None) -> None:
    """Give `person` that role in `source` or all of them; None takes it. Raises PermissionDenied."""
    with _both_locked(actor, person) as (by, whom):
        if not may_change_role(by, whom, source):
            raise PermissionDenied(NOT_ALLOWED)
        write_role(by, whom, source, role)


@transaction.atomic
def write_role(
    by: User | None, person: User, source: Source | None, role: Role | None, *, by_group: bool = False
) -> None:
    """As `set_role`, without asking: for the command line, links whose maker was asked, and groups of a sign-on.

    An admin of everything is an instance admin; any other role in all sources ends that.
    """
    held = Membership.objects.filter(user=person, source=source).first()
    before, after = held.role if held else None, role.value if role else None
    if role is None:
        Membership.objects.filter(user=person, source=source).delete()
    else:
        Membership.objects.update_or_create(user=person, source=source, defaults={"role": role, "by_group": by_group})
    if source is None:
        person.is_superuser = person.is_staff = role == Role.ADMIN
        person.save(update_fields=["is_superuser", "is_staff"])
    verb = "gave role" if role else "took role"
    details = {"by_group": True} if by_group else {}
    audit.record(by, verb, person, source, changes={"role": [before, after]}, **details)


def set_active(actor: User, person: User, *, active: bool) -> None:
    """Let somebody sign in or no longer; the latter ends their sessions at once. Raises PermissionDenied."""
    with _managed(actor, person) as (by, whom):
        if whom.is_active != active:
            whom.is_active = active
            whom.save(update_fields=["is_active"])
            verb = "let sign in" if active else "stopped from signing in"
            audit.record(by, verb, whom, changes={"is_active": [not active, active]})
        if not active:
            _end(UserSession.objects.filter(user=whom))


def end_sessions(actor: User, person: User, pk: int | None = None) -> int:
    """End one session of somebody, or all; returns how many there were. Raises PermissionDenied."""
    with _managed(actor, person) as (by, whom):
        sessions = UserSession.objects.filter(user=whom, **({} if pk is None else {"pk": pk}))
        ended = _end(sessions)
        audit.record(by, "ended sessions", whom, sessions=ended)
        return ended


def forget_second_factor(actor: User, person: User) -> None:
    """For somebody who lost it: the password alone signs in, until they set a new one up. Raises PermissionDenied."""
    with _managed(actor, person) as (by, whom):
        Authenticator.objects.filter(user=whom).delete()
        audit.record(by, "took second factor away", whom)


@contextmanager
def _managed(actor: User, person: User) -> Iterator[tuple[User, User]]:
    with _both_locked(actor, person) as (by, whom):
        if not may_manage(by, whom):
            raise PermissionDenied(NOT_ALLOWED)
        yield by, whom


def _end(sessions: QuerySet[Any]) -> int:
    found = list(sessions)
    for session in found:
        session.end()
    return len(found)
