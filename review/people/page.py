"""What `/people/` and the page of a person show to an admin."""

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.db.models.functions import Lower
from django.utils import timezone

from review import mail
from review.models import OneTimeLink, Role, SignInRules, User
from review.models.visibility import reach_of
from review.people.forms import InvitationForm, RoleForm, SignInRulesForm
from review.people.groups import mapped_groups
from review.people.reach import may_change_role, may_manage, people_seen_by, roles_seen_by

PAGE = 50
SHOWN_INVITATIONS = 50


def people_page(actor: User, *, after: str, asked: str, **shown: Any) -> dict[str, Any]:
    """A page of people by name, after the name `after`, that have `asked` in their name; and who is invited."""
    people = people_seen_by(actor).annotate(
        folded=Lower("username"), has_second_factor=Exists(Authenticator.objects.filter(user=OuterRef("pk")))
    )
    if asked:
        people = people.filter(username__icontains=asked)
    if after:
        people = people.filter(folded__gt=after.lower())
    roles = Prefetch("memberships", roles_seen_by(actor), to_attr="seen_roles")
    found = list(people.order_by("folded").prefetch_related(roles)[: PAGE + 1])
    return {
        "here": "people",
        "people": found[:PAGE],
        "next_cursor": found[PAGE - 1].username if len(found) > PAGE else "",
        "is_first": not after,
        "asked": asked,
        "invitations": invitations_seen_by(actor)[:SHOWN_INVITATIONS],
        "invitation_form": InvitationForm(actor),
        "rules_form": SignInRulesForm(instance=SignInRules.in_force()) if actor.is_instance_admin else None,
        "mapped_groups": mapped_groups(actor),
        "has_mail": mail.is_set(),
        **shown,
    }


def invitations_seen_by(actor: User) -> QuerySet[OneTimeLink]:
    """Invitations that can still be used, the newest first."""
    usable = Q(purpose=OneTimeLink.Purpose.INVITATION, ended_at=None, expires_at__gt=timezone.now())
    links = OneTimeLink.objects.filter(usable).select_related("source", "created_by").order_by("-pk")
    reach = reach_of(actor, Role.ADMIN)
    if actor.is_instance_admin:
        return links
    return links.filter(source__isnull=False) if reach is None else links.filter(source__in=reach)


def person_page(actor: User, person: User, **shown: Any) -> dict[str, Any]:
    """One person: their roles as far as `actor` sees them; their account where it is `actor`'s to manage."""
    manages = may_manage(actor, person)
    held = list(roles_seen_by(actor).filter(user=person))
    roles = [{"membership": each, "may_change": may_change_role(actor, person, each.source)} for each in held]
    return {
        "here": "people",
        "person": person,
        "roles": roles,
        "is_by_group": any(each.by_group for each in held),
        "choices": Role.choices,
        "role_form": RoleForm(actor),
        "may_give_roles": person.pk != actor.pk and (actor.is_instance_admin or not person.is_superuser),
        "manages": manages,
        "is_self": person.pk == actor.pk,
        "sessions": UserSession.objects.purge_and_list(person) if manages else [],
        "has_second_factor": Authenticator.objects.filter(user=person).exists(),
        **shown,
    }
