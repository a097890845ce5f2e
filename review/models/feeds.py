"""The feeds that platforms read, and the webhooks that tell them.

What is fed is append-only, so its number in the feed stands beside it, in a narrow row that a trigger of the database
writes with it: numbering then rewrites 50 bytes instead of an outcome with all its indexes, no writer can forget it,
and the source stands in the key by which the feed is read.
"""

import secrets
from datetime import datetime, timedelta

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy

from review.models.authors import AuthorOutcome
from review.models.messages import Message
from review.models.outcomes import Outcome
from review.models.sources import Source
from review.models.verdicts import Verdict
from review.models.visibility import BySourceQuerySet

BOTH_SIGN_FOR = timedelta(days=1)


class Event(models.TextChoices):
    """What a webhook may tell; the names are those of the contract."""

    OUTCOME_CREATED = "outcome.created", gettext_lazy("An outcome on a message")
    OUTCOME_REVERSED = "outcome.reversed", gettext_lazy("An outcome that supersedes one already told")
    AUTHOR_OUTCOME = "author.outcome", gettext_lazy("An outcome on an author")
    REPORT_RESOLVED = "report.resolved", gettext_lazy("A report was answered")
    APPEAL_RESOLVED = "appeal.resolved", gettext_lazy("An appeal was answered")
    ALARM = "alarm", gettext_lazy("A promise was found broken, or something stands still")
    TEST = "test", gettext_lazy("A test, sent by hand")


class OutcomeFeed(models.Model):
    """Where an outcome stands in its feed; without a number until it is effective and published.

    An outcome that was withdrawn before has no such row.
    """

    outcome = models.OneToOneField(Outcome, models.CASCADE, primary_key=True, related_name="feed")
    source = models.ForeignKey(Source, models.CASCADE, db_index=False)
    effective_at = models.DateTimeField()
    seq = models.BigIntegerField(null=True, unique=True)

    class Meta:
        indexes = [
            models.Index(fields=["source", "seq"], name="outcome_feed_of_source"),
            models.Index(
                fields=["effective_at", "outcome"], condition=models.Q(seq=None), name="outcome_feed_unpublished"
            ),
        ]

    def __str__(self) -> str:
        return f"outcome {self.outcome_id} as {self.seq}"


class AuthorOutcomeFeed(models.Model):
    """Where a step on an author stands in the feed of outcomes, whose numbers go over both; without one until then."""

    outcome = models.OneToOneField(AuthorOutcome, models.CASCADE, primary_key=True, related_name="feed")
    source = models.ForeignKey(Source, models.CASCADE, db_index=False)
    seq = models.BigIntegerField(null=True, unique=True)

    class Meta:
        indexes = [
            models.Index(fields=["source", "seq"], name="author_feed_of_source"),
            models.Index(fields=["outcome"], condition=models.Q(seq=None), name="author_feed_unpublished"),
        ]

    def __str__(self) -> str:
        return f"author outcome {self.outcome_id} as {self.seq}"


class VerdictFeed(models.Model):
    """Where a verdict stands in its feed; without a number until it is published."""

    verdict = models.OneToOneField(Verdict, models.CASCADE, primary_key=True, related_name="feed")
    source = models.ForeignKey(Source, models.CASCADE, db_index=False)
    seq = models.BigIntegerField(null=True, unique=True)

    class Meta:
        indexes = [
            models.Index(fields=["source", "seq"], name="verdict_feed_of_source"),
            models.Index(fields=["verdict"], condition=models.Q(seq=None), name="verdict_feed_unpublished"),
        ]

    def __str__(self) -> str:
        return f"verdict {self.verdict_id} as {self.seq}"


def new_secret() -> str:
    return f"whsec_{secrets.token_urlsafe(32)}"


class Endpoint(models.Model):
    """An address of a platform that is told what happens. Its circuit is open while `open_until` is ahead."""

    source = models.ForeignKey(Source, models.CASCADE, related_name="endpoints")
    url = models.CharField(max_length=500)
    events = ArrayField(models.CharField(max_length=20, choices=Event))
    secret = models.CharField(max_length=80, default=new_secret)
    previous_secret = models.CharField(max_length=80, blank=True, help_text="Signs too, until `previous_until`.")
    previous_until = models.DateTimeField(null=True, blank=True)
    allows_private = models.BooleanField(
        default=False, help_text="An instance admin let it be a private address. Another host starts anew."
    )
    paused_at = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0, help_text="In a row, until now.")
    open_until = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    objects = BySourceQuerySet.as_manager()

    def __str__(self) -> str:
        return self.url

    def secrets_at(self, moment: datetime) -> list[str]:
        """What signs at `moment`: two secrets while one replaces the other."""
        rotating = self.previous_secret and self.previous_until and self.previous_until > moment
        return [self.secret, *([self.previous_secret] if rotating else [])]

    def rotate(self) -> None:
        """A new secret; the one until now signs beside it for a day. Saves nothing but that."""
        self.previous_secret, self.previous_until = self.secret, timezone.now() + BOTH_SIGN_FOR
        self.secret = new_secret()
        self.save(update_fields=["secret", "previous_secret", "previous_until"])

    @property
    def is_open(self) -> bool:
        """Whether the circuit is open: nothing is sent until it is tried again."""
        return self.open_until is not None and self.open_until > timezone.now()


class Delivery(models.Model):
    """An event on its way to one endpoint: the outbox. Holds ids alone; the body is made when it is sent.

    Leasing sets `due_at` ahead and `token` anew, so that what a killed process held is due again by itself.
    """

    class State(models.TextChoices):
        WAITING = "waiting", gettext_lazy("Waits")
        DELIVERED = "delivered", gettext_lazy("Delivered")
        DEAD = "dead", gettext_lazy("Dead")

    endpoint = models.ForeignKey(Endpoint, models.CASCADE, related_name="deliveries", db_index=False)
    uid = models.UUIDField(unique=True, db_default=RandomUUID(), editable=False, help_text="What the receiver sees.")
    event = models.CharField(max_length=20, choices=Event)
    message = models.ForeignKey(Message, models.CASCADE, null=True, related_name="+", db_index=False)
    outcome = models.ForeignKey(Outcome, models.CASCADE, null=True, related_name="+", db_index=False)
    ids = models.JSONField(default=dict, db_default={}, help_text="Of what else the event is about.")
    state = models.CharField(max_length=10, choices=State, default=State.WAITING, db_default=State.WAITING)
    attempts = models.PositiveIntegerField(default=0, db_default=0)
    created_at = models.DateTimeField(db_default=Now())
    due_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField(help_text="Dead from then on, if it was not delivered.")
    token = models.UUIDField(null=True)
    ended_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=200, blank=True, db_default="")

    class Meta:
        indexes = [
            models.Index(fields=["endpoint", "due_at", "id"], condition=models.Q(state="waiting"), name="delivery_due"),
            models.Index(
                fields=["endpoint", "message", "id"], condition=models.Q(state="waiting"), name="delivery_in_order"
            ),
            models.Index(fields=["endpoint", "-id"], condition=models.Q(state="dead"), name="delivery_dead"),
            models.Index(
                fields=["ended_at"], condition=models.Q(state__in=["delivered", "dead"]), name="delivery_ended"
            ),
            models.Index(fields=["expires_at"], condition=models.Q(state="waiting"), name="delivery_expires"),
        ]

    def __str__(self) -> str:
        return f"{self.event} to {self.endpoint_id}"
