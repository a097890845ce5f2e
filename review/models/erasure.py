"""What admins asked to have erased."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from review.models.sources import Source


class ErasureRequest(models.Model):
    """Everything that names an author of a source is to be erased. The row names them too, and goes when it is done.

    A worker is at it until `lease_until`.
    """

    source = models.ForeignKey(Source, models.CASCADE, related_name="erasure_requests")
    author = models.CharField(max_length=200)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    asked_at = models.DateTimeField(db_default=Now())
    lease_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "author"], name="one_erasure_an_author")]

    def __str__(self) -> str:
        return f"erasure {self.pk}"
