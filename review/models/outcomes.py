"""The action in force on a message. Never edited: a later outcome supersedes an earlier one."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from review.models.cases import Decision
from review.models.messages import Message
from review.models.rules import RuleVersion
from review.models.verdicts import Verdict
from review.models.vocabulary import Action


class Outcome(models.Model):
    """One step in a message's sequence; it counts from `effective_at` on, unless withdrawn before."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="outcomes")
    seq = models.PositiveIntegerField()
    action = models.CharField(max_length=8, choices=Action)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True)
    why = models.CharField(max_length=200)
    verdict = models.ForeignKey(Verdict, models.PROTECT, null=True, blank=True)
    decision = models.ForeignKey(Decision, models.PROTECT, null=True, blank=True, related_name="outcomes")
    rule = models.ForeignKey(RuleVersion, models.PROTECT, null=True, blank=True, related_name="outcomes")
    created_at = models.DateTimeField(db_default=Now())
    effective_at = models.DateTimeField(db_default=Now())
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["message", "seq"], name="one_outcome_a_step"),
            models.CheckConstraint(condition=~models.Q(action="review"), name="review_is_no_outcome"),
        ]

    def __str__(self) -> str:
        return f"{self.action} ({self.seq})"
