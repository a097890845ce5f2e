"""Who may see which source, and the rows that belong to one: every queryset is narrowed by `visible_to`."""

from typing import TYPE_CHECKING, Any, Self

from django.db import models

from review.models.vocabulary import Role

if TYPE_CHECKING:
    from review.models.sources import Source, User  # noqa: F401 - named in a string below


def reach_of(user: "User", role: Role) -> list[int] | None:
    """The ids of the sources in which `user` has at least `role`; None where that is all of them.

    They go into queries as plain ids: those are planned better than nested membership queries, and built faster.
    """
    held = [source for source, own in user.roles.items() if own in role.includes]
    return None if user.is_superuser or None in held else [source for source in held if source is not None]


class SourceQuerySet(models.QuerySet["Source"]):
    def visible_to(self, user: Any, role: Role = Role.MODERATOR) -> Self:
        """The sources in which `user` has at least `role`."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        reach = reach_of(user, role)
        return self if reach is None else self.filter(pk__in=reach)


class BySourceQuerySet(models.QuerySet[Any]):
    """Rows that belong to one source: seen by those who see it, absent for all others."""

    def visible_to(self, user: Any, role: Role = Role.MODERATOR) -> Self:
        if not user.is_authenticated or not user.is_active:
            return self.none()
        reach = reach_of(user, role)
        return self if reach is None else self.filter(source__in=reach)
