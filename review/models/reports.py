"""What people say of messages, and who says it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from review.models.cases import Decision
from review.models.messages import Message
from review.models.rules import Rule
from review.models.sources import Source
from review.models.visibility import BySourceQuerySet


class Reporter(models.Model):
    """Somebody who reports messages of one source, by the platform's own name for them."""

    source = models.ForeignKey(Source, models.CASCADE, related_name="reporters")
    name = models.CharField(max_length=200, blank=True, help_text="Empty once erased.")
    muted_at = models.DateTimeField(null=True, blank=True)
    muted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    objects = BySourceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "name"], condition=~Q(name=""), name="one_reporter_a_name"),
        ]
        indexes = [models.Index(fields=["source", "-id"], name="reporter_by_source")]

    def __str__(self) -> str:
        return f"reporter {self.pk}"


class Report(models.Model):
    """One reporter's word that a message breaks a rule. It brings the message to people, and does nothing else.

    It is resolved by a decision on the message that is in effect: `upheld` where that found a violation. One whose
    message is erased before ends without an answer.
    """

    reporter = models.ForeignKey(Reporter, models.CASCADE, related_name="reports")
    message = models.ForeignKey(Message, models.CASCADE, related_name="reports")
    reason = models.TextField(blank=True)
    rule = models.ForeignKey(
        Rule, models.SET_NULL, null=True, blank=True, related_name="+", help_text="The one that it names."
    )
    illegal = models.BooleanField(default=False, help_text="The reporter says that it is against the law.")
    place = models.CharField(max_length=200, blank=True, help_text="Where it is against the law.")
    contact = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    resolved_at = models.DateTimeField(null=True, blank=True)
    decision = models.ForeignKey(Decision, models.SET_NULL, null=True, blank=True, related_name="+")
    upheld = models.BooleanField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["message", "reporter"], name="one_report_a_person"),
            models.CheckConstraint(
                condition=Q(resolved_at__isnull=False) | Q(upheld=None), name="what_is_upheld_is_resolved"
            ),
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(resolved_at=None), name="report_unresolved"),
            models.Index(fields=["created_at"], name="report_by_age"),
            models.Index(fields=["reporter", "-id"], name="report_by_reporter"),
        ]

    def __str__(self) -> str:
        return f"report {self.pk}"
