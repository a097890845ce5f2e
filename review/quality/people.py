"""Who could decide a case of a source, and from when on figures are about somebody by name."""

from collections.abc import Iterable

from django.db.models import Q, QuerySet

from review.models import Membership, Role, User

NAMED_FROM = 50
"""Answers from which on a person is shown by name. At 85 % right, 50 answers make an interval of ten points to either
side: fewer cannot tell a careful person from a careless one, and would only tempt to try."""


def people_of(source_id: int, role: Role = Role.MODERATOR, but: Iterable[int] = ()) -> QuerySet[User]:
    """Active people with at least `role` in the source, without those whose ids are in `but`."""
    here = Membership.objects.filter(Q(source=source_id) | Q(source=None), role__in=role.includes)
    found = User.objects.filter(Q(is_superuser=True) | Q(pk__in=here.values("user")), is_active=True)
    return found.exclude(pk__in=list(but))
