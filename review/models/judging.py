"""Models, rubrics, and what they said: all append-only."""

from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models.functions import Now

from review.models.messages import Message
from review.models.policies import Policy
from review.models.vocabulary import Action, Category


class ModelVersion(models.Model):
    """A causal language model that has judged, or may judge, here. At most one is active.

    One that is not is a candidate. At most one candidate runs in shadow: it scores what the active one has judged, and
    gates nothing.
    """

    name = models.CharField(max_length=200)
    location = models.CharField(max_length=500, help_text="Folder or hub id that the workers load.")
    adapter = models.CharField(max_length=500, blank=True, db_default="", help_text="LoRA adapter merged at load.")
    weights_hash = models.CharField(max_length=64, unique=True)
    is_active = models.BooleanField(default=False)
    in_shadow = models.BooleanField(default=False)
    base = models.ForeignKey("self", models.PROTECT, null=True, blank=True, help_text="What it was fine-tuned from.")
    training = models.JSONField(default=dict, help_text="How it was fine-tuned, and what that came to.")
    taught: "models.ManyToManyField[Any, Any]" = models.ManyToManyField(
        "Label",
        related_name="+",
        help_text="What it was fine-tuned on: these labels say nothing of how well it judges.",
    )
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["is_active"], condition=models.Q(is_active=True), name="one_active_model"),
            models.UniqueConstraint(fields=["in_shadow"], condition=models.Q(in_shadow=True), name="one_shadow_model"),
            models.CheckConstraint(
                condition=models.Q(is_active=False) | models.Q(in_shadow=False), name="active_is_no_shadow"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.weights_hash[:8]})"


class Rubric(models.Model):
    """A version of the moderation instructions that form the system prompt. At most one is active."""

    version = models.PositiveIntegerField(unique=True)
    text = models.TextField()
    is_active = models.BooleanField(default=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["is_active"], condition=models.Q(is_active=True), name="one_active_rubric"),
        ]

    def __str__(self) -> str:
        return f"rubric {self.version}"


class CalibratorVersion(models.Model):
    """A fitted, monotone map from margin to probability, for one model under one rubric."""

    model = models.ForeignKey(ModelVersion, models.PROTECT, related_name="calibrators")
    rubric = models.ForeignKey(Rubric, models.PROTECT, related_name="calibrators")
    version = models.PositiveIntegerField()
    kind = models.CharField(max_length=20)
    parameters = models.JSONField()
    provisional = models.BooleanField(default=False, help_text="Not fitted on labels of this instance.")
    labels = models.PositiveIntegerField(default=0)
    violations = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["model", "rubric", "version"], name="one_calibrator_a_version"),
        ]

    def __str__(self) -> str:
        return f"calibrator {self.version}"


class CalibratorActivation(models.Model):
    """Who put which calibrator in force, and why. The latest of a (model, rubric) pair is the active one."""

    calibrator = models.ForeignKey(CalibratorVersion, models.PROTECT, related_name="activations")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True)
    why = models.CharField(max_length=300)
    created_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.calibrator} activated"


class Refit(models.Model):
    """One attempt to fit a better calibrator, and what came of it."""

    class Result(models.TextChoices):
        PROMOTED = "promoted", "Promoted"
        KEPT = "kept", "Kept the active map"
        REFUSED = "refused", "Refused"

    model = models.ForeignKey(ModelVersion, models.PROTECT)
    rubric = models.ForeignKey(Rubric, models.PROTECT)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True)
    result = models.CharField(max_length=10, choices=Result)
    reason = models.TextField()
    calibrator = models.ForeignKey(CalibratorVersion, models.PROTECT, null=True, blank=True)
    labels = models.PositiveIntegerField(help_text="Effective labels that were there for this fit.")
    figures = models.JSONField(default=dict, help_text="The comparison of the candidate with the active map.")
    created_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"refit {self.pk}: {self.result}"


class Score(models.Model):
    """What the scorer returned for a text under one model and one rubric."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="scores")
    model = models.ForeignKey(ModelVersion, models.PROTECT)
    rubric = models.ForeignKey(Rubric, models.PROTECT)
    margin = models.FloatField(help_text="log P(true) - log P(false) at the flag-value token.")
    category_log_probs = ArrayField(models.FloatField(), size=5)
    tokens = models.PositiveIntegerField()
    windows = models.PositiveIntegerField(default=1)
    worst_window = models.PositiveIntegerField(default=0, help_text="The window whose margin this is, from 0.")
    bounded = models.BooleanField(
        db_default=False, help_text="The margin is a bound: the server named only one of the two answers."
    )
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["message", "model", "rubric"], name="one_score_a_model_and_rubric"),
        ]

    def __str__(self) -> str:
        return f"margin {self.margin:+.2f}"


class Explanation(models.Model):
    """The text that the model generated for people to read. Gates nothing."""

    score = models.OneToOneField(Score, models.CASCADE, related_name="explanation")
    raw = models.TextField(help_text="The JSON as the model wrote it.")
    reason = models.TextField(blank=True)
    emitted_confidence = models.FloatField(null=True, blank=True)
    malformed = models.BooleanField(default=False)
    created_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return self.reason or "malformed"


class Verdict(models.Model):
    """A score read through one calibrator and one policy. A re-route that changes something appends a new one."""

    class Why(models.TextChoices):
        RUNG = "rung", "A rung of the ladder"
        SUPERVISED = "supervised", "A rung that people supervise until it is certified"
        UNCALIBRATED = "uncalibrated", "No calibrator for this model and rubric yet"
        LANGUAGE = "language", "A script that the model was not trained on"
        WINDOWS = "windows", "Longer than the model reads at once, so its worst part has no calibrated probability"

    message = models.ForeignKey(Message, models.CASCADE, related_name="verdicts")
    score = models.ForeignKey(Score, models.CASCADE, related_name="verdicts")
    calibrator = models.ForeignKey(CalibratorVersion, models.PROTECT, null=True, blank=True)
    policy = models.ForeignKey(Policy, models.PROTECT)
    probability = models.FloatField(null=True, help_text="Empty where no calibrator was there.")
    flag = models.BooleanField()
    category = models.CharField(max_length=16, choices=Category)
    categories = models.JSONField(help_text="Category to probability; sums to 1. Empty where uncalibrated.")
    route = models.CharField(max_length=8, choices=Action)
    why = models.CharField(max_length=16, choices=Why, default=Why.RUNG)
    rate = models.FloatField(help_text="The share of messages like this one that is drawn into the cohort.")
    cohort_rate = models.FloatField(null=True, help_text="The rate at which the message was drawn; empty outside.")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [
            models.Index(fields=["message", "-id"], name="verdict_latest"),
            BrinIndex(fields=["created_at"], autosummarize=True, name="verdict_lately"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(probability=None) | models.Q(probability__gte=0, probability__lte=1),
                name="probability_in_unit_interval",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.route} at {self.probability}"

    @property
    def confidence(self) -> float | None:
        """The chance that the flag is right."""
        return None if self.probability is None else max(self.probability, 1 - self.probability)
