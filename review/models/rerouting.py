"""Waiting cases on their way through a changed calibrator or policy, or to their places in a changed order."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from review.models.cases import Case
from review.models.policies import Policy
from review.models.sources import Source


class Rerouting(models.Model):
    """One pass over the waiting cases of a source, or of all, from stored margins. It goes on where it stopped.

    `cursor` is the last case that was looked at. A newer pass over the same cases ends an older one.
    """

    source = models.ForeignKey(Source, models.CASCADE, null=True, blank=True, help_text="Empty: all sources.")
    why = models.CharField(max_length=300)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True)
    cursor = models.BigIntegerField(default=0)
    examined = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0, help_text="Cases that got a new verdict.")
    closed = models.PositiveIntegerField(default=0, help_text="Cases that the policy now acts on by itself.")
    overtaken = models.BooleanField(default=False, help_text="Ended by a newer pass.")
    created_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True, help_text="When a step of it last failed.")

    def __str__(self) -> str:
        return f"re-routing {self.pk}"


class HeldCase(models.Model):
    """A case that somebody held when a re-routing came by: it follows once it is released."""

    case = models.OneToOneField(Case, models.CASCADE, primary_key=True, related_name="held_over")
    rerouting = models.ForeignKey(Rerouting, models.CASCADE, related_name="held")

    def __str__(self) -> str:
        return f"case {self.case_id} follows"


class Repricing(models.Model):
    """One pass that gives the waiting cases of a source their places by the weights of a policy, in the queue's order.

    `cursor` is the last case that was looked at. A newer pass over the same source takes its place.
    """

    source = models.OneToOneField(Source, models.CASCADE, primary_key=True, related_name="repricing")
    policy = models.ForeignKey(Policy, models.CASCADE)
    cursor = models.BigIntegerField(default=0)
    examined = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"repricing of {self.source_id}"
