"""What colleagues tell each other: notes on cases and on authors, with mentions, and whom a case waits for."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from review.models.cases import Case
from review.models.sources import Source
from review.models.visibility import BySourceQuerySet


class Note(models.Model):
    """A note on a case, or on an author of a source where there is no case. Append-only, but for erasure.

    Text and author are empty once erased.
    """

    source = models.ForeignKey(Source, models.CASCADE, related_name="notes", db_index=False)
    case = models.ForeignKey(Case, models.CASCADE, null=True, blank=True, related_name="notes")
    author = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="notes")
    text = models.TextField(blank=True)
    created_at = models.DateTimeField(db_default=Now())

    objects = BySourceQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["source", "author", "-id"], condition=models.Q(case=None), name="note_by_author"),
        ]

    def __str__(self) -> str:
        return f"note {self.pk}"


class Mention(models.Model):
    """Somebody whom a note names with an @. It waits for them until they have seen it."""

    note = models.ForeignKey(Note, models.CASCADE, related_name="mentions")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="mentions")
    seen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["note", "user"], name="one_mention_a_note")]
        indexes = [models.Index(fields=["user", "-id"], condition=models.Q(seen_at=None), name="mention_unseen")]

    def __str__(self) -> str:
        return f"mention of {self.user_id} in {self.note_id}"


class Referral(models.Model):
    """A case that waits for a colleague, or for any senior moderator where nobody is named, with a note to them.

    It is over once the case is decided, or `ended_at` is set: somebody gave it back to all, or handed it on.
    """

    case = models.ForeignKey(Case, models.CASCADE, related_name="referrals", db_index=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    to = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    note = models.ForeignKey(Note, models.CASCADE, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case"], condition=models.Q(ended_at=None), name="one_referral_at_a_time"),
        ]
        indexes = [
            models.Index(fields=["case", "-id"], name="referral_by_case"),
            models.Index(fields=["id"], condition=models.Q(ended_at=None), name="referral_open"),
        ]

    def __str__(self) -> str:
        return f"referral {self.pk}"
