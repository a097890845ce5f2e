"""Scores read through a calibrator and a policy: append-only."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy

from review.models.calibrators import CalibratorVersion
from review.models.messages import Message
from review.models.policies import Policy
from review.models.scores import Score
from review.models.triggers import Trigger
from review.models.vocabulary import Action, Category


class Verdict(models.Model):
    """A score read through one calibrator and one policy. A re-route that changes something appends a new one."""

    class Why(models.TextChoices):
        RUNG = "rung", gettext_lazy("A rung of the ladder")
        SUPERVISED = "supervised", gettext_lazy("A rung that people supervise until it is certified")
        UNCALIBRATED = "uncalibrated", gettext_lazy("No calibrator for this model and rubric yet")
        LANGUAGE = "language", gettext_lazy("A language that the model was not trained on")
        DISGUISED = "disguised", gettext_lazy("No plain text, also once what can be undone is undone")
        WINDOWS = (
            "windows",
            gettext_lazy("Longer than the model reads at once, so its worst part has no calibrated probability"),
        )
        TRIGGER = "trigger", gettext_lazy("A trigger of this community")
        TRIGGERS_FAILED = (
            "triggers_failed",
            gettext_lazy("The triggers could not be matched, so nothing is decided alone"),
        )

    message = models.ForeignKey(Message, models.CASCADE, related_name="verdicts")
    score = models.ForeignKey(Score, models.CASCADE, related_name="verdicts")
    calibrator = models.ForeignKey(CalibratorVersion, models.PROTECT, null=True, blank=True)
    policy = models.ForeignKey(Policy, models.PROTECT)
    trigger = models.ForeignKey(
        Trigger, models.PROTECT, null=True, blank=True, db_index=False, help_text="The one that chose the route."
    )
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
