"""Roles that follow the groups of a single sign-on: given while somebody is in a group, and taken when it goes.

What an admin gave by hand stands, whatever the groups say: nobody is locked out by a change at the provider.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext

from review.access import administered_by
from review.models import Membership, Role, Source, User
from review.people.accounts import write_role

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Given:
    """A role that a group stands for, in the source of that slug, or in all where it is empty.

    Admin of all is instance admin.
    """

    role: str
    source: str = ""


@transaction.atomic
def follow(user: User, given: Sequence[Given]) -> None:
    """Bring the roles that groups gave in line with `given`, on record; of several for one source the strongest."""
    person = User.objects.select_for_update().get(pk=user.pk)
    slugs = {each.source for each in given if each.source}
    sources = {source.slug: source for source in Source.objects.filter(slug__in=slugs)}
    for slug in slugs - sources.keys():
        log.warning("a group of the single sign-on is mapped to %r, and there is no such source", slug)
    wanted: dict[Source | None, Role] = {}
    for each in given:
        if each.source and each.source not in sources:
            continue
        source, role = sources.get(each.source), Role(each.role)
        if source not in wanted or role in wanted[source].includes:
            wanted[source] = role
    held = {each.source: each for each in Membership.objects.filter(user=person).select_related("source")}
    for source, membership in held.items():
        if membership.by_group and source not in wanted:
            write_role(None, person, source, None)
    for source, role in wanted.items():
        before = held.get(source)
        by_hand = (before is not None and not before.by_group) or (
            source is None and before is None and person.is_superuser
        )
        if not by_hand and (before is None or before.role != role):
            write_role(None, person, source, role, by_group=True)


@dataclass(frozen=True)
class MappedGroup:
    """A line of the map as `/people/` shows it; `source` is None for all sources, and where none has that slug."""

    group: str
    role: str
    slug: str
    source: Source | None
    is_instance_admin: bool


def mapped_groups(actor: User) -> list[MappedGroup]:
    """What groups of the single sign-on give, by the variable that says it, as far as `actor` administers."""
    oidc = settings.VARIABLES.oidc
    seen = {source.slug: source for source in administered_by(actor)}
    return [
        MappedGroup(each.group, _called(each), each.source, seen.get(each.source), _is_root(each))
        for each in (oidc.roles if oidc else ())
        if actor.is_instance_admin or each.source in seen
    ]


def _called(given: Any) -> str:
    return gettext("Instance admin") if _is_root(given) else str(Role(given.role).label)


def _is_root(given: Any) -> bool:
    return bool(given.role == Role.ADMIN and not given.source)
