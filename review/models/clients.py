"""Client programs of other moderation APIs: how a source answers them, what passes through, and what they were told."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy

from review.models.margin_counts import MarginBin
from review.models.messages import Message
from review.models.sources import Source
from review.models.visibility import BySourceQuerySet


def default_anchors() -> dict[str, float]:
    return {"review": 0.8}


class ClientSettings(models.Model):
    """How a source answers the clients of other moderation APIs. A source without a row has the defaults."""

    class Scale(models.TextChoices):
        CALIBRATED = "calibrated", gettext_lazy("Calibrated: the probability itself")
        ANCHORED = "anchored", gettext_lazy("Anchored: the policy's rungs stand at the client's thresholds")

    class Unsupported(models.TextChoices):
        REFUSE = "refuse", gettext_lazy("Refuse the request, as the original does")
        LEAVE_OUT = "leave_out", gettext_lazy("Leave it out of the answer")

    source = models.OneToOneField(Source, models.CASCADE, related_name="client_settings")
    origins = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    scale = models.CharField(max_length=12, choices=Scale, default=Scale.CALIBRATED)
    anchors = models.JSONField(default=default_anchors, help_text="Action to the client's threshold for it.")
    unsupported = models.CharField(max_length=12, choices=Unsupported, default=Unsupported.REFUSE)
    store = models.BooleanField(default=False, help_text="Texts are stored and routed like any message.")
    trust_suggestions = models.BooleanField(default=False, help_text="Suggested scores are labels.")
    coral_secrets = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    coral_wait_ms = models.PositiveIntegerField(
        default=800, validators=[MinValueValidator(100), MaxValueValidator(10_000)]
    )

    def __str__(self) -> str:
        return f"client settings of {self.source}"

    @transaction.atomic
    def save(self, *args: Any, **kwargs: Any) -> None:
        """Put down, too, which thresholds are in force from now on, where they are others than before."""
        newest = AnchorVersion.objects.filter(source=self.source).order_by("-version").first()
        if newest is None or newest.thresholds != self.anchors:
            version = newest.version + 1 if newest else 1
            AnchorVersion.objects.create(source=self.source, version=version, thresholds=self.anchors)
        super().save(*args, **kwargs)


class AnchorVersion(models.Model):
    """Thresholds at which the scores of a source stood or stand; the newest version is in force, and none changes.

    `Moddog-Version` names it, so that an anchored score can be reproduced when the source has others.
    """

    source = models.ForeignKey(Source, models.CASCADE, related_name="anchor_versions")
    version = models.PositiveIntegerField()
    thresholds = models.JSONField(help_text="Action to the client's threshold for it.")
    created_at = models.DateTimeField(db_default=Now())

    objects = BySourceQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "version"], name="one_anchors_a_version")]

    def __str__(self) -> str:
        return f"anchors {self.version}"


class ScratchText(models.Model):
    """A text that somebody waits for and that is kept nowhere. Unlogged; it leaves with the answer.

    The rows of one `request` are answered together, in order of `position`. `verdict` is there once the text is judged.
    """

    request = models.UUIDField()
    position = models.PositiveSmallIntegerField()
    # No constraint in the database: checking it would write to the source's row, and that to the log of the database.
    source = models.ForeignKey(Source, models.CASCADE, db_constraint=False, db_index=False)
    door = models.CharField(max_length=12)
    is_part = models.BooleanField(default=False, help_text="A part of a text that has a row of its own: not counted.")
    text = models.TextField()
    verdict = models.JSONField(null=True, blank=True)
    attempts = models.SmallIntegerField(db_default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    token = models.UUIDField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [
            models.Index(fields=["request"], name="scratch_by_request"),
            models.Index(fields=["id"], condition=models.Q(verdict__isnull=True), name="scratch_waiting"),
        ]

    def __str__(self) -> str:
        return f"scratch {self.pk}"


class AnsweredCount(MarginBin):
    """Texts that were answered and not kept, by door, day and margin: appended while judging, summed up by beat."""

    door = models.CharField(max_length=12)

    class Meta:
        indexes = [models.Index(fields=["source", "model", "rubric", "day"], name="answered_of_source")]

    def __str__(self) -> str:
        return f"{self.count} in bin {self.bin}"


class Suggestion(models.Model):
    """A score that a client says a text should have had. Holds the text's keyed digest, never the text."""

    source = models.ForeignKey(Source, models.CASCADE, related_name="suggestions")
    text_digest = models.BinaryField(max_length=16)
    client_token = models.CharField(max_length=200, blank=True)
    community = models.CharField(max_length=200, blank=True)
    scores = models.JSONField(help_text="Attribute, as the client names it, to the suggested value.")
    message = models.ForeignKey(
        Message, models.SET_NULL, null=True, blank=True, help_text="Labelled by it, where the source trusts it."
    )
    created_at = models.DateTimeField(db_default=Now())

    objects = BySourceQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["source", "-id"], name="suggestion_lately")]

    def __str__(self) -> str:
        return f"suggestion {self.pk}"


class ClientError(models.Model):
    """An error that a client was given. The message is moddog's own: never a text, a key or an address."""

    source = models.ForeignKey(Source, models.CASCADE, related_name="client_errors")
    door = models.CharField(max_length=40)
    status = models.PositiveSmallIntegerField()
    code = models.CharField(max_length=60)
    message = models.CharField(max_length=300)
    times = models.PositiveIntegerField(default=1, help_text="How often since the last such row.")
    created_at = models.DateTimeField(db_default=Now())

    objects = BySourceQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["source", "-id"], name="client_error_lately")]

    def __str__(self) -> str:
        return f"{self.status} {self.code}"
