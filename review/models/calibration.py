"""What an admin decided about calibration, and figures that were worked out before somebody asks for them."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from review.models.model_versions import ModelVersion, Rubric


class CalibrationSetting(models.Model):
    """The newest row holds; older ones stay on record."""

    prior = models.FloatField(help_text="Share of violations that a provisional calibrator assumes.")
    kind = models.CharField(max_length=20, blank=True, help_text="The kind that every refit fits; empty: the best.")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True)
    why = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(prior__gt=0, prior__lt=1), name="prior_in_unit_interval"),
        ]

    def __str__(self) -> str:
        return f"prior {self.prior}, {self.kind or 'best kind'}"


class CalibrationFigures(models.Model):
    """Diagrams and figures of one model and rubric, on the labels of a scope.

    `state` names what they were worked out from; `wanted_at` is when somebody last found them out of date.
    """

    model = models.ForeignKey(ModelVersion, models.CASCADE)
    rubric = models.ForeignKey(Rubric, models.CASCADE)
    scope = models.JSONField(help_text="Sources (null: all), category, days.")
    scope_key = models.CharField(max_length=32)
    state = models.CharField(max_length=80, blank=True)
    data = models.JSONField(null=True)
    seconds = models.FloatField(default=0.0, help_text="How long they took.")
    computed_at = models.DateTimeField(null=True)
    wanted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["model", "rubric", "scope_key"], name="one_set_of_figures_a_scope"),
        ]
        indexes = [
            models.Index(fields=["wanted_at"], condition=models.Q(wanted_at__isnull=False), name="figures_wanted"),
        ]

    def __str__(self) -> str:
        return f"figures of {self.scope_key}"


class ModelComparison(models.Model):
    """A candidate beside the model that judges, on the labels that count for both, under one rubric.

    `wanted_at` is when somebody last found the figures out of date; `data` is null until they were worked out once.
    """

    model = models.ForeignKey(ModelVersion, models.CASCADE, related_name="+")
    beside = models.ForeignKey(ModelVersion, models.CASCADE, related_name="+")
    rubric = models.ForeignKey(Rubric, models.CASCADE, related_name="+")
    data = models.JSONField(null=True)
    computed_at = models.DateTimeField(null=True)
    wanted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["model", "beside", "rubric"], name="one_comparison_of_two_models"),
        ]
        indexes = [
            models.Index(fields=["wanted_at"], condition=models.Q(wanted_at__isnull=False), name="comparison_wanted"),
        ]

    def __str__(self) -> str:
        return f"{self.model} beside {self.beside}"
