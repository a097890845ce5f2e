"""Model versions and rubrics: what every score names."""

from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now


class ModelVersion(models.Model):
    """All that moves a margin: weights and adapter, precision, prompt form, normaliser. At most one is active.

    A row from before precision, prompt form and normaliser were stored has them empty until its weights are loaded
    next: then they are filled in, and its fingerprint stays its weights' hash, by which certificates in force name it.

    One that puts earlier messages before a message is never active: it judges, with the active one's weights, where a
    policy says so.

    One that is not active is a candidate. At most one candidate runs in shadow: it scores what the active one has
    judged, and gates nothing.
    """

    name = models.CharField(max_length=200)
    location = models.CharField(max_length=500, help_text="Folder that the workers load, or hub id@commit.")
    adapter = models.CharField(max_length=500, blank=True, db_default="", help_text="LoRA adapter merged at load.")
    weights_hash = models.CharField(max_length=64)
    precision = models.CharField(max_length=20, blank=True, db_default="", help_text="Of the weights, as loaded.")
    prompt_form = models.CharField(max_length=64, blank=True, db_default="", help_text="How it is asked and answers.")
    normaliser = models.CharField(max_length=20, blank=True, db_default="", help_text="Version of the normaliser.")
    earlier_messages = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="That its prompt puts before a message; part of the prompt form."
    )
    format = models.CharField(
        max_length=40,
        default="moddog",
        db_default="moddog",
        help_text="Verdict format: how it is asked and says its verdict; part of the prompt form.",
    )
    fingerprint = models.CharField(
        max_length=64, unique=True, help_text="Of all that moves a margin: what calibrators and certificates belong to."
    )
    explains_all_after = models.BigIntegerField(
        null=True, blank=True, help_text="It explains every score after this one; empty: those that people read."
    )
    is_active = models.BooleanField(default=False)
    in_shadow = models.BooleanField(default=False)
    base = models.ForeignKey("self", models.PROTECT, null=True, blank=True, help_text="What it was fine-tuned from.")
    training = models.JSONField(default=dict, help_text="How it was fine-tuned, and what that came to.")
    taught: "models.ManyToManyField[Any, Any]" = models.ManyToManyField(
        "Label",
        related_name="+",
        help_text="What it was fine-tuned on: these labels say nothing of how well it judges.",
    )
    messages_per_second = models.FloatField(
        null=True, blank=True, help_text="How fast it scored lately, where it ran in shadow or judged."
    )
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["is_active"], condition=models.Q(is_active=True), name="one_active_model"),
            models.UniqueConstraint(fields=["in_shadow"], condition=models.Q(in_shadow=True), name="one_shadow_model"),
            models.CheckConstraint(
                condition=models.Q(is_active=False) | models.Q(in_shadow=False), name="active_is_no_shadow"
            ),
            models.CheckConstraint(
                condition=models.Q(is_active=False) | models.Q(earlier_messages=0), name="active_is_without_context"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.fingerprint[:8]})"


class Rubric(models.Model):
    """A version of the moderation instructions that form the system prompt. At most one is active.

    At most one other runs in shadow: the model that judges scores under it what it has judged, and that gates nothing.
    """

    version = models.PositiveIntegerField(unique=True)
    text = models.TextField()
    note = models.CharField(max_length=200, blank=True, db_default="", help_text="What it is to do better.")
    based_on = models.ForeignKey("self", models.PROTECT, null=True, blank=True, help_text="What it was written from.")
    is_active = models.BooleanField(default=False)
    in_shadow = models.BooleanField(default=False, db_default=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["is_active"], condition=models.Q(is_active=True), name="one_active_rubric"),
            models.UniqueConstraint(fields=["in_shadow"], condition=models.Q(in_shadow=True), name="one_shadow_rubric"),
            models.CheckConstraint(
                condition=models.Q(is_active=False) | models.Q(in_shadow=False), name="active_rubric_is_no_shadow"
            ),
        ]

    def __str__(self) -> str:
        return f"rubric {self.version}"


class RubricTrial(models.Model):
    """A rubric tried on a fixed sample of messages by the model that judges, in the background. It gates nothing."""

    rubric = models.ForeignKey(Rubric, models.CASCADE, related_name="trials")
    model = models.ForeignKey(ModelVersion, models.CASCADE, related_name="+")
    messages = ArrayField(models.BigIntegerField(), help_text="Their ids: labelled ones first, then recent ones.")
    done = models.PositiveIntegerField(default=0, help_text="How many of them the worker has come to.")
    error = models.CharField(max_length=300, blank=True, help_text="Why it could not be tried, for people.")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    asked_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["rubric"], condition=models.Q(finished_at=None), name="one_open_trial_a_rubric"
            ),
        ]

    def __str__(self) -> str:
        return f"trial {self.pk} of {self.rubric}"

    @property
    def is_open(self) -> bool:
        return self.finished_at is None

    @property
    def has_passed(self) -> bool:
        return self.finished_at is not None and not self.error
