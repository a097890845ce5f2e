"""Whom an admin sees, and whom they may change. What a source's admin may not see is absent for them.

An instance admin sees everybody. The admin of a source sees those who have a role in it, and of their roles those in
sources of their own; instance admins are no concern of theirs. An account as a whole (its password, its sessions,
whether it may sign in) is theirs only where every role that it has is.
"""

from django.db.models import Exists, OuterRef, QuerySet

from review.models import Membership, Role, Source, User
from review.models.visibility import reach_of


def people_seen_by(actor: User) -> QuerySet[User]:
    """The people whom `actor` sees on `/people/`."""
    if actor.is_instance_admin:
        return User.objects.all()
    reach = reach_of(actor, Role.ADMIN)
    others = User.objects.filter(is_superuser=False)
    if reach is None:
        return others
    return others.filter(Exists(Membership.objects.filter(user=OuterRef("pk"), source__in=reach)))


def roles_seen_by(actor: User) -> QuerySet[Membership]:
    """The roles that `actor` sees, and may change where `may_change_role` says so."""
    reach = reach_of(actor, Role.ADMIN)
    roles = Membership.objects.select_related("source").order_by("source__name", "pk")
    return roles if reach is None else roles.filter(source__in=reach)


def may_give(actor: User, source: Source | None) -> bool:
    """Whether `actor` may give roles in `source`; None is all sources, which is for instance admins."""
    if actor.is_instance_admin:
        return True
    return source is not None and Source.objects.visible_to(actor, Role.ADMIN).filter(pk=source.pk).exists()


def may_change_role(actor: User, person: User, source: Source | None) -> bool:
    """Whether `actor` may give `person` a role in `source`, or take it. Nobody does it to themselves."""
    if person.pk == actor.pk or (person.is_superuser and not actor.is_instance_admin):
        return False
    return may_give(actor, source)


def may_manage(actor: User, person: User) -> bool:
    """Whether the account of `person` as a whole is `actor`'s to manage. Nobody's is their own."""
    if person.pk == actor.pk or not actor.is_active:
        return False
    if actor.is_instance_admin:
        return True
    if person.is_superuser:
        return False
    reach = reach_of(actor, Role.ADMIN)
    held = set(person.memberships.values_list("source_id", flat=True))
    return bool(held) and (reach is None or held.issubset(reach))
