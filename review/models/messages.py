"""What platforms sent, and which of it is still to be judged."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models.functions import Now

from review.models.sources import Source
from review.models.visibility import BySourceQuerySet


class Message(models.Model):
    """One text by one author. Judging never updates these rows."""

    source = models.ForeignKey(Source, models.CASCADE, related_name="messages")
    external_id = models.CharField(max_length=200)
    author = models.CharField(max_length=200, blank=True)
    channel = models.CharField(max_length=200, blank=True)
    thread = models.CharField(max_length=200, blank=True)
    text = models.TextField()
    text_digest = models.BinaryField(max_length=16, help_text="Keyed digest of the text, kept after erasure.")
    draw = models.FloatField(
        help_text="One random number in [0, 1) for a text and a day, fixed at intake before routing."
    )
    sent_at = models.DateTimeField()
    received_at = models.DateTimeField(db_default=Now())
    context = models.JSONField(default=list, blank=True)
    metadata = models.JSONField(default=dict, blank=True)

    objects = BySourceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "external_id"], name="one_message_an_external_id"),
            models.CheckConstraint(condition=models.Q(draw__gte=0, draw__lt=1), name="draw_in_unit_interval"),
        ]
        indexes = [
            models.Index(fields=["source", "author", "-id"], name="message_by_author"),
            BrinIndex(fields=["received_at"], autosummarize=True, name="message_lately"),
            models.Index(
                fields=["source", "thread", "sent_at"], condition=~models.Q(thread=""), name="message_by_thread"
            ),
            models.Index(
                fields=["source", "channel", "sent_at"],
                condition=models.Q(thread="") & ~models.Q(channel=""),
                name="message_by_channel",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.external_id} of {self.source_id}"


class Lane(models.IntegerChoices):
    """What is judged first. Long messages have a lane of their own, so that one never holds up many."""

    LONG = -10, "Long"
    ORDINARY = 0, "Ordinary"
    WAITED_FOR = 10, "Waited for"


class Pending(models.Model):
    """A message still to be judged: the queue of the inference workers, leased in batches."""

    message = models.OneToOneField(Message, models.CASCADE, primary_key=True, related_name="pending")
    priority = models.SmallIntegerField(default=Lane.ORDINARY, choices=Lane, help_text="Higher is judged first.")
    attempts = models.SmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    token = models.UUIDField(null=True, blank=True)
    holder = models.CharField(max_length=255, blank=True, db_default="", help_text="The worker that last leased it.")
    enqueued_at = models.DateTimeField(db_default=Now())
    progress = models.JSONField(null=True, blank=True, help_text="How far a long message has been read.")

    class Meta:
        indexes = [
            models.Index(
                fields=["-priority", "message"], condition=models.Q(lease_until=None), name="pending_in_order"
            ),
            models.Index(fields=["lease_until"], condition=models.Q(lease_until__isnull=False), name="pending_leased"),
        ]

    def __str__(self) -> str:
        return f"pending {self.message_id}"
