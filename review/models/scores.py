"""What a model version said of a message, and what it wrote about it: append-only."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from review.models.messages import Message
from review.models.model_versions import ModelVersion, Rubric


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
    deferred = models.BooleanField(
        db_default=False, help_text="Of a cascade: the first model left it to the second, and this is what that said."
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
