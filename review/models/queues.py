"""Named queues: parts of what waits in a source, each with the people who work on it first."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Now

from review.models.sources import Source
from review.models.visibility import BySourceQuerySet
from review.models.vocabulary import Category, Reason


class Queue(models.Model):
    """The waiting cases of a source that are of certain categories, reasons and languages; an empty list is any.

    A case is in the first queue, by `position`, that it fits: a trigger of the database puts it there. A queue that
    asks for a category or a reason holds no blind case, since its name would tell. It is over once `ended_at` is set.
    """

    source = models.ForeignKey(Source, models.CASCADE, related_name="queues")
    name = models.CharField(max_length=60)
    position = models.PositiveSmallIntegerField(default=1, help_text="A case is in the first queue that it fits.")
    categories = ArrayField(models.CharField(max_length=16, choices=Category), default=list, blank=True)
    reasons = ArrayField(models.CharField(max_length=16, choices=Reason), default=list, blank=True)
    languages = ArrayField(models.CharField(max_length=8), default=list, blank=True, help_text="ISO 639 codes.")
    target_minutes = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(5), MaxValueValidator(14_400)],
        help_text="How long a case should wait at most; empty: no target.",
    )
    second_opinion_percent = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=[MaxValueValidator(100)],
        help_text="Of what is decided in it, so much is judged by somebody else too; empty: as in the whole source.",
    )
    raised = models.FloatField(default=0.0, editable=False, help_text="What the target adds to the harm of its cases.")
    members = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="queues", blank=True)
    created_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = BySourceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "name"], condition=models.Q(ended_at=None), name="one_queue_a_name"
            ),
        ]

    def __str__(self) -> str:
        return self.name
