"""Triggers, the versions in which they came and went, and which messages they matched."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy

from review.models.messages import Message
from review.models.rules import Rule
from review.models.sources import Source
from review.models.visibility import BySourceQuerySet
from review.models.vocabulary import Action, Category


class TriggerSet(models.Model):
    """A version of a source's triggers. The newest is in force; it holds what was added up to it and not removed."""

    source = models.ForeignKey(Source, models.CASCADE, related_name="trigger_sets")
    version = models.PositiveIntegerField()
    note = models.CharField(max_length=300, blank=True)
    added_count = models.PositiveIntegerField(default=0)
    removed_count = models.PositiveIntegerField(default=0)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    objects = BySourceQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "version"], name="one_trigger_set_a_version")]

    def __str__(self) -> str:
        return f"triggers {self.version}"


class Trigger(models.Model):
    """A word, phrase, pattern or link, and what is done about messages that have it.

    Never edited: a changed trigger is removed in one version, in which another takes its place.
    """

    class Kind(models.TextChoices):
        PHRASE = "phrase", gettext_lazy("Word or phrase")
        PATTERN = "pattern", gettext_lazy("Pattern")
        LINK = "link", gettext_lazy("Link to a domain")

    class Mode(models.TextChoices):
        ON = "on", gettext_lazy("On")
        SHADOW = "shadow", gettext_lazy("In shadow: counts its matches and does nothing")
        OFF = "off", gettext_lazy("Off")

    source = models.ForeignKey(Source, models.CASCADE, related_name="triggers")
    kind = models.CharField(max_length=8, choices=Kind)
    text = models.CharField(max_length=500)
    category = models.CharField(max_length=16, choices=Category)
    effect = models.CharField(max_length=8, choices=Action, help_text="`review` is: to people.")
    rule = models.ForeignKey(
        Rule,
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        help_text="What its outcomes are by, as it reads then.",
    )
    mode = models.CharField(max_length=8, choices=Mode, default=Mode.ON)
    added_in = models.ForeignKey(TriggerSet, models.CASCADE, related_name="added")
    removed_in = models.ForeignKey(TriggerSet, models.CASCADE, null=True, blank=True, related_name="removed")

    objects = BySourceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "kind", "text"], condition=models.Q(removed_in=None), name="one_trigger_a_text"
            ),
            models.CheckConstraint(
                condition=~models.Q(category="self_harm") | models.Q(effect="review"),
                name="self_harm_goes_to_people",
            ),
        ]
        indexes = [
            models.Index(fields=["source", "-id"], condition=models.Q(removed_in=None), name="trigger_in_force"),
        ]

    def __str__(self) -> str:
        return f"trigger {self.pk}"


class TriggerMatch(models.Model):
    """A trigger matched a message when it was judged, whether it decided what happened or not."""

    trigger = models.ForeignKey(Trigger, models.CASCADE, related_name="matches")
    message = models.ForeignKey(Message, models.CASCADE, related_name="trigger_matches")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "trigger"], name="one_match_a_message")]

    def __str__(self) -> str:
        return f"{self.trigger_id} in {self.message_id}"
