"""Platforms and communities that send messages, and what people may do in them."""

from typing import Any, Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy

from review.models.visibility import reach_of
from review.models.vocabulary import Role


class SourceQuerySet(models.QuerySet["Source"]):
    def visible_to(self, user: Any, role: Role = Role.MODERATOR) -> Self:
        """The sources in which `user` has at least `role`."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        reach = reach_of(user, role)
        return self if reach is None else self.filter(pk__in=reach)


class SearchLanguage(models.TextChoices):
    """The dictionaries that come with PostgreSQL."""

    SIMPLE = "simple", gettext_lazy("Any: words as they are written")
    ARABIC = "arabic", gettext_lazy("Arabic")
    ARMENIAN = "armenian", gettext_lazy("Armenian")
    BASQUE = "basque", gettext_lazy("Basque")
    CATALAN = "catalan", gettext_lazy("Catalan")
    DANISH = "danish", gettext_lazy("Danish")
    DUTCH = "dutch", gettext_lazy("Dutch")
    ENGLISH = "english", gettext_lazy("English")
    ESTONIAN = "estonian", gettext_lazy("Estonian")
    FINNISH = "finnish", gettext_lazy("Finnish")
    FRENCH = "french", gettext_lazy("French")
    GERMAN = "german", gettext_lazy("German")
    GREEK = "greek", gettext_lazy("Greek")
    HINDI = "hindi", gettext_lazy("Hindi")
    HUNGARIAN = "hungarian", gettext_lazy("Hungarian")
    INDONESIAN = "indonesian", gettext_lazy("Indonesian")
    IRISH = "irish", gettext_lazy("Irish")
    ITALIAN = "italian", gettext_lazy("Italian")
    LITHUANIAN = "lithuanian", gettext_lazy("Lithuanian")
    NEPALI = "nepali", gettext_lazy("Nepali")
    NORWEGIAN = "norwegian", gettext_lazy("Norwegian")
    PORTUGUESE = "portuguese", gettext_lazy("Portuguese")
    ROMANIAN = "romanian", gettext_lazy("Romanian")
    RUSSIAN = "russian", gettext_lazy("Russian")
    SERBIAN = "serbian", gettext_lazy("Serbian")
    SPANISH = "spanish", gettext_lazy("Spanish")
    SWEDISH = "swedish", gettext_lazy("Swedish")
    TAMIL = "tamil", gettext_lazy("Tamil")
    TURKISH = "turkish", gettext_lazy("Turkish")
    YIDDISH = "yiddish", gettext_lazy("Yiddish")


class Source(models.Model):
    """A platform or community that sends messages."""

    slug = models.SlugField(unique=True, max_length=60)
    name = models.CharField(max_length=120)
    created_at = models.DateTimeField(db_default=Now())
    backlog_limit = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text="Messages that may wait to be judged before this source's are turned away; empty: a million.",
    )
    cases_target = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(10_000)],
        help_text="Cases that may wait for people before admins are told; empty: nobody is told.",
    )
    retention_days = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(36_500)],
        help_text="Days after which texts and authors of this source are erased; empty: they are kept.",
    )
    erased_up_to = models.BigIntegerField(
        default=0, db_default=0, editable=False, help_text="The message up to which retention has gone."
    )

    queued_to = models.BigIntegerField(
        null=True,
        blank=True,
        editable=False,
        help_text="The waiting case up to which a change of the named queues is followed; empty: all of it is.",
    )
    translator = models.CharField(
        max_length=500,
        blank=True,
        default="",
        db_default="",
        help_text="The address of a translator, with {text} where the message goes; empty: none is offered.",
    )
    judges_other_languages = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Whether the policy also decides on texts in languages that the model was not trained on.",
    )
    search_language = models.CharField(
        max_length=12,
        choices=SearchLanguage,
        default=SearchLanguage.SIMPLE,
        db_default=SearchLanguage.SIMPLE,
        help_text="Whose dictionary the search of messages uses.",
    )
    words_redone_to = models.BigIntegerField(
        null=True,
        blank=True,
        editable=False,
        help_text="The message up to which words follow a new language; empty: all do.",
    )

    objects = SourceQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """What a person may do in one source, or in all of them where `source` is empty."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    source = models.ForeignKey(Source, models.CASCADE, null=True, blank=True, related_name="memberships")
    role = models.CharField(max_length=12, choices=Role)
    by_group = models.BooleanField(
        default=False, db_default=False, help_text="A group of the single sign-on gave it, and takes it when it goes."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "source"], nulls_distinct=False, name="one_membership_a_source"),
        ]

    def __str__(self) -> str:
        return f"{self.user} as {self.role} of {self.source or 'all sources'}"
