"""A source's rule book: its own rules in its own words, each with every version that it ever had."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy

from review.models.sources import Source
from review.models.visibility import BySourceQuerySet
from review.models.vocabulary import Action, Category


class Rule(models.Model):
    """What stays the same while the wording changes: that it is this rule, and where in the book it stands."""

    source = models.ForeignKey(Source, models.CASCADE, related_name="rules")
    position = models.PositiveSmallIntegerField(help_text="Its number in the book, from 1.")
    created_at = models.DateTimeField(db_default=Now())

    objects = BySourceQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["source", "position"], name="rule_in_order")]

    def __str__(self) -> str:
        return f"rule {self.position} of {self.source_id}"


class RuleVersion(models.Model):
    """One wording of a rule, and what follows from it. Append-only: decisions name the version they were made by."""

    class Ground(models.TextChoices):
        TERMS = "terms", gettext_lazy("The terms of this community")
        LAW = "law", gettext_lazy("The law")

    rule = models.ForeignKey(Rule, models.CASCADE, related_name="versions")
    version = models.PositiveIntegerField()
    locale = models.CharField(max_length=35, default="en", db_default="en", help_text="The main one.")
    wording = models.JSONField(help_text='By locale: {"en": {"name": ..., "text": ...}}.')
    category = models.CharField(max_length=16, choices=Category)
    action = models.CharField(max_length=8, choices=Action, help_text="What follows by default.")
    note_template = models.JSONField(default=dict, blank=True, help_text="The note to the author, by locale.")
    ground = models.CharField(max_length=5, choices=Ground, default=Ground.TERMS)
    legal_ground = models.TextField(blank=True, help_text="Which law, where the ground is the law.")
    retired = models.BooleanField(default=False, help_text="No longer in the book; what was decided by it stays.")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rule", "version"], name="one_version_a_number"),
            models.CheckConstraint(condition=~models.Q(action="review"), name="a_rule_ends_in_an_action"),
            models.CheckConstraint(condition=~models.Q(category="benign"), name="a_rule_is_about_a_violation"),
        ]

    def __str__(self) -> str:
        return f"{self.name} (version {self.version})"

    @property
    def name(self) -> str:
        """Its name in its main locale."""
        return str(self.wording[self.locale]["name"])

    @property
    def text(self) -> str:
        """Its words in its main locale."""
        return str(self.wording[self.locale]["text"])

    @property
    def note(self) -> str:
        """The template of the note to the author in the main locale; may be empty."""
        return str(self.note_template.get(self.locale, ""))
