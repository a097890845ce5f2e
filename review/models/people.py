"""How people come in: links that work once, and what signing in asks of whom."""

import secrets
from datetime import timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy, pgettext_lazy

from review.models.sources import Source
from review.models.tokens import digest_of_token
from review.models.vocabulary import Role


class OneTimeLink(models.Model):
    """A link that lets whoever has it make an account, or choose a password, once. Only its digest is kept."""

    class Purpose(models.TextChoices):
        SETUP = "setup", gettext_lazy("The first account, an instance admin's")
        INVITATION = "invitation", gettext_lazy("An account with a role")
        PASSWORD = "password", gettext_lazy("A new password")

    purpose = models.CharField(max_length=12, choices=Purpose)
    digest = models.BinaryField(unique=True, max_length=32, editable=False)
    name = models.CharField(max_length=150, blank=True, help_text="Who it is for, as the admin calls them.")
    email = models.EmailField(blank=True)
    source = models.ForeignKey(Source, models.CASCADE, null=True, blank=True, help_text="Empty: all sources.")
    role = models.CharField(max_length=12, choices=Role, blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="links",
        help_text="Whose password.",
    )
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True, help_text="When it was used or taken back.")

    def __str__(self) -> str:
        return f"{self.purpose} link {self.pk}"

    @classmethod
    def issue(cls, purpose: Purpose, lasts: timedelta, **fields: object) -> tuple[Self, str]:
        """Store a new link; returns it with its token of 256 random bits, for the only time."""
        token = secrets.token_urlsafe(32)
        link = cls(purpose=purpose, digest=digest_of_token(token), expires_at=timezone.now() + lasts, **fields)
        link.save()
        return link, token


class SignInRules(models.Model):
    """What signing in asks of people, on the whole instance. One row."""

    class From(models.TextChoices):
        NOBODY = "", pgettext_lazy("required of", "nobody")
        MODERATOR = Role.MODERATOR.value, gettext_lazy("everybody who has a role")
        SENIOR = Role.SENIOR.value, gettext_lazy("senior moderators and admins")
        ADMIN = Role.ADMIN.value, gettext_lazy("admins")

    second_factor_from = models.CharField(
        max_length=12,
        choices=From,
        blank=True,
        default=From.NOBODY,
        verbose_name=gettext_lazy("Two-factor sign-in is required of"),
    )

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="one_row_of_sign_in_rules")]

    def __str__(self) -> str:
        return f"two-factor sign-in for {self.get_second_factor_from_display()}"

    @classmethod
    def in_force(cls) -> Self:
        return cls.objects.filter(pk=1).first() or cls(pk=1)
