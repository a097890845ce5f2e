"""Links that work once: to the first account, to an account with a role, to a new password.

Whoever made a link must still be allowed to when it is used: an admin who left leaves no door open.
"""

from datetime import timedelta

from allauth.usersessions.models import UserSession
from django.db import transaction
from django.utils import timezone

from review.models import OneTimeLink, Role, Source, User, digest_of_token
from review.people.accounts import write_role
from review.people.reach import may_give, may_manage
from review.records import audit

Purpose = OneTimeLink.Purpose
LASTS = {Purpose.SETUP: timedelta(days=7), Purpose.INVITATION: timedelta(days=7), Purpose.PASSWORD: timedelta(hours=24)}


class NoSuchLink(Exception):
    """The link was used, taken back, is too old, or never was."""


@transaction.atomic
def invite(by: User, source: Source | None, role: Role, *, name: str = "", email: str = "") -> tuple[OneTimeLink, str]:
    """A link to an account with that role; with its token, which is kept nowhere. The caller has asked `may_give`."""
    link, token = OneTimeLink.issue(
        Purpose.INVITATION, LASTS[Purpose.INVITATION], created_by=by, source=source, role=role, name=name, email=email
    )
    audit.record(by, "invited", link, source, role=role.value)
    return link, token


@transaction.atomic
def password_link(by: User, person: User) -> tuple[OneTimeLink, str]:
    """A link to a new password for `person`; earlier ones end. The caller has asked `may_manage`."""
    earlier = OneTimeLink.objects.filter(user=person, purpose=Purpose.PASSWORD, ended_at=None)
    earlier.update(ended_at=timezone.now())
    link, token = OneTimeLink.issue(Purpose.PASSWORD, LASTS[Purpose.PASSWORD], created_by=by, user=person)
    audit.record(by, "made password link", person)
    return link, token


@transaction.atomic
def setup_link() -> str:
    """The token of a link to the first account, an instance admin's; earlier ones end."""
    OneTimeLink.objects.filter(purpose=Purpose.SETUP, ended_at=None).update(ended_at=timezone.now())
    link, token = OneTimeLink.issue(Purpose.SETUP, LASTS[Purpose.SETUP])
    audit.record(None, "made setup link", link)
    return token


def needs_setup() -> bool:
    """Whether nobody could sign in as an instance admin."""
    return not User.objects.filter(is_superuser=True, is_active=True).exists()


def find(token: str, *, lock: bool = False) -> OneTimeLink:
    """The link of that token, while it can be used. Raises NoSuchLink."""
    links = OneTimeLink.objects.filter(digest=digest_of_token(token), ended_at=None, expires_at__gt=timezone.now())
    links = links.select_for_update(of=("self",)) if lock else links
    link = links.select_related("source", "created_by", "user").first()
    if link is None or not _still_allowed(link):
        raise NoSuchLink
    return link


@transaction.atomic
def make_account(token: str, username: str, password: str) -> User:
    """Use a link to make an account that has what the link gives. Raises NoSuchLink."""
    link = _use(token, Purpose.SETUP, Purpose.INVITATION)
    person = User.objects.create_user(username, email=link.email, password=password)
    _receive(link, person)
    return person


@transaction.atomic
def join(token: str, person: User) -> OneTimeLink:
    """Use an invitation for an account that is there. What the account has already is never lessened."""
    link = _use(token, Purpose.INVITATION)
    _receive(link, person)
    return link


@transaction.atomic
def set_password(token: str, password: str) -> User:
    """Use a link to choose a password; ends the person's sessions. Raises NoSuchLink."""
    link = _use(token, Purpose.PASSWORD)
    person = link.user
    if person is None or not person.is_active:
        raise NoSuchLink
    person.set_password(password)
    person.save(update_fields=["password"])
    for session in UserSession.objects.filter(user=person):
        session.end()
    audit.record(person, "chose a password by link", person)
    return person


@transaction.atomic
def take_back(by: User, link: OneTimeLink) -> bool:
    """End an invitation; False where it had ended."""
    done = OneTimeLink.objects.filter(pk=link.pk, ended_at=None).update(ended_at=timezone.now())
    if done:
        audit.record(by, "took invitation back", link, link.source)
    return bool(done)


def _use(token: str, *purposes: OneTimeLink.Purpose) -> OneTimeLink:
    link = find(token, lock=True)
    if link.purpose not in purposes:
        raise NoSuchLink
    link.ended_at = timezone.now()
    link.save(update_fields=["ended_at"])
    return link


def _receive(link: OneTimeLink, person: User) -> None:
    if link.purpose == Purpose.SETUP:
        write_role(None, person, None, Role.ADMIN)
        return
    held = person.memberships.filter(source=link.source).values_list("role", flat=True).first()
    if held not in Role(link.role).includes:
        write_role(link.created_by, person, link.source, Role(link.role))


def _still_allowed(link: OneTimeLink) -> bool:
    by = link.created_by
    if link.purpose == Purpose.SETUP:
        return needs_setup()
    if by is None or not by.is_active:
        return False
    if link.purpose == Purpose.PASSWORD:
        return link.user is not None and may_manage(by, link.user)
    return may_give(by, link.source)
