"""Who did what, who is alive, and whether the demo talks."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from review.models.sources import Source
from review.models.visibility import BySourceQuerySet


class AuditEntry(models.Model):
    """A change that somebody made. Holds ids and field names, never text or author."""

    source = models.ForeignKey(Source, models.SET_NULL, null=True, blank=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True)
    verb = models.CharField(max_length=60)
    target = models.CharField(max_length=60)
    target_id = models.BigIntegerField(null=True, blank=True)
    details = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    objects = BySourceQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["-created_at"], name="audit_lately")]

    def __str__(self) -> str:
        return f"{self.verb} {self.target} {self.target_id or ''}"


class Heartbeat(models.Model):
    """The last sign of life of a process. `/readyz` and the operations page read it."""

    name = models.CharField(max_length=200, unique=True)
    kind = models.CharField(max_length=20)
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
