"""Cascades: two models that judge as one version."""

from django.db import models

from review.models.model_versions import ModelVersion


class Cascade(models.Model):
    """What a version is made of whose first model leaves to its second what lies within a band of margins.

    The version itself is a ModelVersion like any other: scores, calibrators and certificates belong to that. Nothing of
    this is ever changed, since the version's fingerprint covers all of it.
    """

    model = models.OneToOneField(ModelVersion, models.PROTECT, related_name="cascade")
    first = models.ForeignKey(ModelVersion, models.PROTECT, related_name="+", help_text="It reads every message.")
    second = models.ForeignKey(ModelVersion, models.PROTECT, related_name="+", help_text="It reads what is deferred.")
    low = models.FloatField(help_text="From this margin of the first on, up to `high`, the second speaks.")
    high = models.FloatField()
    slope = models.FloatField(help_text="slope * the second's margin + offset lies on the first's scale.")
    offset = models.FloatField()
    labels = models.PositiveIntegerField(help_text="That slope and offset were fitted on; 0 where they were given.")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(low__lt=models.F("high")), name="cascade_band_is_wide"),
            models.CheckConstraint(condition=models.Q(slope__gt=0), name="cascade_keeps_order"),
        ]

    def __str__(self) -> str:
        return f"{self.first} then {self.second}"
