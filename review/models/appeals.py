"""What authors say against what was done to their messages, or to themselves, and what they were answered."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy, pgettext_lazy

from review.models.authors import AuthorOutcome
from review.models.cases import Case, Decision
from review.models.messages import Message
from review.models.outcomes import Outcome
from review.models.sources import Source
from review.models.visibility import BySourceQuerySet


class Appeal(models.Model):
    """One author's objection to one outcome on a message, or to one step on themselves.

    That against an outcome has a case of its own, so that it decides about this message alone: `decision` and `answer`
    are written when the case is decided, and count once that decision is in effect: then it is resolved. That against a
    step is about no one message; a person answers it on its own page, and it is resolved then. One whose message or
    author is erased before ends without an answer.
    """

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("state", "Open")
        UPHELD = "upheld", gettext_lazy("The outcome stands")
        OVERTURNED = "overturned", gettext_lazy("The outcome was reversed")
        ERASED = "erased", gettext_lazy("Erased before it was answered")

    source = models.ForeignKey(Source, models.CASCADE, related_name="appeals")
    message = models.ForeignKey(Message, models.CASCADE, null=True, related_name="appeals")
    outcome = models.ForeignKey(Outcome, models.CASCADE, null=True, related_name="appeals")
    case = models.OneToOneField(Case, models.CASCADE, null=True, related_name="appeal")
    author_outcome = models.OneToOneField(AuthorOutcome, models.CASCADE, null=True, related_name="appeal")
    reason = models.TextField(help_text="Why the author objects.")
    contact = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    created_at = models.DateTimeField(db_default=Now())
    due = models.DateTimeField(help_text="When it should be answered.")
    decision = models.ForeignKey(Decision, models.SET_NULL, null=True, blank=True, related_name="+")
    answer = models.TextField(blank=True, help_text="What the author is told.")
    resolved_at = models.DateTimeField(null=True, blank=True)

    objects = BySourceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["outcome"], name="one_appeal_an_outcome"),
            models.CheckConstraint(
                condition=Q(state="open", resolved_at=None) | (~Q(state="open") & Q(resolved_at__isnull=False)),
                name="an_appeal_is_open_or_resolved",
            ),
            models.CheckConstraint(
                condition=Q(
                    message__isnull=False, outcome__isnull=False, case__isnull=False, author_outcome__isnull=True
                )
                | Q(message__isnull=True, outcome__isnull=True, case__isnull=True, author_outcome__isnull=False),
                name="an_appeal_is_about_a_message_or_an_author",
            ),
        ]
        indexes = [
            models.Index(fields=["due", "id"], condition=Q(state="open"), name="appeal_open_by_due"),
            models.Index(fields=["-resolved_at", "-id"], condition=~Q(state="open"), name="appeal_resolved_lately"),
        ]

    def __str__(self) -> str:
        return f"appeal {self.pk}"
