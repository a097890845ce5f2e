"""What outcomes add up to for whoever wrote the messages, and what is done about authors."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from review.models.cases import Decision
from review.models.outcomes import Outcome
from review.models.policies import Policy
from review.models.sources import Source
from review.models.visibility import BySourceQuerySet
from review.models.vocabulary import AuthorAction


class Strike(models.Model):
    """An outcome that restricts, by its author. It counts while that outcome is in force, and fades from then on.

    A trigger of the database writes it with the outcome, and a `PendingAuthor`.
    """

    source = models.ForeignKey(Source, models.CASCADE, related_name="strikes", db_index=False)
    author = models.CharField(max_length=200, blank=True, help_text="Empty once erased.")
    outcome = models.OneToOneField(Outcome, models.CASCADE, related_name="strike")

    objects = BySourceQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["source", "author", "-id"], name="strike_by_author")]

    def __str__(self) -> str:
        return f"strike {self.pk}"


class PendingAuthor(models.Model):
    """An author whose record changes at `due_at`, when an outcome takes effect: then somebody has to look at it.

    With a `decision`, that one asks for something to be done to the author.
    """

    source = models.ForeignKey(Source, models.CASCADE)
    author = models.CharField(max_length=200)
    decision = models.ForeignKey(Decision, models.CASCADE, null=True, blank=True)
    due_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["due_at"], name="author_due")]

    def __str__(self) -> str:
        return f"pending author {self.pk}"


class AuthorOutcome(models.Model):
    """One step in what is done to an author. Never edited: the last one is in force.

    `strikes` is what the record came to then, under `policy`; `reverses` is the step that it takes back.
    """

    source = models.ForeignKey(Source, models.CASCADE, related_name="author_outcomes")
    author = models.CharField(max_length=200, blank=True, help_text="Empty once erased.")
    seq = models.PositiveIntegerField()
    action = models.CharField(max_length=4, choices=AuthorAction)
    strikes = models.FloatField()
    policy = models.ForeignKey(Policy, models.PROTECT)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True)
    decision = models.ForeignKey(
        Decision, models.PROTECT, null=True, blank=True, related_name="author_outcomes", help_text="That asked for it."
    )
    why = models.CharField(max_length=200)
    reverses = models.ForeignKey("self", models.PROTECT, null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    objects = BySourceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "author", "seq"], condition=~models.Q(author=""), name="one_author_outcome_a_step"
            ),
        ]
        indexes = [
            models.Index(fields=["source", "-id"], name="author_outcome_lately"),
            models.Index(fields=["source", "created_at"], name="author_outcome_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.action} ({self.seq})"

    @property
    def effective_at(self) -> datetime:
        """A step is in force from its first moment on: what brings it about is in effect by then."""
        return self.created_at
