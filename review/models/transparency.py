"""What was done in a day, counted once and for good: erasure and age take nothing away from it."""

from django.db import models

from review.models.rules import RuleVersion
from review.models.sources import Source
from review.models.visibility import BySourceQuerySet
from review.models.vocabulary import Action, Category


class OutcomeCount(models.Model):
    """Outcomes of a source that took effect on a day (UTC), alike in everything that is told of them."""

    source = models.ForeignKey(Source, models.CASCADE, related_name="outcome_counts", db_index=False)
    day = models.DateField()
    action = models.CharField(max_length=8, choices=Action)
    category = models.CharField(max_length=16, choices=Category, blank=True)
    rule = models.ForeignKey(RuleVersion, models.CASCADE, null=True, blank=True, related_name="+")
    automated = models.BooleanField(help_text="No person decided it.")
    found = models.CharField(
        max_length=16, help_text="The reason of its case; `copy`, `model` or `trigger` where none was."
    )
    supersedes = models.BooleanField(help_text="Another outcome was in the message's sequence before.")
    count = models.BigIntegerField()

    objects = BySourceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "day", "action", "category", "rule", "automated", "found", "supersedes"],
                nulls_distinct=False,
                name="one_outcome_count_a_kind",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.count} {self.action}"


class CountedOutcomes(models.Model):
    """How far in the feed the outcomes are counted. One row."""

    seq = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"counted up to {self.seq}"
