"""Cases, who holds them, what was decided, and what that teaches."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy, pgettext_lazy

from review.models.messages import Message
from review.models.queues import Queue
from review.models.rules import RuleVersion
from review.models.sources import Source
from review.models.verdicts import Verdict
from review.models.visibility import BySourceQuerySet
from review.models.vocabulary import Action, AuthorAction, Category, Reason


class Case(models.Model):
    """Messages of one source that wait for people, or were decided by them.

    A claim is the claim fields: it is held while `claim_expires_at` is ahead, and fenced by `claim_token`. With `ahead`
    it is the one that its holder gets next, loaded behind the case in hand.
    Triggers of the database keep `category` and `probability` to those of the verdict, and put the case in the `queue`
    that it fits, whose target raises it.
    """

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("state", "Open")
        DECIDED = "decided", gettext_lazy("Decided")
        CLOSED = "closed", gettext_lazy("Closed")

    source = models.ForeignKey(Source, models.CASCADE, related_name="cases")
    reason = models.CharField(max_length=16, choices=Reason)
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    blind = models.BooleanField(default=False, help_text="Nothing of the model's shows until it is decided.")
    verdict = models.ForeignKey(Verdict, models.PROTECT, null=True, blank=True, help_text="The verdict that opened it.")
    margin = models.FloatField(null=True, blank=True, help_text="For sorting; empty on blind cases.")
    category = models.CharField(
        max_length=16,
        choices=Category,
        blank=True,
        db_default="",
        help_text="The likeliest violation, or its trigger's; for filtering. Empty on blind cases.",
    )
    probability = models.FloatField(null=True, blank=True, help_text="For filtering; empty on blind cases.")
    channel = models.CharField(max_length=200, blank=True, db_default="", help_text="Of its first message.")
    reports = models.PositiveIntegerField(db_default=0, help_text="Of muted reporters none; at most a thousand.")
    language = models.CharField(
        max_length=8,
        blank=True,
        db_default="",
        default="",
        help_text="Of its text, as far as it can be told: an ISO 639 code. Empty where nobody has looked.",
    )
    text_digest = models.BinaryField(max_length=16, help_text="Of the text that all its members share.")
    priority = models.FloatField(help_text="harm - a * created_at: orders as harm + a * age does.")
    queue = models.ForeignKey(Queue, models.SET_NULL, null=True, blank=True, db_index=False, related_name="cases")
    raised = models.FloatField(default=0.0, db_default=0.0, editable=False, help_text="By the target of its queue.")
    rank = models.GeneratedField(
        expression=models.F("priority") + models.F("raised"),
        output_field=models.FloatField(),
        db_persist=True,
        help_text="Where it stands among what waits; higher is served first.",
    )
    opened_at = models.DateTimeField(db_default=Now())
    decided_at = models.DateTimeField(null=True, blank=True)
    claimed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True)
    claimed_at = models.DateTimeField(null=True, blank=True)
    claim_expires_at = models.DateTimeField(null=True, blank=True)
    claim_token = models.UUIDField(null=True, blank=True)
    ahead = models.BooleanField(default=False, db_default=False, help_text="Claimed to come after the one in hand.")
    joined = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        help_text="The case that took its messages over.",
    )
    reverses = models.ForeignKey(
        "Decision",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="reversals",
        help_text="The decision in effect that this one takes back.",
    )
    not_for = ArrayField(
        models.BigIntegerField(), default=list, db_default=[], blank=True, help_text="People who may not decide it."
    )
    messages = models.ManyToManyField(Message, through="CaseMember", related_name="cases")

    objects = BySourceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "text_digest", "blind"],
                condition=models.Q(state="open", reason__in=["borderline", "audit", "trigger", "report"]),
                name="one_open_case_a_text",
            ),
            models.UniqueConstraint(
                fields=["reverses"], condition=models.Q(state="decided"), name="one_reversal_a_decision"
            ),
        ]
        indexes = [
            models.Index(fields=["-rank", "id"], condition=models.Q(state="open"), name="case_open_by_rank"),
            models.Index(
                fields=["queue", "-rank", "id"],
                condition=models.Q(state="open", queue__isnull=False),
                name="case_open_in_queue",
            ),
            models.Index(
                fields=["queue", "opened_at", "id"], condition=models.Q(state="open"), name="case_open_in_queue_by_age"
            ),
            *(
                models.Index(
                    fields=[name, "-rank", "id"], condition=models.Q(state="open"), name=f"case_open_by_{name}"
                )
                for name in ("source", "reason", "category", "channel", "language")
            ),
            models.Index(
                fields=["probability", "id"],
                condition=models.Q(state="open", blind=False),
                name="case_open_by_probability",
            ),
            models.Index(fields=["opened_at", "id"], condition=models.Q(state="open"), name="case_open_by_age"),
            models.Index(fields=["-margin", "id"], condition=models.Q(state="open"), name="case_open_by_margin"),
            BrinIndex(fields=["opened_at"], autosummarize=True, name="case_opened_lately"),
            models.Index(
                fields=["-reports", "id"], condition=models.Q(state="open", reports__gt=0), name="case_open_by_reports"
            ),
            models.Index(fields=["-decided_at", "id"], condition=models.Q(state="decided"), name="case_decided_lately"),
            models.Index(
                fields=["source", "text_digest"], condition=models.Q(state="decided"), name="case_decided_by_text"
            ),
            models.Index(fields=["claimed_by"], condition=models.Q(state="open"), name="case_held_by"),
            models.Index(
                fields=["id"],
                condition=models.Q(state="open", reason="borderline", blind=False),
                name="case_open_to_reroute",
            ),
            models.Index(
                fields=["-rank", "id"], condition=models.Q(state="open", blind=True), name="case_open_blind_by_rank"
            ),
        ]

    def __str__(self) -> str:
        return f"case {self.pk}"


class CaseMember(models.Model):
    case = models.ForeignKey(Case, models.CASCADE, related_name="members")
    message = models.ForeignKey(Message, models.CASCADE, related_name="memberships")
    added_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "message"], name="one_membership_a_case")]

    def __str__(self) -> str:
        return f"{self.message_id} in {self.case_id}"


class Skip(models.Model):
    """A moderator passed a case on, and perhaps said why; it is not offered to them again."""

    class Why(models.TextChoices):
        LANGUAGE = "language", gettext_lazy("Not in a language of mine")
        UNSURE = "unsure", gettext_lazy("I cannot tell")
        NEAR = "near", gettext_lazy("I am too near to it")
        HEAVY = "heavy", gettext_lazy("It weighs on me")

    case = models.ForeignKey(Case, models.CASCADE, related_name="skips")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    why = models.CharField(max_length=8, choices=Why, blank=True, default="")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "user"], name="one_skip_a_person")]

    def __str__(self) -> str:
        return f"{self.user_id} skipped {self.case_id}"


class Decision(models.Model):
    """What a moderator decided. Counts from `effective_at` on, unless it was undone before."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="decisions")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="decisions")
    category = models.CharField(max_length=16, choices=Category)
    action = models.CharField(max_length=8, choices=Action)
    rule = models.ForeignKey(RuleVersion, models.PROTECT, null=True, blank=True, related_name="decisions")
    note = models.TextField(blank=True, help_text="For colleagues.")
    note_to_author = models.TextField(blank=True, help_text="What the author is told.")
    author_action = models.CharField(
        max_length=4,
        choices=AuthorAction,
        default=AuthorAction.NONE,
        db_default=AuthorAction.NONE.value,
        help_text="What is done to the authors beside, once it is in effect.",
    )
    created_at = models.DateTimeField(db_default=Now())
    effective_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    bulk = models.UUIDField(null=True, blank=True, help_text="The same for all that were decided at one stroke.")

    class Meta:
        indexes = [
            models.Index(fields=["bulk"], condition=models.Q(bulk__isnull=False), name="decision_in_bulk"),
            models.Index(fields=["by", "-created_at"], name="decision_by_person"),
            models.Index(fields=["effective_at"], name="decision_effective"),
        ]
        constraints = [
            models.CheckConstraint(condition=~models.Q(action="review"), name="a_decision_is_an_action"),
            models.UniqueConstraint(
                fields=["case"], condition=models.Q(undone_at=None), name="one_standing_decision_a_case"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.category} by {self.by_id}"


class Label(models.Model):
    """A decision as evidence: one row for each distinct text of its case."""

    decision = models.ForeignKey(Decision, models.CASCADE, related_name="labels")
    source = models.ForeignKey(Source, models.CASCADE, related_name="labels")
    message = models.ForeignKey(Message, models.CASCADE, related_name="labels")
    violation = models.BooleanField()
    category = models.CharField(max_length=16, choices=Category)
    blind = models.BooleanField()
    cohort_rate = models.FloatField(null=True, help_text="The rate at which the text was drawn; empty outside.")
    declared = models.BooleanField(
        default=False, db_default=False, help_text="Drawn by somebody's word, with an import: never for certificates."
    )
    created_at = models.DateTimeField(db_default=Now())

    objects = BySourceQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["decision", "message"], name="one_label_a_text")]

    def __str__(self) -> str:
        return f"{self.category} for {self.message_id}"
