"""Who did what, who is alive, and whether the demo talks."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from review.models.sources import Source
from review.models.visibility import BySourceQuerySet


class AuditEntry(models.Model):
    """A change that somebody made. Holds ids and field names, never text or author.

    `details["changes"]` maps a field's name to its value before and after. Append-only in the database: source and
    actor keep their ids as they were written, also when the rows that these name are deleted.
    """

    source = models.ForeignKey(
        Source, models.DO_NOTHING, null=True, blank=True, db_constraint=False, db_index=False, related_name="+"
    )
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.DO_NOTHING,
        null=True,
        blank=True,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    verb = models.CharField(max_length=60)
    target = models.CharField(max_length=60)
    target_id = models.BigIntegerField(null=True, blank=True)
    details = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    objects = BySourceQuerySet.as_manager()

    class Meta:
        # Every list is by time, and a page of it is a walk along one of these, however long the log is.
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="audit_by_time"),
            models.Index(fields=["source", "-created_at", "-id"], name="audit_by_source"),
            models.Index(fields=["actor", "-created_at", "-id"], name="audit_by_actor"),
            models.Index(fields=["verb", "-created_at", "-id"], name="audit_by_verb"),
            models.Index(fields=["source", "verb", "-created_at", "-id"], name="audit_by_source_and_verb"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.target} {self.target_id or ''}"


class AuditSeal(models.Model):
    """Where an entry stands in the chain, and the digest of it and of all before it; empty until it is sealed.

    A trigger of the database writes the row with the entry, so that no writer can forget it and none waits for another.
    """

    entry = models.OneToOneField(AuditEntry, models.PROTECT, primary_key=True, related_name="seal")
    seq = models.BigIntegerField(null=True, unique=True)
    digest = models.BinaryField(null=True, max_length=32)

    class Meta:
        indexes = [models.Index(fields=["entry"], condition=models.Q(seq=None), name="audit_unsealed")]

    def __str__(self) -> str:
        return f"entry {self.entry_id} as {self.seq}"


class Heartbeat(models.Model):
    """The last sign of life of a process. `/readyz` and the operations page read it."""

    name = models.CharField(max_length=200, unique=True)
    kind = models.CharField(max_length=20)
    began_at = models.DateTimeField(db_default=Now(), help_text="When it was heard for the first time.")
    seen_at = models.DateTimeField(db_default=Now())
    detail = models.JSONField(default=dict, blank=True)

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


class Simulator(models.Model):
    """The demo's chatter: keeps one community talking at a few messages a minute while it is on."""

    source = models.OneToOneField(Source, models.CASCADE, related_name="simulator")
    running = models.BooleanField(default=True)
    position = models.PositiveIntegerField(default=0, help_text="How many lines have been said so far.")

    def __str__(self) -> str:
        return f"simulator of {self.source}"
