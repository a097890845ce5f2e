"""Versioned ladders: which probability leads to which action."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from review.models.sources import Source
from review.models.visibility import BySourceQuerySet


class Policy(models.Model):
    """A version of a source's ladder. The newest version is in force; older ones stay."""

    source = models.ForeignKey(Source, models.CASCADE, related_name="policies")
    version = models.PositiveIntegerField()
    ladders = models.JSONField(help_text='{"default" or category: [{"at": probability, "action": ...}, ...]}')
    earlier_messages = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="That stand before a message in the prompt: another version of the model."
    )
    audit_rate = models.FloatField(help_text="Share drawn into the cohort where a rung names none of its own.")
    default_actions = models.JSONField(help_text='{"default" or category: the action of a decision}')
    strikes = models.JSONField(
        default=dict,
        db_default={},
        blank=True,
        help_text='{"half_life": days, "weights": {action: ...}, "factors": {category: ...}, "steps": {step: ...}}',
    )
    order = models.JSONField(
        default=dict,
        db_default={},
        blank=True,
        help_text='{"severity": {category: ...}, "reach": ..., "report": ..., "patience": hours}',
    )
    heavy = models.JSONField(
        default=dict,
        db_default={},
        blank=True,
        help_text='{"actions": [...], "author_actions": [...], "bulk": most that one person decides at a stroke}',
    )
    note = models.CharField(max_length=300, blank=True)
    based_on = models.ForeignKey("self", models.PROTECT, null=True, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    objects = BySourceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "version"], name="one_policy_a_version"),
            models.CheckConstraint(
                condition=models.Q(audit_rate__gte=0, audit_rate__lte=1), name="audit_rate_in_unit_interval"
            ),
        ]

    def __str__(self) -> str:
        return f"policy {self.version}"

    def default_action(self, category: str) -> str:
        """The action that a decision of `category` takes."""
        action: str = self.default_actions.get(category, self.default_actions["default"])
        return action
