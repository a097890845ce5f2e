"""Who may see which source, and the rows that belong to one: every queryset is narrowed by `visible_to`."""

from typing import Any, Self

from django.db import models

from review.models.users import User
from review.models.vocabulary import Role


def reach_of(user: User, role: Role) -> list[int] | None:
    """The ids of the sources in which `user` has at least `role`; None where that is all of them.

    They go into queries as plain ids: those are planned better than nested membership queries, and built faster.
    """
    held = [source for source, own in user.roles.items() if own in role.includes]
    return None if user.is_superuser or None in held else [source for source in held if source is not None]


class BySourceQuerySet(models.QuerySet[Any]):
    """Rows that belong to one source: seen by those who see it, absent for all others."""

    def visible_to(self, user: Any, role: Role = Role.MODERATOR) -> Self:
        if not user.is_authenticated or not user.is_active:
            return self.none()
        reach = reach_of(user, role)
        return self if reach is None else self.filter(source__in=reach)
