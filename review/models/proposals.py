"""Heavy decisions that one person made and a second one has to confirm before anything comes of them."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy

from review.models.cases import Case, Decision
from review.models.rules import RuleVersion
from review.models.vocabulary import Action, AuthorAction, Category


class Proposal(models.Model):
    """A decision that waits for a second person, while its case waits with it and is offered to nobody.

    Confirmed, it becomes the `decision` of who made it. It is over once `ended_at` is set. The notes are empty once
    erased.
    """

    class End(models.TextChoices):
        CONFIRMED = "confirmed", gettext_lazy("Confirmed")
        REFUSED = "refused", gettext_lazy("Refused")
        WITHDRAWN = "withdrawn", gettext_lazy("Taken back")
        EXPIRED = "expired", gettext_lazy("Expired")

    case = models.ForeignKey(Case, models.CASCADE, related_name="proposals", db_index=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="proposals")
    category = models.CharField(max_length=16, choices=Category)
    action = models.CharField(max_length=8, choices=Action)
    rule = models.ForeignKey(RuleVersion, models.PROTECT, null=True, blank=True, related_name="+")
    note = models.TextField(blank=True, help_text="For colleagues.")
    note_to_author = models.TextField(blank=True, help_text="What the author would be told.")
    author_action = models.CharField(max_length=4, choices=AuthorAction, default=AuthorAction.NONE)
    bulk = models.UUIDField(null=True, blank=True, help_text="The same for all that were proposed at one stroke.")
    created_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True, blank=True)
    end = models.CharField(max_length=9, choices=End, blank=True, default="")
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    decision = models.OneToOneField(Decision, models.CASCADE, null=True, blank=True, related_name="proposal")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case"], condition=models.Q(ended_at=None), name="one_proposal_at_a_time"),
            models.CheckConstraint(condition=~models.Q(action="review"), name="a_proposal_is_an_action"),
        ]
        indexes = [
            models.Index(fields=["case", "-id"], name="proposal_by_case"),
            models.Index(fields=["id"], condition=models.Q(ended_at=None), name="proposal_open"),
            models.Index(fields=["bulk"], condition=models.Q(bulk__isnull=False), name="proposal_in_bulk"),
        ]

    def __str__(self) -> str:
        return f"proposal {self.pk}"
