"""Files of messages that people drop on a page, and how far each has been taken in."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy

from review.models.sources import Source
from review.models.visibility import BySourceQuerySet


class IntakeFile(models.Model):
    """One file for one source. A worker holds it while `lease_until` is ahead; `token` is its fence.

    What became of the first `rows_done` rows is counted in the transaction that stored them, so whoever goes on after
    a killed worker begins behind them.
    """

    class State(models.TextChoices):
        ARRIVING = "arriving", gettext_lazy("On its way")
        READY = "ready", gettext_lazy("Waits to be started")
        RUNNING = "running", gettext_lazy("Being taken in")
        DONE = "done", gettext_lazy("Taken in")
        BROKEN = "broken", gettext_lazy("Broke off")

    source = models.ForeignKey(Source, models.CASCADE, related_name="files")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True)
    name = models.CharField(max_length=200)
    state = models.CharField(max_length=8, choices=State, default=State.ARRIVING)
    bytes = models.PositiveBigIntegerField(default=0)
    fields = models.JSONField(default=dict, blank=True, help_text="Which field of a message each column holds.")
    label_column = models.CharField(max_length=200, blank=True)
    drawn = models.FloatField(null=True, blank=True, help_text="The rate at which labelled rows were drawn.")
    relabel = models.BooleanField(default=False, help_text="Labels that differ from earlier ones correct them.")
    problem = models.TextField(blank=True, help_text="Why it broke off.")
    rows_done = models.PositiveBigIntegerField(default=0)
    bytes_done = models.PositiveBigIntegerField(default=0)
    accepted = models.PositiveBigIntegerField(default=0)
    duplicates = models.PositiveBigIntegerField(default=0)
    rejected = models.PositiveBigIntegerField(default=0)
    labels = models.PositiveBigIntegerField(default=0)
    corrected = models.PositiveBigIntegerField(default=0)
    differing = models.PositiveBigIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(
        default=0, help_text="Times it was taken up since it last came further."
    )
    lease_until = models.DateTimeField(null=True, blank=True)
    token = models.UUIDField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = BySourceQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["source", "-id"], name="file_by_source"),
            models.Index(fields=["id"], condition=models.Q(state="running"), name="file_running"),
        ]

    def __str__(self) -> str:
        return f"file {self.pk}"


class IntakePart(models.Model):
    """A piece of what was sent, or of the list of what was rejected (JSON lines), in the order of `number`."""

    class Kind(models.TextChoices):
        SENT = "sent", gettext_lazy("Sent")
        REJECTED = "rejected", gettext_lazy("Rejected")

    file = models.ForeignKey(IntakeFile, models.CASCADE, related_name="parts")
    kind = models.CharField(max_length=8, choices=Kind)
    number = models.PositiveBigIntegerField()
    data = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["file", "kind", "number"], name="one_part_a_number")]

    def __str__(self) -> str:
        return f"{self.kind} {self.number} of {self.file_id}"
