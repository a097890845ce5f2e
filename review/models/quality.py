"""How people's decisions are checked against each other: second opinions, gold items, and figures of both."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from review.models.cases import Case, Decision
from review.models.messages import Message
from review.models.sources import Source
from review.models.visibility import BySourceQuerySet
from review.models.vocabulary import Category


class QualityRates(models.Model):
    """How much of a source's work is checked. Without a row nothing is: it costs people time, so an admin says so."""

    source = models.OneToOneField(Source, models.CASCADE, primary_key=True, related_name="quality_rates")
    second_opinions = models.FloatField(default=0.0, help_text="Share of decided cases that somebody else judges too.")
    gold = models.FloatField(default=0.0, help_text="Gold items for each blind case that comes in.")
    gold_mix = models.JSONField(
        default=dict, db_default={}, help_text="Category to its weight among gold items; empty: all alike."
    )
    gold_up_to = models.BigIntegerField(default=0, help_text="The case up to which gold items were drawn.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(second_opinions__range=(0, 1), gold__range=(0, 1)),
                name="quality_rates_in_unit_interval",
            ),
        ]

    def __str__(self) -> str:
        return f"quality of {self.source_id}"


class SecondOpinion(models.Model):
    """A decision that was drawn to be made again by somebody else, and what came of it.

    `case` opens once the first decision is in effect, `adjudication` where the two differ.
    """

    first = models.OneToOneField(Decision, models.CASCADE, related_name="second_opinion")
    case = models.OneToOneField(Case, models.CASCADE, null=True, related_name="second_opinion")
    adjudication = models.OneToOneField(Case, models.SET_NULL, null=True, related_name="adjudicates")
    settled_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["id"], condition=models.Q(settled_at=None), name="second_opinion_unsettled")]

    def __str__(self) -> str:
        return f"second opinion on {self.first_id}"


class GoldItem(models.Model):
    """A text whose answer is known, shown as a blind case to see whether people find it.

    `message` is a row of its own, which no platform sent: what happens to it reaches nobody outside.
    """

    source = models.ForeignKey(Source, models.CASCADE, related_name="gold_items")
    message = models.OneToOneField(Message, models.CASCADE, related_name="gold_item")
    category = models.CharField(max_length=16, choices=Category)
    adjudication = models.OneToOneField(Case, models.SET_NULL, null=True, blank=True, related_name="made_gold")
    known_to = ArrayField(models.BigIntegerField(), default=list, help_text="People who knew the answer beforehand.")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True)
    created_at = models.DateTimeField(db_default=Now())
    retired_at = models.DateTimeField(null=True)

    objects = BySourceQuerySet.as_manager()

    def __str__(self) -> str:
        return f"gold item {self.pk}"


class GoldShowing(models.Model):
    """One showing of a gold item: a case that looks like every other blind one."""

    item = models.ForeignKey(GoldItem, models.CASCADE, related_name="showings")
    case = models.OneToOneField(Case, models.CASCADE, related_name="gold_showing")

    def __str__(self) -> str:
        return f"gold item {self.item_id} as case {self.case_id}"


class QualityFigures(models.Model):
    """Figures of a source, or of one person there, worked out by beat; `person` is empty for the team."""

    source = models.ForeignKey(Source, models.CASCADE, related_name="quality_figures")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="quality_figures")
    data = models.JSONField()
    seed = models.IntegerField(help_text="Of the bootstrap draws.")
    computed_at = models.DateTimeField(db_default=Now())

    objects = BySourceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "person"], nulls_distinct=False, name="one_set_of_quality_figures"
            ),
        ]

    def __str__(self) -> str:
        return f"quality figures of {self.person_id or 'the team'}"


class Care(models.Model):
    """What a person set for themselves. Nobody else reads it."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="care")
    covered = ArrayField(
        models.CharField(max_length=16, choices=Category),
        default=list,
        help_text="Categories of which the text is covered until it is held open.",
    )
    severe_an_hour = models.PositiveSmallIntegerField(null=True, help_text="Empty: what the instance allows.")
    severe_a_day = models.PositiveSmallIntegerField(null=True, help_text="Empty: what the instance allows.")
    milder_until = models.DateTimeField(null=True, help_text="Until then nothing severe is given, and nothing blind.")

    def __str__(self) -> str:
        return f"care of {self.user_id}"
