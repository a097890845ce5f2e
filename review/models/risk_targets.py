"""What automatic actions are to keep to, each attempt to certify that they can, and alarms that they do not."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy

from review.models.model_versions import ModelVersion, Rubric
from review.models.sources import Source
from review.models.visibility import BySourceQuerySet
from review.models.vocabulary import Action, Category


class RiskTarget(models.Model):
    """A share of errors that a rung must keep below, with a confidence. At most one stands for a rung."""

    class Kind(models.TextChoices):
        WRONG_REMOVALS = "wrong_removals", gettext_lazy("Benign among what is acted on")
        FALSE_POSITIVES = "false_positives_per_benign", gettext_lazy("Benign messages that are acted on")
        MISSES = "misses_per_allowed", gettext_lazy("Violations among what is allowed")
        VIOLATIONS = "violations_allowed", gettext_lazy("Violations that are allowed")

    source = models.ForeignKey(Source, models.CASCADE, related_name="targets")
    kind = models.CharField(max_length=32, choices=Kind)
    action = models.CharField(max_length=8, choices=Action, help_text="The rung whose margin is certified.")
    category = models.CharField(max_length=16, choices=Category, blank=True, help_text="Empty: the common ladder.")
    risk = models.FloatField(help_text="The share in (0, 1) to stay at or below.")
    delta = models.FloatField(default=0.05, help_text="The chance that the promise is broken all the same.")
    weeks = models.PositiveSmallIntegerField(default=8, validators=[MinValueValidator(1), MaxValueValidator(104)])
    applies_itself = models.BooleanField(default=False, help_text="A margin that certifies is put in force at once.")
    steps_back = models.BooleanField(default=True, help_text="An alarm puts the rung under supervision at once.")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    asked_at = models.DateTimeField(
        null=True, blank=True, help_text="Somebody wants an attempt now; empty once it is done."
    )
    watched_at = models.DateTimeField(
        null=True, blank=True, help_text="When the watchdog last went over it, or its certificate came in force."
    )
    failed_at = models.DateTimeField(null=True, blank=True, help_text="Since when its checks fail; empty: they do not.")
    failure = models.CharField(max_length=200, blank=True, db_default="", help_text="Which check, and with what.")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = BySourceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "action", "category"], condition=Q(ended_at=None), name="one_active_target_a_rung"
            ),
            models.CheckConstraint(condition=Q(risk__gt=0, risk__lt=1), name="target_risk_in_unit_interval"),
            models.CheckConstraint(condition=Q(delta__gt=0, delta__lt=1), name="target_delta_in_unit_interval"),
            models.CheckConstraint(condition=~Q(action="review"), name="people_have_no_target"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} at most {self.risk} for {self.action}"


class CertificationAttempt(models.Model):
    """One attempt to certify that a risk target can be promised under a model and a rubric.

    Every attempt is on record and spends some of the risk target's delta, under whichever model it was made.
    """

    target = models.ForeignKey(RiskTarget, models.CASCADE, related_name="attempts")
    model = models.ForeignKey(ModelVersion, models.PROTECT)
    rubric = models.ForeignKey(Rubric, models.PROTECT)
    number = models.PositiveIntegerField(help_text="0 where too few labels were there to certify anything.")
    delta = models.FloatField(help_text="What this attempt spends: 6 delta / (pi^2 number^2).")
    margin = models.FloatField(null=True, help_text="What certifies; empty where nothing does.")
    messages = models.PositiveIntegerField(help_text="Distinct texts that it went through, one for a text and a day.")
    cohort = models.PositiveIntegerField(help_text="How many of them, drawn into the cohort, it could use.")
    labels = models.PositiveIntegerField(help_text="Cohort labels beyond the margin, or where the search began.")
    errors = models.FloatField()
    bound = models.FloatField(null=True, help_text="Upper bound of the risk there.")
    share = models.FloatField(help_text="Share of the messages beyond the margin.")
    method = models.CharField(max_length=16)
    check_bound = models.FloatField(null=True, help_text="The thinned, exact binomial bound that checks it.")
    missing = models.PositiveIntegerField(help_text="Cohort labels that are missing where nothing certifies.")
    reason = models.TextField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["target", "number"], condition=Q(number__gt=0), name="one_attempt_a_number"
            ),
        ]

    def __str__(self) -> str:
        return f"attempt {self.number} for risk target {self.target_id}: {self.margin}"


class Certificate(models.Model):
    """An attempt whose margin was put in force, and what its watchdog was given then, whatever traffic does later."""

    attempt = models.OneToOneField(CertificationAttempt, models.CASCADE, primary_key=True, related_name="certificate")
    per_year = models.FloatField(help_text="Outcomes of a year beyond the margin, or cohort draws, as they were then.")
    created_at = models.DateTimeField(db_default=Now(), help_text="When it first came in force.")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(per_year__gt=0), name="some_outcomes_a_year")]

    def __str__(self) -> str:
        return f"certificate of attempt {self.attempt_id}"


class Watch(models.Model):
    """What the watchdog finds over a target's automatic outcomes. Computed anew from what is stored, at every check."""

    target = models.OneToOneField(RiskTarget, models.CASCADE, primary_key=True, related_name="watch")
    since = models.DateTimeField(help_text="When the certificate that it watches came in force.")
    outcomes = models.PositiveIntegerField()
    judged = models.PositiveIntegerField(help_text="Of them, how many people have judged blind.")
    wrong = models.FloatField()
    value = models.FloatField()
    level = models.FloatField(
        help_text="At this value it raises an alarm: 20 times the certificate's outcomes of a year."
    )
    delays = models.JSONField(default=dict, help_text="Times the risk, to outcomes until an alarm: median and 90 %.")
    per_week = models.FloatField()
    at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"watch over risk target {self.target_id} at {self.value:.3g} of {self.level:.3g}"


class Alarm(models.Model):
    """The watchdog found that a risk target is no longer kept. It stands until somebody answers it."""

    target = models.ForeignKey(RiskTarget, models.CASCADE, related_name="alarms")
    attempt = models.ForeignKey(CertificationAttempt, models.PROTECT, help_text="The certificate that was in force.")
    outcomes = models.PositiveIntegerField(help_text="Automatic outcomes from the certificate until the alarm.")
    judged = models.PositiveIntegerField()
    wrong = models.FloatField()
    value = models.FloatField()
    level = models.FloatField()
    stepped_back = models.BooleanField(help_text="moddog put the rung under supervision by itself.")
    raised_at = models.DateTimeField(db_default=Now())
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["target"], condition=Q(answered_at=None), name="one_unanswered_alarm_a_target"
            ),
        ]

    def __str__(self) -> str:
        return f"alarm on risk target {self.target_id}"
