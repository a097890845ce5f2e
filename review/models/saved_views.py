"""Filters of the queue that somebody gave a name."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from review.models.sources import Source
from review.models.visibility import reach_of
from review.models.vocabulary import Role


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    def visible_to(self, user: Any) -> Self:
        """One's own, and those that are shared with a source one moderates."""
        reach = reach_of(user, Role.MODERATOR)
        shared = Q(source__isnull=False) if reach is None else Q(source__in=reach)
        return self.filter(Q(by=user) | shared)


class SavedView(models.Model):
    """The queue with certain filters in a certain order: somebody's own, or shared with all who moderate `source`."""

    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_views")
    source = models.ForeignKey(Source, models.CASCADE, null=True, blank=True, related_name="saved_views")
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=1000, blank=True, help_text="As in the address of the page.")
    created_at = models.DateTimeField(db_default=Now())

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["by", "source", "name"], nulls_distinct=False, name="one_view_a_name"),
        ]

    def __str__(self) -> str:
        return self.name
