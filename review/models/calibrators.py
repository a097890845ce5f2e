"""Calibrators, when each came in force, and each attempt to fit a better one."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy

from review.models.model_versions import ModelVersion, Rubric


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
        PROMOTED = "promoted", gettext_lazy("Promoted")
        KEPT = "kept", gettext_lazy("Kept the active calibrator")
        REFUSED = "refused", gettext_lazy("Refused")

    model = models.ForeignKey(ModelVersion, models.PROTECT)
    rubric = models.ForeignKey(Rubric, models.PROTECT)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True)
    result = models.CharField(max_length=10, choices=Result)
    reason = models.TextField()
    calibrator = models.ForeignKey(CalibratorVersion, models.PROTECT, null=True, blank=True)
    labels = models.PositiveIntegerField(help_text="Effective labels that were there for this fit.")
    figures = models.JSONField(default=dict, help_text="The comparison of the candidate with the active calibrator.")
    created_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"refit {self.pk}: {self.result}"
